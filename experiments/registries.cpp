// SPDX-License-Identifier: Apache-2.0
#include "experiments/registries.h"

#include "sim/plugin.h"

namespace ahbm {

Registries builtin_registries() {
    Registries registries;
    tl::register_builtin_kernels(registries.kernels);
    register_builtin_scenarios(registries.scenarios);
    return registries;
}

void load(const Libraries& libraries, Registries& into) {
    for (const std::string& library : libraries.kernels) tl::load_kernel_library(library, into.kernels);
    for (const std::string& library : libraries.scenarios)
        sim::load_plugin("scenario", library, "ahbm_register_scenarios", "ahbm::ScenarioRegistry", into.scenarios);
    for (const std::string& library : libraries.models) load_model_library(library, into.models);
    for (const std::string& library : libraries.collectives)
        runtime::load_collective_library(library, into.collectives);
    for (const auto* files : {&libraries.kernels, &libraries.scenarios, &libraries.models, &libraries.collectives})
        into.libraries.insert(into.libraries.end(), files->begin(), files->end());
}

}  // namespace ahbm
