// SPDX-License-Identifier: Apache-2.0
/// What must not change a run: to do it again, to leave the values out, to look on, and (for values) the timing.
#pragma once

#include "tests/stress/case.h"
#include "tests/stress/judge.h"
#include "tests/stress/launcher.h"

#include <set>
#include <string>

namespace ahbm::stress {

/// What is run, and how far it may go.
struct Program {
    std::string path;
    std::set<std::string> names;  ///< of all its fields
    Limits limits;
};

/// A run with result.json; `extra` arguments come last.
struct Run {
    Verdict verdict;
    nlohmann::json result;
    std::string output;  ///< bytes of the .npy that `--output out.npy` in `extra` asked for
};
Run run(const Program& program, const Case& what, const std::vector<std::string>& extra = {});

/// One of the four, by `number`, of a run that has succeeded; empty: it holds, or there is nothing to compare.
std::string broken_property(const Program& program, const Case& what, const nlohmann::json& result,
                            std::uint64_t number);

}  // namespace ahbm::stress
