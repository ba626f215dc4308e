// SPDX-License-Identifier: Apache-2.0
/// An install plan for people and for other tools.
#pragma once

#include "sw_runtime/collectives/plan.h"

#include <nlohmann/json.hpp>

#include <string>

namespace ahbm::runtime {

/// One line per queue pair, and what each SIP is told.
std::string to_text(const InstallPlan& plan);
/// Graphviz: one arrow per queue pair and direction.
std::string to_dot(const InstallPlan& plan);
nlohmann::json to_json(const InstallPlan& plan);
/// Throws nlohmann::json::exception for anything that to_json does not give.
InstallPlan plan_from_json(const nlohmann::json& json);

}  // namespace ahbm::runtime
