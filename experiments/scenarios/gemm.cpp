// SPDX-License-Identifier: Apache-2.0
/// gemm_sharded: C = A B over all PEs of a SIP, split by rows or columns or both, so that every PE streams operands
/// from its own HBM slice. gemm_single_pe: the same on one PE.
#include "experiments/scenarios/builtin.h"
#include "experiments/scenarios/gemm_common.h"
#include "experiments/scenarios/host_memory.h"
#include "sw_runtime/tensor/npy.h"

#include <fmt/format.h>

namespace ahbm::scenarios {
namespace {

struct GemmParameters {
    std::uint32_t m, k, n;
    Dtype dtype = Dtype::f16;
    OperandMode mode = OperandMode::ref_ref;
    OperandLayout layout = OperandLayout::blocked;
    GemmTail epilogue = GemmTail::none;
    bool bias = false;

    template <class V>
    void fields(V& v) {
        v("m", m, "rows of A and C; an input file decides instead", config::range(1, UINT32_MAX));
        v("k", k, "columns of A, rows of B", config::range(1, UINT32_MAX));
        v("n", n, "columns of B and C", config::range(1, UINT32_MAX));
        v("dtype", dtype, "element type of inputs and result");
        v("mode", mode, "ref: streamed per tile from HBM; load: brought into TCM first (A_B)");
        v("layout", layout,
          "blocked: tiles contiguous in HBM, bursts full; dense: row-major, partial bursts on few pseudo-channels");
        v("epilogue", epilogue, "applied before the result is rounded");
        v("bias", bias, "add a row vector before the epilogue");
    }
    void validate(config::Check& check) const {
        for (const auto& [name, extent] : {std::pair{"m", m}, {"k", k}, {"n", n}})
            if (extent == 0) check.fail(name, "at least 1 is expected");
    }
};

struct ShardedDefaults : GemmParameters {
    ShardedDefaults() : GemmParameters{1024, 1024, 1024} {}
    GemmSplit split = GemmSplit::rows_columns;

    template <class V>
    void fields(V& v) {
        GemmParameters::fields(v);
        v("split", split,
          "rows_columns: rows over the cubes, columns over the PEs of a cube; columns, rows: over all PEs");
    }
};
struct SingleDefaults : GemmParameters {
    SingleDefaults() : GemmParameters{256, 256, 256} {}
    static constexpr GemmSplit split = GemmSplit::one_pe;
};

template <class Parameters>
class GemmScenario : public ParameterisedScenario<Parameters> {
public:
    void check(const PlatformConfig&, const RunRequest& request) override {
        check_names(request, {"a", "b", "bias"}, {"c"});
        load(request);
    }

    void run(ScenarioRun& run) override {
        const Parameters& p = this->parameters_;
        run_gemm(run, {p.split, p.mode, p.layout, p.epilogue, p.bias}, a_, b_, bias_);
    }

private:
    void load(const RunRequest& request) {
        GemmParameters& p = this->parameters_;
        if (request.data && request.inputs.empty()) {
            const double m = p.m, k = p.k, n = p.n;
            require_host_memory(fmt::format("a, b and c, {} x {} x {} {}", p.m, p.k, p.n, to_string(p.dtype)),
                                m * k + k * n + m * n, p.dtype);
        }
        a_ = input(request, "a", {p.m, p.k}, p.dtype);
        const Shape b_shape{request.inputs.contains("a") ? static_cast<std::uint32_t>(a_.shape.cols()) : p.k, p.n};
        b_ = input(request, "b", b_shape, request.inputs.contains("a") ? a_.dtype : p.dtype);
        if (request.inputs.contains("b") && !request.inputs.contains("a"))
            a_ = input(request, "a", {p.m, static_cast<std::uint32_t>(b_.shape.rows())}, b_.dtype);
        const auto two = [](const Array& array, std::string_view name) {
            if (array.shape.rank != 2 || array.shape.elements() == 0 || !is_float(array.dtype))
                throw InputError(fmt::format("--input {}: a matrix of f16, bf16 or f32 is expected, not {} {}", name,
                                             to_string(array.shape), to_string(array.dtype)));
        };
        two(a_, "a");
        two(b_, "b");
        if (a_.shape.cols() != b_.shape.rows() || a_.dtype != b_.dtype)
            throw InputError(fmt::format("A {} {} and B {} {} do not multiply", to_string(a_.shape),
                                         to_string(a_.dtype), to_string(b_.shape), to_string(b_.dtype)));
        p.m = static_cast<std::uint32_t>(a_.shape.rows());
        p.k = static_cast<std::uint32_t>(a_.shape.cols());
        p.n = static_cast<std::uint32_t>(b_.shape.cols());
        p.dtype = a_.dtype;
        if (p.bias || request.inputs.contains("bias")) {
            bias_ = input(request, "bias", {1, p.n}, p.dtype);
            if (bias_.shape.elements() != p.n || bias_.dtype != p.dtype)
                throw InputError(fmt::format("--input bias: {} {} elements are expected, not {} {}", p.n,
                                             to_string(p.dtype), to_string(bias_.shape), to_string(bias_.dtype)));
            bias_.shape = {1, p.n};
            p.bias = true;
        }
    }

    using Array = runtime::Array;
    Array a_, b_, bias_;
};

}  // namespace

void register_gemm(ScenarioRegistry& registry) {
    registry.add({"gemm_sharded", "C = A B over all PEs of a SIP, operands in each PE's own HBM slice",
                  [] { return std::make_unique<GemmScenario<ShardedDefaults>>(); }});
    registry.add({"gemm_single_pe", "C = A B on one PE, operands streamed or loaded",
                  [] { return std::make_unique<GemmScenario<SingleDefaults>>(); }});
}

}  // namespace ahbm::scenarios
