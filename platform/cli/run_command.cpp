// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/run_command.h"

#include "platform/cli/configs.h"
#include "platform/cli/output_paths.h"
#include "platform/cli/progress_line.h"
#include "platform/cli/result.h"
#include "platform/cli/scenario_file.h"
#include "platform/diagnostics/queue_state.h"
#include "platform/interrupted.h"
#include "platform/plausible.h"
#include "platform/report/report.h"
#include "sim/config/override.h"
#include "sim/config/text.h"
#include "sim/interrupt.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

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

/// What the run may write.
void check_outputs(const RunOptions& options, const RunRequest& request, const std::string& topology) {
    OutputPaths paths;
    paths.reads("--topology", topology);
    paths.reads("--ccl", options.ccl);
    if (!options.out.empty())
        for (const char* file : {"result.json", "config.yaml", "activity.json", "deadlock.dot"})
            paths.add("--out", (fs::path(options.out) / file).string());
    paths.add("--json", options.json);
    for (const auto& [option, file] : options.observers.files()) paths.add(option, file);
    for (const auto& [name, file] : request.outputs) paths.add("--output", file.string());
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
    const std::vector<std::string> names{"debug", "info", "warning", "error", "off"};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == text) return static_cast<sim::Log::Level>(i);
    throw InputError(fmt::format("--log-level {}: expected {}", text, fmt::join(names, ", ")));
}

}  // namespace

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
    RunRequest request{options.verify,
                       options.seed,
                       runtime::DeviceSelector::parse(options.device),
                       load_ccl(options.ccl, options.ccl_overrides, registries),
                       registries.collectives,
                       named_files(options.inputs, "input", true),
                       named_files(options.outputs, "output", false),
                       options.data != "off"};
    if (request.device.sip && request.device.sip->value >= config.sips.count)
        throw InputError(fmt::format("--device {}: the system has {} SIP(s)", options.device, config.sips.count));
    if (request.device.sip && request.device.sip->value != 0 && scenario->uses_all_sips())
        throw InputError(fmt::format("--device {}: {} runs on all SIPs", options.device, options.scenario));
    if (!request.device.sip && !scenario->uses_all_sips())
        throw InputError(
            fmt::format("--device {}: {} runs on one SIP: name it, as in sip:0", options.device, options.scenario));
    if (options.data == "off" && !request.outputs.empty())
        throw InputError("--output needs values: run with --data on");
    if (options.data == "off" && !options.observers.op_log.empty())
        throw InputError("--op-log needs values: run with --data on");
    if (options.findings != "fail" && options.findings != "warn")
        throw InputError(fmt::format("--findings {}: expected fail, warn", options.findings));
    scenario->check(config, request);
    check(options.observers.trace);
    if (!options.observers.report.empty() && !report::available())
        throw InputError("--report: " + report::unavailable_text());
    if (options.observers.vcd.empty() && !options.observers.vcd_scope.empty())
        throw ConfigError("--vcd-scope", "", "is of no use without --vcd");
    const ResultFolder folder(options.out);
    check_outputs(options, request, topology);

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
    result.data = options.data;
    result.seed = options.seed;
    result.measurements = measure(session.system(), session.kernels());
    check_figures(result.outcome);
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
        sim::write_files({{options.out + "/result.json", json}, {options.out + "/config.yaml", result.configuration}});
        result.outcome.files.push_back(options.out + "/result.json");
        result.outcome.files.push_back(options.out + "/config.yaml");
    }
    if (!options.json.empty()) sim::write_file(options.json, json), result.outcome.files.push_back(options.json);
    observers.report(document, options.out, result);
    result.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (options.json != "-")
        fmt::print("{}", summary(result, config, {options.details, options.observers.command}));
    else  // it has standard output for itself
        for (const std::string& remark : result.remarks) fmt::print(stderr, "finding      {}\n", remark);
    for (const Verification& each : result.outcome.verifications)
        if (each.verdict == Verification::Verdict::failed) return verification_failed;
    return result.findings.empty() || options.findings == "warn" ? ok : verification_failed;
}

}  // namespace ahbm::cli
