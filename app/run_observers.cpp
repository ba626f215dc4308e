// SPDX-License-Identifier: Apache-2.0
#include "app/run_observers.h"

#include "app/json_file.h"
#include "observe/report/report.h"
#include "observe/scope.h"
#include "observe/timeline/trace_file.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

#include <exception>

namespace ahbm::cli {
namespace {

std::vector<WaveMarker> launch_markers(const ScenarioResult& outcome) {
    std::vector<WaveMarker> markers;
    for (const LaunchRecord& launch : outcome.launches) {
        markers.push_back({launch.kernel + " starts", launch.times.exec_start});
        markers.push_back({launch.kernel + " ends", launch.times.exec_end});
    }
    return markers;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ObserverOptions::files() const {
    std::vector<std::pair<std::string, std::string>> all{
        {"--op-log", op_log}, {"--vcd", vcd}, {"--trace", trace.file}, {"--report", report}};
    if (!vcd.empty())
        for (const std::string& file : save_files(vcd)) all.emplace_back("--vcd", file);
    return all;
}

RunObservers::RunObservers(System& system, const ObserverOptions& options) : system_(system), options_(options) {
    if (system.log().enabled(sim::Log::Level::debug)) events_ = std::make_unique<EventLog>(system);
    if (!options.op_log.empty()) system.recorder().open_log(options.op_log);
    if (!options.vcd.empty()) waves_ = std::make_unique<Waves>(system, WavesConfig{options.vcd, options.vcd_scope});
    if (options.ledger) ledger_ = std::make_unique<LatencyLedger>(system);
    if (!options.trace.file.empty())
        timeline_ = std::make_unique<timeline::Timeline>(system, check(options.trace), options.trace.scope);
    if (!options.report.empty()) activity_ = std::make_unique<report::Activity>(system);
}

void RunObservers::finish(RunResult& result, const std::string& partial) {
    std::exception_ptr first;
    const auto each = [&](bool wanted, const auto& write) {
        try {
            if (wanted) write();
        } catch (const sim::OutputError&) {
            if (!first) first = std::current_exception();
        }
    };
    if (ledger_ != nullptr) result.ledger = ledger_->report();
    if (activity_ != nullptr) activity_->finish();
    each(!options_.op_log.empty(), [&] {
        system_.recorder().close_log(partial);
        result.outcome.files.emplace_back(options_.op_log);
    });
    each(timeline_ != nullptr, [&] { finish_timeline(result, partial); });
    each(waves_ != nullptr, [&] { finish_waves(result, partial); });
    if (first) std::rethrow_exception(first);
}

void RunObservers::finish_timeline(RunResult& result, const std::string& partial) {
    const timeline::Trace trace = timeline_->finish(partial);
    result.written.push_back(fmt::format("{}: {}", options_.trace.file, write_trace(trace, options_.trace.file)));
    std::string less;
    if (!options_.trace.scope.empty()) less += " --trace-scope " + options_.trace.scope;
    if (!options_.trace.window.empty()) less += " --trace-window " + options_.trace.window;
    const bool empty = trace.slices.size() == (partial.empty() ? 0 : 1) && trace.samples.empty();
    if (empty && !less.empty() && !timeline_->stopped())
        result.remarks.push_back(fmt::format("{}: nothing happened there; the run ended at {:.3f} ns", less.substr(1),
                                             system_.wheel().now().ns()));
    if (!empty && !options_.trace.scope.empty()) {
        Scope scope(options_.trace.scope);
        const auto name_of = [](const timeline::Track& track) { return track.process + '.' + track.name; };
        for (const timeline::Lane& lane : trace.lanes) scope.has(name_of(trace.tracks[lane.track]));
        for (const timeline::Sample& sample : trace.samples) scope.has(name_of(trace.counters[sample.counter]));
        for (const std::string& pattern : scope.unmatched())
            result.remarks.push_back(fmt::format("--trace-scope {}: nothing happened there", pattern));
    }
    if (const auto stopped = timeline_->stopped())
        result.remarks.push_back(
            fmt::format("--trace-limit {} was reached: what ended from {:.3f} ns on is not in {}; a larger limit, "
                        "--trace-window or --trace-scope helps",
                        check(options_.trace).events, stopped->ns(), options_.trace.file));
}

void RunObservers::finish_waves(RunResult& result, const std::string& partial) {
    std::vector<std::filesystem::path>& files = result.outcome.files;
    const std::string save_file = waves_->finish(launch_markers(result.outcome), partial);
    files.insert(files.end(), {options_.vcd, save_file});
    for (const std::string& pattern : waves_->unmatched())
        result.remarks.push_back(fmt::format("--vcd-scope {}: no queue pair had such a name", pattern));
}

void RunObservers::report(const nlohmann::json& document, const std::string& folder, RunResult& result) {
    if (activity_ == nullptr) return;
    nlohmann::json activity = activity_->json(result.outcome.launches, options_.command);
    activity["result"] = document["digest"];
    activity["digest"] = digest_of(activity);
    const auto write = [&](const std::string& file, const std::string& text) {
        sim::write_file(file, text);
        result.outcome.files.emplace_back(file);
    };
    write(options_.report, report::html(document, activity));
    if (!folder.empty()) write(folder + "/activity.json", activity.dump() + '\n');
}

}  // namespace ahbm::cli
