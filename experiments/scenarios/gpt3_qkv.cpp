// SPDX-License-Identifier: Apache-2.0
/// gpt3_qkv: the three projections of an attention layer, Q = X Wq, K = X Wk, V = X Wv; X replicated, the weights
/// split by columns over all PEs of the SIP.
#include "experiments/scenarios/builtin.h"
#include "experiments/scenarios/gemm_common.h"

#include <fmt/format.h>

#include <array>

namespace ahbm::scenarios {
namespace {

struct QkvParameters {
    std::uint32_t tokens = 32;
    std::uint32_t d_model = 768;
    Dtype dtype = Dtype::f16;

    template <class V>
    void fields(V& v) {
        v("tokens", tokens, "rows of X", config::range(1, UINT32_MAX));
        v("d_model", d_model, "model width; GPT-3 175B has 12288, the default is scaled down",
          config::range(1, UINT32_MAX));
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
        check_names(request, {"x", "wq", "wk", "wv"}, {"q", "k", "v"});
        QkvParameters& p = parameters_;
        x_ = matrix(request, "x", {p.tokens, p.d_model}, p.dtype);
        p.tokens = static_cast<std::uint32_t>(x_.shape.rows());
        p.d_model = static_cast<std::uint32_t>(x_.shape.cols());
        p.dtype = x_.dtype;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const std::string name = std::string("w") + names[i];
            weights_[i] = matrix(request, name, {p.d_model, p.d_model}, p.dtype);
            if (weights_[i].shape.rows() != p.d_model || weights_[i].dtype != p.dtype)
                throw InputError(fmt::format("x {} {} and {} {} {} do not multiply", to_string(x_.shape),
                                             to_string(x_.dtype), name, to_string(weights_[i].shape),
                                             to_string(weights_[i].dtype)));
        }
    }
    void run(ScenarioRun& run) override {
        const GemmPlan plan{GemmSplit::columns};
        for (std::size_t i = 0; i < names.size(); ++i) {
            const std::string name(1, names[i]);
            run_gemm(run, plan, x_, weights_[i], {}, {"x", "w" + name, name, {}, name + "_"});
        }
    }

private:
    static constexpr std::array<char, 3> names{'q', 'k', 'v'};

    static runtime::Array matrix(const RunRequest& request, const std::string& name, const Shape& shape, Dtype dtype) {
        runtime::Array array = input(request, name, shape, dtype);
        if (array.shape.rank == 2 && array.shape.elements() != 0 && is_float(array.dtype)) return array;
        throw InputError(fmt::format("--input {}: a matrix of f16, bf16 or f32 is expected, not {} {}", name,
                                     to_string(array.shape), to_string(array.dtype)));
    }

    runtime::Array x_;
    std::array<runtime::Array, 3> weights_;
};

}  // namespace

void register_gpt3_qkv(ScenarioRegistry& registry) {
    registry.add({"gpt3_qkv", "Q, K and V projections of a GPT-3 layer, weights split by columns",
                  [] { return std::make_unique<QkvScenario>(); }});
}

}  // namespace ahbm::scenarios
