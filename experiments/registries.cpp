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

namespace {

std::size_t entries(const Registries& all) {
    return all.kernels.all().size() + all.models.pe_gemm.size() + all.models.pe_math.size() +
           all.collectives.topologies.size() + all.collectives.mappers.size() + all.collectives.validators.size() +
           all.scenarios.all().size();
}

}  // namespace

void load(const Libraries& libraries, Registries& into) {
    const auto each = [&](const char* kind, const std::vector<std::string>& files, const auto& load_one) {
        for (const std::string& library : files) {
            const std::size_t before = entries(into);
            load_one(library);
            if (entries(into) == before) sim::plugin_failed(kind, library, "registers nothing");
        }
    };
    each("kernel", libraries.kernels, [&](const std::string& file) { tl::load_kernel_library(file, into.kernels); });
    each("scenario", libraries.scenarios, [&](const std::string& file) {
        sim::load_plugin("scenario", file, "ahbm_register_scenarios", "ahbm::ScenarioRegistry", into.scenarios);
    });
    each("model", libraries.models, [&](const std::string& file) { load_model_library(file, into.models); });
    each("collective", libraries.collectives,
         [&](const std::string& file) { runtime::load_collective_library(file, into.collectives); });
    for (const auto* files : {&libraries.kernels, &libraries.scenarios, &libraries.models, &libraries.collectives})
        into.libraries.insert(into.libraries.end(), files->begin(), files->end());
}

}  // namespace ahbm
