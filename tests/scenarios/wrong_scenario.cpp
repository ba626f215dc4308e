// SPDX-License-Identifier: Apache-2.0
// A scenario library whose only scenario fails its verification.
#include "platform/scenarios/verify.h"
#include "sim/plugin_abi.h"

namespace {

struct NoParameters {
    template <class V>
    void fields(V&) {}
};

class WrongOnPurpose : public ahbm::ParameterisedScenario<NoParameters> {
public:
    void run(ahbm::ScenarioRun& run) override {
        using namespace ahbm;
        using runtime::Split;
        std::vector<float> values(32);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
        const runtime::Tensor x = run.context.from_host(runtime::make_array({8, 4}, Dtype::f16, values),
                                                        {{Split::row_wise, Split::replicate, 0, 1}, {}, "x"});
        values[1 * 4 + 3] += 1;
        values[5 * 4 + 2] += 64;
        run.result.verifications.push_back(scenarios::compare(
            x, x.to_host(), runtime::make_array({8, 4}, Dtype::f16, values), {}, "x against a reference that differs"));
    }
};

}  // namespace

AHBM_PLUGIN

extern "C" void ahbm_register_scenarios(ahbm::ScenarioRegistry& registry) {
    registry.add({"wrong_on_purpose", "fails its verification", [] { return std::make_unique<WrongOnPurpose>(); }});
}
