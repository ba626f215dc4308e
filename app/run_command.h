// SPDX-License-Identifier: Apache-2.0
/// `ahbm run`: from options to a result.
#pragma once

#include "app/command_line.h"
#include "app/run_observers.h"
#include "experiments/registries.h"

#include <optional>
#include <string>
#include <vector>

namespace ahbm::cli {

struct RunOptions {
    std::string scenario = "ccl_allreduce";
    std::string topology;  ///< "" = the scenario file's, or default
    std::vector<std::string> overrides;
    std::string ccl = "ccl";  ///< name or file of the collectives' configuration
    std::vector<std::string> ccl_overrides;
    std::string device;          ///< "" = all SIPs, or the first one, as the scenario runs
    std::optional<bool> verify;  ///< nothing = it does
    std::string data = "on";
    std::string timing;                 ///< "" = the configuration's
    std::optional<std::uint64_t> seed;  ///< nothing = 1
    std::string out, json;
    bool details = false;  ///< the summary's tables
    ObserverOptions observers;
    std::string findings = "fail";     ///< or "warn": they are printed, and that is all
    std::string log_level, log_scope;  ///< "" = warnings, of everybody
    bool dump_config = false;
    std::vector<std::string> inputs, outputs;
    std::vector<std::string> parameters;  ///< --name value pairs of the scenario, as "name=value"
};

/// Names of the least that --log-level prints.
std::vector<std::string> log_levels();
InputError no_scenario(const ScenarioRegistry& registry, const std::string& name);
/// `document`: where the result goes as JSON, if anybody asks.
int run_scenario(RunOptions options, Registries& registries, nlohmann::json* document = nullptr);

}  // namespace ahbm::cli
