// SPDX-License-Identifier: Apache-2.0
#include "app/run_plan.h"

#include "app/scenario_file.h"
#include "experiments/configs.h"
#include "observe/report/report.h"
#include "sim/config/node.h"
#include "sim/config/override.h"
#include "sim/config/text.h"

#include <fmt/format.h>

#include <filesystem>

namespace ahbm::cli {
namespace {

namespace fs = std::filesystem;

/// The file's path, "" if `options` name a scenario.
std::string apply_scenario_file(RunOptions& options) {
    if (!options.scenario.ends_with(".yaml")) return {};
    const std::string path = find_config("scenarios", options.scenario).string();
    const auto file = config::load_file<ScenarioFile>(path, {});
    options.scenario = file.scenario;
    if (options.topology.empty()) {
        const bool name = file.topology.find('/') == std::string::npos && !file.topology.ends_with(".yaml");
        options.topology = name ? file.topology : (fs::path(path).parent_path() / file.topology).string();
    }
    std::vector<std::string> overrides, parameters;
    for (const std::string& each : file.set)
        overrides.push_back(config::override_from(fmt::format("{}: set: {}", path, each), each));
    options.overrides.insert(options.overrides.begin(), overrides.begin(), overrides.end());
    for (const auto& [name, value] : file.parameters)
        parameters.push_back(config::override_from(path + ": parameters", name + "=" + value));
    options.parameters.insert(options.parameters.begin(), parameters.begin(), parameters.end());
    return path;
}

const ScenarioInfo& find_scenario(const ScenarioRegistry& registry, const std::string& name) {
    if (const ScenarioInfo* info = registry.find(name)) return *info;
    throw no_scenario(registry, name);
}

/// "name=file"; a lone file stands for `main`.
std::map<std::string, fs::path> named_files(const std::vector<std::string>& texts, std::string_view option,
                                            bool name_needed) {
    std::map<std::string, fs::path> files;
    for (const std::string& text : texts) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos && name_needed)
            throw InputError(fmt::format("--{} {}: NAME=FILE is expected", option, text));
        const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
        if (!files.emplace(name, equals == std::string::npos ? text : text.substr(equals + 1)).second)
            throw InputError(fmt::format("--{} {}: named twice", option, name));
    }
    return files;
}

runtime::DeviceSelector device_of(const RunOptions& options, const Scenario& scenario, const PlatformConfig& config) {
    const bool all = scenario.uses_all_sips();
    const auto device = runtime::DeviceSelector::parse(!options.device.empty() ? options.device : all ? "all" : "sip0");
    if (device.sip && all)
        throw InputError(fmt::format("--device {}: {} runs on all SIPs", options.device, options.scenario));
    if (!device.sip && !all)
        throw InputError(
            fmt::format("--device {}: {} runs on one SIP: name it, as in sip:0", options.device, options.scenario));
    if (device.sip && device.sip->value >= config.sips.count)
        throw InputError(fmt::format("--device {}: the system has {} SIP(s)", options.device, config.sips.count));
    return device;
}

/// An option does something, or is not taken.
void check_effects(const RunOptions& options, const RunRequest& request) {
    if (options.data == "off") {
        if (!request.outputs.empty()) throw InputError("--output needs values: run with --data on");
        if (!options.observers.op_log.empty()) throw InputError("--op-log needs values: run with --data on");
        if (options.verify && *options.verify)
            throw InputError("--verify: there are no values to compare with --data off");
    }
    if (options.observers.vcd.empty() && !options.observers.vcd_scope.empty())
        throw InputError("--vcd-scope: is of no use without --vcd");
    if (options.observers.vcd == "-")
        throw InputError("--vcd -: GTKWave's save file stands beside the waves: name a file");
    if (options.log_level.empty() && !options.log_scope.empty())
        throw InputError("--log-scope: is of no use without --log-level");
}

/// Parameters as given that the scenario has put others in place of: input files decide on shapes and types.
void check_parameters(const std::vector<std::string>& given, const std::string& said, const std::string& effective) {
    auto before = config::values_in(config::parse_yaml(said, "parameters")),
         after = config::values_in(config::parse_yaml(effective, "parameters"));
    for (const std::string& each : given)
        for (const std::string& path : config::paths_of_override(each))
            if (before[path] != after[path])
                throw InputError(
                    fmt::format("{}: the input files make it {}", config::parse_override(each).where, after[path]));
}

/// What is said of collectives is about those that the scenario makes.
void check_collectives(const RunOptions& options, const Scenario& scenario, const RunRequest& request) {
    const bool effective = scenario.collectives(request).has_value();
    if (!effective && options.ccl != RunOptions{}.ccl)
        throw InputError(fmt::format("--ccl {}: {} makes no collectives", options.ccl, options.scenario));
    if (!effective && !options.ccl_overrides.empty())
        throw InputError(
            fmt::format("--ccl-set {}: {} makes no collectives", options.ccl_overrides.front(), options.scenario));
    if (!effective) return;
    const auto settings = [&](const runtime::CclConfig& ccl) {
        RunRequest other = request;
        other.ccl = ccl;
        return *scenario.collectives(other);
    };
    check_used({options.ccl, options.ccl_overrides}, settings, options.scenario);
}

/// What will be written may be nothing that is read.
OutputPaths outputs_of(const RunOptions& options, const RunRequest& request, const std::string& scenario_file,
                       const std::string& topology, const Registries& registries) {
    OutputPaths paths;
    paths.reads_configuration("--topology", topology);
    paths.reads_configuration("--ccl", find_config("", options.ccl).string());
    paths.reads("the scenario file", scenario_file);
    for (const auto& [name, file] : request.inputs) paths.reads("--input", file.string());
    for (const std::string& library : registries.libraries) paths.reads("a library", library);
    if (!options.out.empty())
        for (const char* file : ResultFolder::kFiles) paths.add("--out", (fs::path(options.out) / file).string());
    paths.add("--json", options.json);
    for (const auto& [option, file] : options.observers.files()) paths.add(option, file);
    for (const auto& [name, file] : request.outputs) paths.add("--output", file.string());
    return paths;
}

void refuse_outputs_without_a_run(const RunOptions& options) {
    std::vector<std::pair<std::string, std::string>> asked = options.observers.files();
    asked.insert(asked.end(), {{"--out", options.out}, {"--json", options.json}});
    if (!options.inputs.empty()) asked.emplace_back("--input", options.inputs.front());
    if (!options.outputs.empty()) asked.emplace_back("--output", options.outputs.front());
    for (const auto& [option, path] : asked)
        if (!path.empty())
            throw InputError(fmt::format("{} {}: is of no use with --dump-config, which runs nothing", option, path));
}

}  // namespace

InputError no_scenario(const ScenarioRegistry& registry, const std::string& name) {
    std::vector<std::string> names;
    for (const ScenarioInfo* info : registry.all()) names.push_back(info->name);
    return InputError(fmt::format("no scenario named '{}'{}", name, config::hint(name, names)));
}

std::string RunPlan::collectives() const {
    const auto made = scenario->collectives(request);
    return made ? config::dump(*made) : std::string();
}

RunPlan plan_run(RunOptions& options, const Registries& registries) {
    // 1. What is named exists.
    const std::string scenario_file = apply_scenario_file(options);
    const std::string topology =
        find_config("topology", options.topology.empty() ? "default" : options.topology).string();
    RunPlan plan{load_platform(topology, options.overrides, options.timing),
                 find_scenario(registries.scenarios, options.scenario).make(),
                 {},
                 nullptr,
                 {}};
    check_models(plan.config, registries.models);
    plan.scenario->set(options.parameters);
    plan.request = {options.verify.value_or(true),
                    options.seed.value_or(1),
                    device_of(options, *plan.scenario, plan.config),
                    load_ccl(options.ccl, options.ccl_overrides, registries),
                    registries.collectives,
                    named_files(options.inputs, "input", true),
                    named_files(options.outputs, "output", false),
                    options.data != "off"};

    // 2. Together it makes sense.
    check_effects(options, plan.request);
    if (options.seed && !plan.request.data && !plan.scenario->is_random())
        throw InputError(fmt::format("--seed {}: there are no values to draw with --data off", *options.seed));
    if (options.data != RunOptions{}.data && !plan.scenario->has_values())
        throw InputError(fmt::format("--data {}: {} moves no values", options.data, options.scenario));
    const std::string said = plan.scenario->parameters();
    plan.scenario->check(plan.config, plan.request);
    check_parameters(options.parameters, said, plan.scenario->parameters());
    check_collectives(options, *plan.scenario, plan.request);
    check(options.observers.trace);

    // 3. What is asked for can be written.
    if (options.dump_config) refuse_outputs_without_a_run(options);
    if (!options.observers.report.empty() && !report::available())
        throw InputError("--report: " + report::unavailable_text());
    if (!options.dump_config) plan.folder = std::make_unique<ResultFolder>(options.out);
    plan.outputs = outputs_of(options, plan.request, scenario_file, topology, registries);
    if (options.details && plan.outputs.have_standard_output())
        throw InputError("--details: is of no use when standard output has a file to show");
    return plan;
}

}  // namespace ahbm::cli
