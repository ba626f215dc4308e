// SPDX-License-Identifier: Apache-2.0
#include "platform/models.h"

#include "models/pe_gemm/pe_gemm.h"
#include "models/pe_math/pe_math.h"
#include "platform/services.h"
#include "sim/config/error.h"
#include "sim/plugin.h"

#include <fmt/format.h>

namespace ahbm {

ModelRegistry builtin_models() {
    ModelRegistry registry;
    registry.pe_gemm["builtin.pe_gemm"] = [](const char* name, const Services& services) {
        return std::make_unique<PeGemm>(name, services.config.sip.cube.pe.gemm, services.fabric.wheel());
    };
    registry.pe_math["builtin.pe_math"] = [](const char* name, const Services& services) {
        return std::make_unique<PeMath>(name, services.config.sip.cube.pe.math, services.fabric.wheel());
    };
    return registry;
}

void check_models(const PlatformConfig& config, const ModelRegistry& models) {
    const auto check = [](const std::map<std::string, ModelRegistry::Engine>& known, const std::string& impl,
                          const char* path) {
        if (known.contains(impl)) return;
        std::vector<std::string> names;
        for (const auto& [name, factory] : known) names.push_back(name);
        throw ConfigError("", path, fmt::format("no implementation is named '{}'{}", impl, config::hint(impl, names)));
    };
    check(models.pe_gemm, config.sip.cube.pe.gemm.impl, "sip.cube.pe.gemm.impl");
    check(models.pe_math, config.sip.cube.pe.math.impl, "sip.cube.pe.math.impl");
}

void load_model_library(const std::string& path, ModelRegistry& registry) {
    ModelRegistry staged;
    sim::load_plugin("model", path, "ahbm_register_models", "ahbm::ModelRegistry", staged);
    const auto add = [&](const auto& from, auto& to) {
        for (const auto& [name, make] : from)
            if (!to.emplace(name, make).second)
                sim::plugin_failed("model", path, fmt::format("'{}' is already registered", name));
    };
    add(staged.pe_gemm, registry.pe_gemm);
    add(staged.pe_math, registry.pe_math);
}

}  // namespace ahbm
