// SPDX-License-Identifier: Apache-2.0
/// What a run found, as one value: the summary and result.json are two views of it.
#pragma once

#include "experiments/scenarios/scenario.h"
#include "observe/ledger/ledger_report.h"
#include "observe/measurements.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace ahbm::cli {

struct RunResult {
    std::string scenario;
    std::string parameters;     ///< YAML
    std::string configuration;  ///< YAML, effective
    std::string collectives;    ///< YAML, effective; empty: the scenario makes none
    std::string data;
    std::uint64_t seed = 0;
    sim::Time simulated;
    ScenarioResult outcome;
    Measurements measurements;
    std::optional<LedgerReport> ledger;  ///< with --ledger
    std::vector<std::string> findings;   ///< uninitialised reads and the like
    // For the summary only: observers do not change results.
    double wall_seconds = 0;
    std::vector<std::string> written;  ///< files of observers, and what is in them
    std::vector<std::string> remarks;  ///< what observers could not show
};

/// The documented, versioned form (docs/result_json.md). No wall-clock time, no paths: equal runs give equal bytes.
nlohmann::json to_json(const RunResult& result);
nlohmann::json to_json(const LedgerReport& ledger);
nlohmann::json to_json(const Ledger& parts);
/// Tables for people.
std::string ledger_text(const LedgerReport& ledger);

struct SummaryOptions {
    bool details = false;
    std::string command;  ///< what the user typed, to go on from
};
/// About ten lines for people; tables with the details and the ledger.
std::string summary(const RunResult& result, const PlatformConfig& config, const SummaryOptions& options);
std::string details(const RunResult& result);

/// Of the SIP that spent longest in launches: SIPs run side by side.
struct LaunchTime {
    SipId sip;
    unsigned launches = 0;
    sim::Time dispatch, execution, total;  ///< of all of them
    sim::Time completion() const { return total - dispatch - execution; }
};
LaunchTime longest_launch_time(const std::vector<LaunchRecord>& launches);
/// A line per finding, of many the first ones; empty without.
std::string findings_text(const std::vector<std::string>& findings);
/// What was written, and what observers could not show: a line each.
std::string files_written(const RunResult& result);
std::string remarks_text(const RunResult& result);

}  // namespace ahbm::cli
