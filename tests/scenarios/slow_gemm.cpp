// SPDX-License-Identifier: Apache-2.0
// A plug-in with a PE_GEMM of its own, half as fast as the configuration says.
#include "models/pe_gemm/pe_gemm.h"
#include "platform/models.h"
#include "platform/services.h"
#include "sim/plugin_abi.h"

AHBM_PLUGIN

extern "C" void ahbm_register_models(ahbm::ModelRegistry& registry) {
    registry.pe_gemm["test.slow_gemm"] = [](const char* name, const ahbm::Services& services) {
        ahbm::PeGemmConfig config = services.config.sip.cube.pe.gemm;
        config.rate.megaflops /= 2;
        return std::make_unique<ahbm::PeGemm>(name, config, services.fabric.wheel());
    };
}
