// SPDX-License-Identifier: Apache-2.0
/// Implementations of blocks by name, as a configuration's `impl` names them. A plug-in library adds its own and
/// exports `extern "C" void ahbm_register_models(ahbm::ModelRegistry&)`. Replaceable so far: PE_GEMM and PE_MATH.
#pragma once

#include "models/pe_contract/engine_model.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace ahbm {

struct Services;

struct ModelRegistry {
    using Engine = std::function<std::unique_ptr<EngineModel>(const char* name, const Services& services)>;
    std::map<std::string, Engine> pe_gemm;
    std::map<std::string, Engine> pe_math;
};

/// "builtin.pe_gemm", "builtin.pe_math".
ModelRegistry builtin_models();

/// Throws ConfigError naming the field and the implementations there are.
void check_models(const struct PlatformConfig& config, const ModelRegistry& models);

/// Loads a plug-in library; throws std::runtime_error naming the file and the reason.
void load_model_library(const std::string& path, ModelRegistry& registry);

}  // namespace ahbm
