// SPDX-License-Identifier: Apache-2.0
/// softmax_rows: softmax over each row of a matrix whose rows are split over all PEs of the SIP.
#include "experiments/scenarios/bounds.h"
#include "experiments/scenarios/builtin.h"
#include "experiments/scenarios/gemm_common.h"
#include "experiments/scenarios/host_memory.h"
#include "experiments/scenarios/verify.h"

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
        if (request.data && !request.inputs.contains("x"))
            require_host_memory(
                fmt::format("x and y, {} x {} {}", parameters_.rows, parameters_.cols, to_string(parameters_.dtype)),
                2.0 * parameters_.rows * parameters_.cols, parameters_.dtype);
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
    /// Passes of a lane over each element: softmax counts as one transcendental function; of its steps exp and div do,
    /// while max, sub and sum are simple.
    std::uint64_t passes(const PeMathConfig& math, bool fused) const {
        return fused ? math.transcendental_passes : 2 * std::uint64_t{math.transcendental_passes} + 3;
    }
    /// A PE reads so many elements, passes them through the lanes, and writes them.
    Measured::Bound bound(const CubeConfig& cube, std::uint64_t elements, bool fused) const {
        const PeMathConfig& math = cube.pe.math;
        const std::uint64_t bytes = elements * size_of(parameters_.dtype), moved = 2 * in_bursts(cube.hbm, bytes),
                            each = passes(math, fused);
        const sim::Bandwidth link = std::min(cube.noc.link_bandwidth, cube.hbm.link_bandwidth);
        Measured::Bound longest;
        if (math.impl == PeMathConfig{}.impl)  // another may be faster than the configuration says
            longest = {math.clock.time_for(cdiv(elements, math.lanes) * each),
                       fmt::format("MATH, {} elements in {} vectors of {} lanes x {} passes at {:.4g} GHz", elements,
                                   cdiv(elements, math.lanes), math.lanes, each,
                                   static_cast<double>(math.clock.kilohertz) / 1e6)};
        if (const sim::Time time = hbm_time(cube.hbm, moved); time > longest.time)
            longest = {time, "HBM, read and written, " + hbm_words(cube.hbm, moved)};
        if (const sim::Time time = link.time_for(bytes); time > longest.time)
            longest = {time, fmt::format("PE link, {} B in each direction / {:.4g} GB/s", bytes, link.bytes_per_ns())};
        return longest;
    }
    void record_times(ScenarioRun& run, const runtime::Tensor& x, sim::Time time) const {
        const CubeConfig& cube = run.session.system().config().sip.cube;
        const runtime::DeviceMemory has = run.context.machine().memory;
        const std::uint64_t pes = std::uint64_t{has.cubes} * has.pes;
        std::uint64_t used = 0, most = 0;
        for (const runtime::PlacedShard& shard : x.shards()) {
            const std::uint64_t elements = shard.spec.rows * shard.spec.cols;
            used += elements != 0;
            most = std::max(most, elements);
        }
        const std::uint64_t all = x_.shape.elements();
        Measured::Bound own = bound(cube, most, parameters_.fused), machine = bound(cube, cdiv(all, pes), true);
        own.words += " of the PE with most rows";
        machine.words += fmt::format(" of each of {} PEs, fused", pes);
        const double rate = static_cast<double>(2 * all * size_of(parameters_.dtype)) / time.ns();
        run.result.figures.push_back({"rate", rate, "GB/s"});
        record(run.result,
               {"",
                fmt::format("softmax of {} rows of {} {}{}", x_.shape[0], x_.shape[1], to_string(x_.dtype),
                            parameters_.fused ? "" : ", step by step"),
                {time},
                fmt::format("{:.4g} GB/s read and written", rate),
                std::move(own),
                std::move(machine),
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
