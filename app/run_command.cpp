// SPDX-License-Identifier: Apache-2.0
#include "app/run_command.h"

#include "app/output_paths.h"
#include "app/progress_line.h"
#include "app/result.h"
#include "app/scenario_file.h"
#include "experiments/configs.h"
#include "experiments/plausible_figures.h"
#include "observe/report/report.h"
#include "platform/diagnostics/queue_state.h"
#include "platform/interrupted.h"
#include "sim/config/node.h"
#include "sim/config/override.h"
#include "sim/config/text.h"
#include "sim/interrupt.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

namespace ahbm::cli {
namespace {

namespace fs = std::filesystem;

void apply_scenario_file(RunOptions& options) {
    if (!options.scenario.ends_with(".yaml")) return;
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

/// Parameters as typed that the scenario has put others in place of: input files decide on shapes and types.
void check_parameters(const std::vector<std::string>& typed, const std::string& said, const std::string& effective) {
    auto before = config::values_in(config::parse_yaml(said, "parameters")),
         after = config::values_in(config::parse_yaml(effective, "parameters"));
    for (const std::string& each : typed)
        if (const std::string path = config::path_of_override(each); before[path] != after[path])
            throw InputError(
                fmt::format("{}: the input files make it {}", config::parse_override(each).where, after[path]));
}

/// What is said of collectives is about those that the scenario makes.
void check_collectives(const RunOptions& options, const std::optional<runtime::CclConfig>& effective) {
    if (!effective && options.ccl != RunOptions{}.ccl)
        throw InputError(fmt::format("--ccl {}: {} makes no collectives", options.ccl, options.scenario));
    if (!effective && !options.ccl_overrides.empty())
        throw InputError(
            fmt::format("--ccl-set {}: {} makes no collectives", options.ccl_overrides.front(), options.scenario));
    if (effective) check_used(options.ccl_overrides, *effective, options.scenario);
}

/// What the run may write.
OutputPaths outputs_of(const RunOptions& options, const RunRequest& request, const std::string& topology) {
    OutputPaths paths;
    paths.reads("--topology", topology);
    paths.reads("--ccl", options.ccl);
    if (!options.out.empty())
        for (const char* file : {"result.json", "config.yaml", "ccl.yaml", "activity.json", "deadlock.dot"})
            paths.add("--out", (fs::path(options.out) / file).string());
    paths.add("--json", options.json);
    for (const auto& [option, file] : options.observers.files()) paths.add(option, file);
    for (const auto& [name, file] : request.outputs) paths.add("--output", file.string());
    return paths;
}

/// About a run that takes long: simulated time and events per second of wall time.
class Progress {
public:
    explicit Progress(sim::WheelPump& wheel) : wheel_(wheel) {
        if (line_.visible()) wheel_.set_instant_observer([this] { tick(); });
    }
    ~Progress() {
        if (line_.visible()) wheel_.set_instant_observer(nullptr);
    }

private:
    using Clock = std::chrono::steady_clock;
    void tick() {
        if (++instants_ % 65536 != 0 || Clock::now() < next_) return;
        next_ = Clock::now() + std::chrono::milliseconds(500);
        const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
        line_.show(fmt::format("simulated {:.3f} us, {:.2f} million events/s", wheel_.now().us(),
                               static_cast<double>(wheel_.dispatched()) / seconds / 1e6));
    }

    sim::WheelPump& wheel_;
    ProgressLine line_;
    std::uint64_t instants_ = 0;
    Clock::time_point start_ = Clock::now();
    Clock::time_point next_ = start_ + std::chrono::seconds(1);
};

shadow::Mode data_mode(const std::string& text) {
    if (text == "on") return shadow::Mode::lazy;
    if (text == "background") return shadow::Mode::background;
    return shadow::Mode::off;
}

sim::Log::Level log_level(const std::string& text) {
    if (text.empty()) return sim::Log::Level::warning;
    const std::vector<std::string> names = log_levels();
    return static_cast<sim::Log::Level>(std::find(names.begin(), names.end(), text) - names.begin());
}

}  // namespace

std::vector<std::string> log_levels() { return {"debug", "info", "warning", "error", "off"}; }

void refuse_outputs_without_a_run(const RunOptions& options) {
    std::vector<std::pair<std::string, std::string>> asked = options.observers.files();
    asked.insert(asked.end(), {{"--out", options.out}, {"--json", options.json}});
    if (!options.inputs.empty()) asked.emplace_back("--input", options.inputs.front());
    if (!options.outputs.empty()) asked.emplace_back("--output", options.outputs.front());
    for (const auto& [option, path] : asked)
        if (!path.empty())
            throw InputError(fmt::format("{} {}: is of no use with --dump-config, which runs nothing", option, path));
}

/// A run that did not come to its end: what was recorded until then is written, and says so.
std::string what_led_to_it(RunObservers& observers, RunResult& result, const std::string& why) {
    std::string text;
    try {
        observers.finish(result, why.substr(0, why.find('\n')));
    } catch (const sim::OutputError& error) {
        text = fmt::format("\n{}", error.what());
    }
    text += '\n' + files_written(result);
    text.pop_back();
    return text;
}

InputError no_scenario(const ScenarioRegistry& registry, const std::string& name) {
    std::vector<std::string> names;
    for (const ScenarioInfo* info : registry.all()) names.push_back(info->name);
    return InputError(fmt::format("no scenario named '{}'{}", name, config::hint(name, names)));
}

int run_scenario(RunOptions options, Registries& registries, nlohmann::json* wanted) {
    const auto start = std::chrono::steady_clock::now();
    const std::vector<std::string> typed = options.parameters;
    apply_scenario_file(options);
    const std::string topology =
        find_config("topology", options.topology.empty() ? "default" : options.topology).string();
    const PlatformConfig config = load_platform(topology, options.overrides, options.timing);
    check_models(config, registries.models);
    const std::unique_ptr<Scenario> scenario = find_scenario(registries.scenarios, options.scenario).make();
    scenario->set(options.parameters);
    if (options.dump_config) {
        refuse_outputs_without_a_run(options);
        fmt::print("{}", config::dump(config));
        return ok;
    }
    RunRequest request{options.verify.value_or(true),
                       options.seed,
                       device_of(options, *scenario, config),
                       load_ccl(options.ccl, options.ccl_overrides, registries),
                       registries.collectives,
                       named_files(options.inputs, "input", true),
                       named_files(options.outputs, "output", false),
                       options.data != "off"};
    check_effects(options, request);
    const std::string said = scenario->parameters();
    scenario->check(config, request);
    check_parameters(typed, said, scenario->parameters());
    check_collectives(options, scenario->collectives(request));
    check(options.observers.trace);
    if (!options.observers.report.empty() && !report::available())
        throw InputError("--report: " + report::unavailable_text());
    const ResultFolder folder(options.out);
    const OutputPaths outputs = outputs_of(options, request, topology);
    if (options.details && outputs.have_standard_output())
        throw InputError("--details: is of no use when standard output has a file to show");

    SystemOptions system_options;
    system_options.models = registries.models;
    system_options.shadow.mode = data_mode(options.data);
    system_options.log_level = log_level(options.log_level);
    system_options.log_scope = options.log_scope;
    scenario->equip(system_options);
    Session session(config, registries.kernels, system_options);
    RunObservers observers(session.system(), options.observers);

    RunResult result;
    std::optional<Progress> progress(session.system().wheel());
    std::optional<sim::Interruptible> running(std::in_place);
    try {
        session.run([&] {
            runtime::Context context(session.port());
            if (request.device.sip) context.set_device(*request.device.sip);
            ScenarioRun run{session, context, request, result.outcome};
            scenario->run(run);
            context.synchronize();
            result.simulated = context.now();
        });
    } catch (const Hang& hang) {
        if (!options.out.empty() && !hang.graph().empty()) sim::write_file(options.out + "/deadlock.dot", hang.graph());
        throw Hang(hang.what() + what_led_to_it(observers, result, hang.what()), hang.graph());
    } catch (const Interrupted& end) {
        throw Interrupted(end.signal(), end.what() + what_led_to_it(observers, result, end.what()));
    } catch (const std::exception& error) {
        what_led_to_it(observers, result, error.what());
        throw;
    }
    running.reset();  // nothing can be left half from here on
    progress.reset();

    result.scenario = options.scenario;
    result.parameters = scenario->parameters();
    result.configuration = config::dump(config);
    if (const auto collectives = scenario->collectives(request)) result.collectives = config::dump(*collectives);
    result.data = options.data;
    result.seed = options.seed;
    result.measurements = measure(session.system(), session.kernels());
    const bool wrong = std::ranges::any_of(result.outcome.verifications, [](const Verification& each) {
        return each.verdict == Verification::Verdict::failed;
    });
    if (!wrong) check_figures(result.outcome);  // who did not do the work may have been as fast as he likes
    result.findings = findings_of(session.system());
    observers.finish(result);
    if (!options.log_scope.empty() && !session.system().log().used())
        result.remarks.push_back(
            fmt::format("--log-scope {}: with --log-level {}, nobody whose name begins so had "
                        "anything to say",
                        options.log_scope, options.log_level));
    const nlohmann::json document = to_json(result);
    const std::string json = document.dump(2) + '\n';
    if (wanted != nullptr) *wanted = document;
    if (!options.out.empty()) {
        std::vector<sim::FileContent> files{{options.out + "/result.json", json},
                                            {options.out + "/config.yaml", result.configuration}};
        if (!result.collectives.empty()) files.push_back({options.out + "/ccl.yaml", result.collectives});
        sim::write_files(files);
        for (const sim::FileContent& file : files) result.outcome.files.push_back(file.path);
        std::error_code error;
        if (result.collectives.empty()) fs::remove(options.out + "/ccl.yaml", error);  // of a run before this one
    }
    if (!options.json.empty()) sim::write_file(options.json, json), result.outcome.files.push_back(options.json);
    observers.report(document, options.out, result);
    result.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!outputs.have_standard_output())
        fmt::print("{}", summary(result, config, {options.details, options.observers.command}));
    else
        for (const std::string& remark : result.remarks) fmt::print(stderr, "finding      {}\n", remark);
    if (wrong) return verification_failed;
    return result.findings.empty() || options.findings == "warn" ? ok : verification_failed;
}

}  // namespace ahbm::cli
