// SPDX-License-Identifier: Apache-2.0
/// softmax_rows: softmax over each row of a matrix whose rows are split over all PEs of the SIP.
#include "platform/scenarios/builtin.h"
#include "platform/scenarios/gemm_common.h"
#include "platform/scenarios/verify.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::scenarios {
namespace {

struct SoftmaxParameters {
    std::uint32_t rows = 512;
    std::uint32_t cols = 256;
    Dtype dtype = Dtype::f16;
    bool fused = true;

    template <class V>
    void fields(V& v) {
        v("rows", rows, "rows, split over the PEs; an input file decides instead", config::range(1, UINT32_MAX));
        v("cols", cols, "columns", config::range(1, UINT32_MAX));
        v("dtype", dtype, "element type");
        v("fused", fused, "one softmax operation; otherwise its steps max, sub, exp, sum, div");
    }
    void validate(config::Check& check) const {
        if (rows == 0) check.fail("rows", "at least 1 is expected");
        if (cols == 0) check.fail("cols", "at least 1 is expected");
    }
};

class SoftmaxScenario : public ParameterisedScenario<SoftmaxParameters> {
public:
    void check(const PlatformConfig&, const RunRequest& request) override {
        check_names(request, {"x"}, {"y"});
        x_ = input(request, "x", {parameters_.rows, parameters_.cols}, parameters_.dtype);
        if (x_.shape.rank != 2 || x_.shape.elements() == 0 || !is_float(x_.dtype))
            throw InputError(fmt::format("--input x: a matrix of f16, bf16 or f32 is expected, not {} {}",
                                         to_string(x_.shape), to_string(x_.dtype)));
        parameters_.rows = x_.shape[0];
        parameters_.cols = x_.shape[1];
        parameters_.dtype = x_.dtype;
    }
    void run(ScenarioRun& run) override {
        using runtime::Split;
        const runtime::TensorOptions rows{{Split::row_wise, Split::row_wise}, {}, "y"};
        const runtime::Array& x = x_;
        const runtime::Tensor source = run.context.from_host(x, {rows.policy, {}, "x"});
        const runtime::Tensor target = run.context.empty(x.shape, x.dtype, rows);
        const auto launch =
            run.context.wait(run.context.launch("softmax_rows", {source, target}, {parameters_.fused ? 0.0 : 1.0}));
        run.result.launches.push_back({"softmax_rows", run.context.device(), launch});
        record_times(run, source, launch.execution());
        if (!run.context.has_data())
            return run.result.verifications.push_back(not_verified("values are not simulated (data off)"));
        const runtime::Array got = target.to_host();
        output(run, "y", got);
        if (!run.request.verify) return run.result.verifications.push_back(not_verified("not asked for"));
        // Each step rounds once: 2 ulps fused, 4 ulps over the separate steps (exp, sum and div round on their way).
        const double ulp = x.dtype == Dtype::f16 ? 0x1p-10 : x.dtype == Dtype::bf16 ? 0x1p-7 : 0x1p-20;
        const double smallest = x.dtype == Dtype::f16 ? 0x1p-24 : 0;
        run.result.verifications.push_back(compare(target, got, reference_softmax(x),
                                                   {2 * smallest, (parameters_.fused ? 2 : 4) * ulp},
                                                   "softmax of every row, against double precision"));
    }

private:
    /// Each PE reads its rows, passes each element through the lanes at least once for its exponential, and writes it.
    void record_times(ScenarioRun& run, const runtime::Tensor& x, sim::Time time) const {
        const CubeConfig& cube = run.session.system().config().sip.cube;
        const runtime::DeviceMemory has = run.context.machine().memory;
        const std::uint64_t pes = std::uint64_t{has.cubes} * has.pes, element = size_of(x.dtype());
        const PeMathConfig& math = cube.pe.math;
        const bool known = math.impl == PeMathConfig{}.impl;
        const sim::Bandwidth link = std::min(cube.noc.link_bandwidth, cube.hbm.link_bandwidth),
                             hbm{cube.hbm.channel_bandwidth.megabytes_per_second * cube.hbm.channels};
        const auto bound = [&](std::uint64_t elements) {
            const sim::Time passes =
                known ? math.clock.time_for(elements / math.lanes * math.transcendental_passes) : sim::Time{};
            std::pair<sim::Time, std::string_view> longest{passes, "MATH"};
            for (const auto& [each, name] : {std::pair{hbm.time_for(2 * elements * element), "HBM"},
                                             {link.time_for(elements * element), "PE link"}})
                if (each > longest.first) longest = {each, name};
            return longest;
        };
        std::uint64_t used = 0, most = 0;
        for (const runtime::PlacedShard& shard : x.shards()) {
            const std::uint64_t elements = shard.spec.rows * shard.spec.cols;
            used += elements != 0;
            most = std::max(most, elements);
        }
        const std::uint64_t all = x_.shape.elements();
        const auto [own, what] = bound(most);
        const auto [machine, machine_what] = bound(all / pes);
        const double rate = static_cast<double>(2 * all * element) / time.ns();
        run.result.figures.push_back({"rate", rate, "GB/s"});
        record(run.result,
               {"",
                fmt::format("softmax of {} rows of {} {}", x_.shape[0], x_.shape[1], to_string(x_.dtype)),
                {time},
                fmt::format("{:.4g} GB/s read and written", rate),
                Measured::Bound{own, fmt::format("{} of the PE with most rows, {} elements", what, most)},
                Measured::Bound{machine,
                                fmt::format("{} with {} elements on each of {} PEs", machine_what, all / pes, pes)},
                used,
                pes,
                used < pes ? fmt::format("{} of {} PEs have no row; rows are what is split", pes - used, pes)
                           : std::string()});
    }

    runtime::Array x_;
};

}  // namespace

void register_softmax_rows(ScenarioRegistry& registry) {
    registry.add({"softmax_rows", "softmax over rows split over all PEs of a SIP",
                  [] { return std::make_unique<SoftmaxScenario>(); }});
}

}  // namespace ahbm::scenarios
