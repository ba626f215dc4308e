// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/run_observers.h"

#include "platform/report/report.h"
#include "platform/timeline/trace_file.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

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

RunObservers::RunObservers(System& system, const ObserverOptions& options) : system_(system), options_(options) {
    if (!options.op_log.empty()) system.recorder().open_log(options.op_log);
    if (!options.vcd.empty()) waves_ = std::make_unique<Waves>(system, WavesConfig{options.vcd, options.vcd_scope});
    if (options.ledger) ledger_ = std::make_unique<LatencyLedger>(system);
    if (!options.trace.file.empty())
        timeline_ = std::make_unique<timeline::Timeline>(system, check(options.trace), options.trace.scope);
    if (!options.report.empty()) activity_ = std::make_unique<report::Activity>(system);
}

void RunObservers::finish(RunResult& result) {
    if (!options_.op_log.empty()) {
        system_.recorder().close_log();
        result.outcome.files.emplace_back(options_.op_log);
    }
    if (ledger_ != nullptr) result.ledger = ledger_->report();
    if (activity_ != nullptr) activity_->finish();
    if (timeline_ != nullptr) finish_timeline(result);
    if (waves_ != nullptr) finish_waves(result);
}

void RunObservers::finish_timeline(RunResult& result) {
    const std::string contents = write_trace(timeline_->finish(), options_.trace.file);
    result.written.push_back(fmt::format("{}: {}", options_.trace.file, contents));
    if (const auto stopped = timeline_->stopped())
        result.remarks.push_back(
            fmt::format("--trace-limit {} was reached: what ended from {:.3f} ns on is not in {}; a larger limit, "
                        "--trace-window or --trace-scope helps",
                        options_.trace.limit, stopped->ns(), options_.trace.file));
}

void RunObservers::finish_waves(RunResult& result) {
    std::vector<std::filesystem::path>& files = result.outcome.files;
    files.insert(files.end(), {options_.vcd, waves_->finish(launch_markers(result.outcome))});
    for (const std::string& pattern : waves_->unmatched())
        result.remarks.push_back(fmt::format("--vcd-scope {}: no queue pair had such a name", pattern));
}

void RunObservers::report(const nlohmann::json& document, const std::string& folder, RunResult& result) {
    if (activity_ == nullptr) return;
    nlohmann::json activity = activity_->json(result.outcome.launches, options_.command);
    activity["result"] = document["digest"];
    const auto write = [&](const std::string& file, const std::string& text) {
        sim::write_file(file, text);
        result.outcome.files.emplace_back(file);
    };
    write(options_.report, report::html(document, activity));
    if (!folder.empty()) write(folder + "/activity.json", activity.dump() + '\n');
}

}  // namespace ahbm::cli
