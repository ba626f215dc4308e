// SPDX-License-Identifier: Apache-2.0
/// One run of the program, as a list of words that can be taken out one by one.
#pragma once

#include "tests/stress/dice.h"
#include "tests/stress/fields.h"

#include <string>
#include <vector>

namespace ahbm::stress {

struct Case {
    std::string scenario;
    std::vector<std::string> always;                    ///< topology and timing
    std::vector<std::vector<std::string>> assignments;  ///< {"--set", "a.b=1"}, {"--m", "64"}: each may be dropped

    std::vector<std::string> arguments() const;  ///< of the program
    std::string command() const;                 ///< for a shell
};

/// What the program at `path` says it has.
struct Inventory {
    std::vector<Field> platform;     ///< `--set`
    std::vector<Field> collectives;  ///< `--ccl-set`: groups `defaults` and `algorithms.<name>`
    struct Scenario {
        std::string name;
        std::vector<Field> parameters;
    };
    std::vector<Scenario> scenarios;
    std::vector<std::string> algorithms;
};
/// Throws std::runtime_error when it cannot be asked.
Inventory inventory_of(const std::string& program);

/// The same for the same seed and number, on every machine.
Case draw_case(const Inventory& inventory, std::uint64_t seed, std::uint64_t number);

}  // namespace ahbm::stress
