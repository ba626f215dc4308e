// SPDX-License-Identifier: Apache-2.0
/// What a run may end with: verified, measured (scenarios that have nothing to verify), refused with one line that
/// names what is wrong, or a hang that says who waits for what. Everything else is a finding.
#pragma once

#include "tests/stress/case.h"
#include "tests/stress/launcher.h"

#include <nlohmann/json.hpp>

#include <set>
#include <string>

namespace ahbm::stress {

enum class Ending { verified, measured, refused, hang, finding };

struct Verdict {
    Ending ending = Ending::finding;
    std::string what;          ///< one line; for a finding its kind first: "signal 11: ...", "exit 4: ..."
    std::string kind() const;  ///< of a finding: `what` without the numbers in its text, to tell findings apart
};

/// `result` is the text of result.json, empty when there is none; `names` are those of all fields.
Verdict judge(const Case& run, const std::set<std::string>& names, const Outcome& outcome, const std::string& result);

/// What in a result cannot be: not a number, negative, a share beyond 100 %, parts that do not sum, an end before its
/// start, busy for longer than the run. Empty: nothing.
std::string impossible_in(const nlohmann::json& result);

}  // namespace ahbm::stress
