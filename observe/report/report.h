// SPDX-License-Identifier: Apache-2.0
/// A result as one HTML file that needs nothing else: style, scripts, chart library and data are in it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace ahbm::report {

/// Whether the program was built with the page; without it html() must not be called.
bool available();
/// Why not, and what to do: one line.
std::string unavailable_text();

/// `result`: the document of docs/result_json.md; `activity`: of Activity::json, or null: then the report has neither
/// heat map nor lanes, and says how to get them. Equal documents give equal bytes.
std::string html(const nlohmann::json& result, const nlohmann::json& activity);

}  // namespace ahbm::report
