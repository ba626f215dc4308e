// SPDX-License-Identifier: Apache-2.0
/// What a command can choose from by name: what ships, and what libraries of the user's own add.
#pragma once

#include "experiments/scenarios/scenario.h"
#include "firmware/tl/kernel.h"

#include <string>
#include <vector>

namespace ahbm {

struct Registries {
    tl::KernelRegistry kernels;
    ModelRegistry models = builtin_models();
    runtime::CollectiveRegistry collectives = runtime::builtin_collectives();
    ScenarioRegistry scenarios;
    std::vector<std::string> libraries;  ///< files that were loaded into them
};
/// With everything that ships.
Registries builtin_registries();

/// Files of libraries, by what they hold.
struct Libraries {
    std::vector<std::string> kernels, scenarios, models, collectives;
};
/// Throws std::runtime_error for a library that is none of its kind, std::invalid_argument for a name that is taken.
void load(const Libraries& libraries, Registries& into);

}  // namespace ahbm
