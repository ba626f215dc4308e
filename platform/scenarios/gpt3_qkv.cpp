// SPDX-License-Identifier: Apache-2.0
/// gpt3_qkv: the three projections of an attention layer, Q = X Wq, K = X Wk, V = X Wv; X replicated, the weights
/// split by columns over all PEs of the SIP.
#include "platform/scenarios/builtin.h"
#include "platform/scenarios/gemm_common.h"

namespace ahbm::scenarios {
namespace {

struct QkvParameters {
    std::uint32_t tokens = 32;
    std::uint32_t d_model = 768;
    Dtype dtype = Dtype::f16;

    template <class V>
    void fields(V& v) {
        v("tokens", tokens, "rows of X");
        v("d_model", d_model, "model width; GPT-3 175B has 12288, the default is scaled down");
        v("dtype", dtype, "element type");
    }
    void validate(config::Check& check) const {
        if (tokens == 0) check.fail("tokens", "at least 1 is expected");
        if (d_model == 0) check.fail("d_model", "at least 1 is expected");
    }
};

class QkvScenario : public ParameterisedScenario<QkvParameters> {
public:
    void check(const PlatformConfig&, const RunRequest& request) override {
        check_names(request, {}, {"q_c", "k_c", "v_c"});
    }
    void run(ScenarioRun& run) override {
        using runtime::Split;
        const GemmPlan plan{{Split::replicate, Split::replicate}, {Split::column_wise, Split::column_wise}, {Split::column_wise, Split::column_wise}};
        const std::uint32_t width = parameters_.d_model;
        const runtime::Array x = random_array({parameters_.tokens, width}, parameters_.dtype, run.request.seed, "x");
        for (const std::string name : {"q_", "k_", "v_"})
            run_gemm(run, plan, x, random_array({width, width}, parameters_.dtype, run.request.seed, "w" + name), {}, name);
    }
};

}  // namespace

void register_gpt3_qkv(ScenarioRegistry& registry) {
    registry.add({"gpt3_qkv", "Q, K and V projections of a GPT-3 layer, weights split by columns",
                  [] { return std::make_unique<QkvScenario>(); }});
}

}  // namespace ahbm::scenarios
