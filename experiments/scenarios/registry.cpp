// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/builtin.h"

#include <stdexcept>

namespace ahbm {

void ScenarioRegistry::add(ScenarioInfo info) {
    const std::string name = info.name;
    if (!scenarios_.emplace(name, std::move(info)).second)
        throw std::invalid_argument("a scenario named '" + name + "' is already registered");
}

const ScenarioInfo* ScenarioRegistry::find(const std::string& name) const {
    const auto found = scenarios_.find(name);
    return found == scenarios_.end() ? nullptr : &found->second;
}

std::vector<const ScenarioInfo*> ScenarioRegistry::all() const {
    std::vector<const ScenarioInfo*> scenarios;
    for (const auto& [name, info] : scenarios_) scenarios.push_back(&info);
    return scenarios;
}

void register_builtin_scenarios(ScenarioRegistry& registry) {
    scenarios::register_gemm(registry);
    scenarios::register_ccl(registry);
    scenarios::register_ccl_hello_send(registry);
    scenarios::register_gpt3_qkv(registry);
    scenarios::register_softmax_rows(registry);
    scenarios::register_va_offset_verify(registry);
    scenarios::register_pe_dma_probe(registry);
    scenarios::register_noc_traffic(registry);
    scenarios::register_stress(registry);
}

}  // namespace ahbm
