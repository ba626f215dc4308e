// SPDX-License-Identifier: Apache-2.0
// A plug-in with PE_GEMMs of its own: one is half as fast as the configuration says, one says that it was busy for
// longer than there was time.
#include "models/pe_gemm/pe_gemm.h"
#include "platform/models.h"
#include "platform/services.h"
#include "sim/plugin_abi.h"

namespace {

class BoastfulGemm final : public ahbm::EngineModel {
public:
    BoastfulGemm(const sc_core::sc_module_name& name, const ahbm::PeGemmConfig& config, ahbm::sim::WheelPump& wheel)
        : EngineModel(name), engine_("engine", config, wheel) {}
    tlm::tlm_target_socket<>& jobs() override { return engine_.jobs(); }
    ahbm::EngineState state() const override { return engine_.state(); }
    ahbm::sim::Time busy() const override { return engine_.busy() * 100; }
    void reset() override { engine_.reset(); }

private:
    ahbm::PeGemm engine_;
};

}  // namespace

AHBM_PLUGIN

extern "C" void ahbm_register_models(ahbm::ModelRegistry& registry) {
    registry.pe_gemm["test.slow_gemm"] = [](const char* name, const ahbm::Services& services) {
        ahbm::PeGemmConfig config = services.config.sip.cube.pe.gemm;
        config.rate.megaflops /= 2;
        return std::make_unique<ahbm::PeGemm>(name, config, services.fabric.wheel());
    };
    registry.pe_gemm["test.boastful_gemm"] = [](const char* name, const ahbm::Services& services) {
        return std::make_unique<BoastfulGemm>(name, services.config.sip.cube.pe.gemm, services.fabric.wheel());
    };
}
