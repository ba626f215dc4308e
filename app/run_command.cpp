// SPDX-License-Identifier: Apache-2.0
#include "app/run_command.h"

#include "app/progress_line.h"
#include "app/result.h"
#include "app/run_plan.h"
#include "experiments/plausible_figures.h"
#include "platform/diagnostics/queue_state.h"
#include "platform/interrupted.h"
#include "sim/interrupt.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

namespace ahbm::cli {
namespace {

using Clock = std::chrono::steady_clock;

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

SystemOptions system_options(const RunOptions& options, const RunPlan& plan, const Registries& registries) {
    SystemOptions system;
    system.models = registries.models;
    system.shadow.mode = data_mode(options.data);
    system.log_level = log_level(options.log_level);
    system.log_scope = options.log_scope;
    plan.scenario->equip(system);
    return system;
}

/// A run that did not come to its end: what was recorded until then is written, and says so; of a hang its graph too.
/// What is to be said of these files, behind the cause.
std::string what_led_to_it(RunObservers& observers, RunResult& result, bool result_asked, const std::string& why,
                           const std::string& graph = {}, const std::string& folder = {}) {
    std::string text;
    const auto try_to = [&](const auto& write) {
        try {
            write();
        } catch (const sim::OutputError& error) {
            text += fmt::format("\n{}", error.what());
        }
    };
    if (!graph.empty() && !folder.empty()) try_to([&] { sim::write_file(folder + "/deadlock.dot", graph); });
    try_to([&] { observers.finish(result, why.substr(0, why.find('\n'))); });
    text += '\n' + files_written(result);
    text.pop_back();
    if (result_asked) text += "\nno result, report or JSON: they are of runs that come to their end";
    return text;
}

/// Fills in the outcome, and when the host's program ended.
void simulate(const RunOptions& options, const RunPlan& plan, Session& session, RunObservers& observers,
              RunResult& result) {
    const bool asked = !options.out.empty() || !options.json.empty() || !options.observers.report.empty();
    const Progress progress(session.system().wheel());
    const sim::Interruptible running;  // nothing can be left half behind it
    try {
        session.run([&] {
            runtime::Context context(session.port());
            if (plan.request.device.sip) context.set_device(*plan.request.device.sip);
            ScenarioRun run{session, context, plan.request, result.outcome};
            plan.scenario->run(run);
            context.synchronize();
            result.simulated = context.now();
        });
    } catch (const Hang& hang) {
        throw Hang(hang.what() + what_led_to_it(observers, result, asked, hang.what(), hang.graph(), options.out),
                   hang.graph());
    } catch (const Interrupted& end) {
        throw Interrupted(end.signal(), end.what() + what_led_to_it(observers, result, asked, end.what()));
    } catch (const std::exception& error) {
        what_led_to_it(observers, result, asked, error.what());
        throw;
    } catch (...) {  // of a library of the user's
        what_led_to_it(observers, result, asked, "an exception that is no std::exception");
        throw;
    }
}

bool is_wrong(const RunResult& result) {
    return std::ranges::any_of(result.outcome.verifications,
                               [](const Verification& each) { return each.verdict == Verification::Verdict::failed; });
}

/// What is known when the run is over. Recordings are whole whatever becomes of the figures.
void collect(const RunOptions& options, const RunPlan& plan, Session& session, RunObservers& observers,
             RunResult& result) {
    System& system = session.system();
    result.scenario = options.scenario;
    result.parameters = plan.scenario->parameters();
    result.configuration = config::dump(plan.config);
    result.collectives = plan.collectives();
    result.data = options.data;
    result.seed = plan.request.seed;
    result.measurements = measure(system, session.kernels());
    result.findings = findings_of(system);
    observers.finish(result);
    if (!options.log_scope.empty() && !system.log().used())
        result.remarks.push_back(
            fmt::format("--log-scope {}: with --log-level {}, nobody whose name begins so had "
                        "anything to say",
                        options.log_scope, options.log_level));
    if (!is_wrong(result)) check_figures(result.outcome);  // who did not do the work may have been as fast as he likes
}

void write(const RunOptions& options, const nlohmann::json& document, RunResult& result) {
    const std::string json = document.dump(2) + '\n';
    if (!options.out.empty()) {
        std::vector<sim::FileContent> files{{options.out + "/result.json", json},
                                            {options.out + "/config.yaml", result.configuration}};
        if (!result.collectives.empty()) files.push_back({options.out + "/ccl.yaml", result.collectives});
        sim::write_files(files);
        for (const sim::FileContent& file : files) result.outcome.files.push_back(file.path);
    }
    if (!options.json.empty()) sim::write_file(options.json, json), result.outcome.files.push_back(options.json);
}

}  // namespace

std::vector<std::string> log_levels() { return {"debug", "info", "warning", "error", "off"}; }

int run_scenario(RunOptions options, Registries& registries, nlohmann::json* wanted) {
    const auto start = Clock::now();
    const RunPlan plan = plan_run(options, registries);
    if (options.dump_config) {
        fmt::print("{}", config::dump(plan.config));
        return ok;
    }
    Session session(plan.config, registries.kernels, system_options(options, plan, registries));
    RunObservers observers(session.system(), options.observers);
    plan.folder->clear();

    RunResult result;
    simulate(options, plan, session, observers, result);
    collect(options, plan, session, observers, result);
    const nlohmann::json document = to_json(result);
    if (wanted != nullptr) *wanted = document;
    write(options, document, result);
    observers.report(document, options.out, result);

    result.wall_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (!plan.outputs.have_standard_output())
        fmt::print("{}", summary(result, plan.config, {options.details, options.observers.command}));
    else
        fmt::print(stderr, "{}", remarks_text(result));
    if (is_wrong(result)) return verification_failed;
    return result.findings.empty() || options.findings == "warn" ? ok : verification_failed;
}

}  // namespace ahbm::cli
