// SPDX-License-Identifier: Apache-2.0
/// Who looks on while a scenario runs, as the options of `ahbm run` name them. Attached before the run, finished behind
/// it; none of them changes the run.
#pragma once

#include "app/event_log.h"
#include "app/result.h"
#include "observe/ledger/latency_ledger.h"
#include "observe/report/activity.h"
#include "observe/timeline/timeline.h"
#include "observe/timeline/trace_options.h"
#include "observe/waves/waves.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::cli {

struct ObserverOptions {
    std::string op_log, vcd, vcd_scope;
    bool ledger = false;
    timeline::TraceOptions trace;
    std::string report;   ///< HTML
    std::string command;  ///< what the user typed, for the report
    /// What will be written, by the option that asks for it.
    std::vector<std::pair<std::string, std::string>> files() const;
};

class RunObservers {
public:
    /// Throws ConfigError or InputError for a scope that matches nothing, or a file that cannot be written.
    RunObservers(System& system, const ObserverOptions& options);

    /// The run has ended: writes what is left to write and adds the files' names to the result. `partial`: why it did
    /// not come to its end; the files say so. Throws OutputError, having written what could be written.
    void finish(RunResult& result, const std::string& partial = {});
    /// Writes the report of `document`, result.json; and, when there is a folder for results, what a later
    /// `ahbm report` of it needs.
    void report(const nlohmann::json& document, const std::string& folder, RunResult& result);

private:
    void finish_timeline(RunResult& result, const std::string& partial);
    void finish_waves(RunResult& result, const std::string& partial);

    System& system_;
    ObserverOptions options_;
    std::unique_ptr<EventLog> events_;
    std::unique_ptr<Waves> waves_;
    std::unique_ptr<LatencyLedger> ledger_;
    std::unique_ptr<timeline::Timeline> timeline_;
    std::unique_ptr<report::Activity> activity_;
};

}  // namespace ahbm::cli
