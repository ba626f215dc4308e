// SPDX-License-Identifier: Apache-2.0
/// va_offset_verify: every PE reads its shard through virtual addresses, adds its own number and stores it; shards are
/// smaller than a page and start anywhere in one. Wrong translation lands in someone else's bytes and is seen.
#include "experiments/scenarios/bounds.h"
#include "experiments/scenarios/builtin.h"
#include "experiments/scenarios/gemm_common.h"
#include "experiments/scenarios/host_memory.h"
#include "experiments/scenarios/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ahbm::scenarios {
namespace {

struct VaParameters {
    std::uint32_t rows = 37;
    std::uint32_t cols = 515;
    std::uint32_t offset = 3;

    template <class V>
    void fields(V& v) {
        v("rows", rows, "rows of the i32 tensor; split over the cubes", config::range(1, UINT32_MAX));
        v("cols", cols, "columns; split over the PEs of a cube", config::range(1, UINT32_MAX));
        v("offset", offset, "elements at the start of each shard that are left alone", config::range(0, UINT32_MAX));
    }
    void validate(config::Check& check) const {
        if (rows == 0) check.fail("rows", "at least 1 is expected");
        if (cols == 0) check.fail("cols", "at least 1 is expected");
    }
};

class VaScenario : public ParameterisedScenario<VaParameters> {
public:
    void check(const PlatformConfig& config, const RunRequest& request) override {
        check_names(request, {}, {"y"});
        const auto last = [](std::uint64_t all, std::uint64_t parts) {
            return (all - 1) % ((all + parts - 1) / parts) + 1;
        };
        const std::uint64_t cubes = config.sip.cube_mesh.w * config.sip.cube_mesh.h;
        const std::uint64_t smallest =
            last(parameters_.rows, cubes) * last(parameters_.cols, config.sip.cube.noc.pe_count());
        if (parameters_.offset >= smallest)
            throw InputError(
                fmt::format("offset {}: the smallest shard has {} elements", parameters_.offset, smallest));
        if (request.data)
            require_host_memory(fmt::format("x and y, {} x {} i32", parameters_.rows, parameters_.cols),
                                2.0 * parameters_.rows * parameters_.cols, Dtype::i32);
    }
    void run(ScenarioRun& run) override {
        using runtime::Split;
        runtime::Context& ctx = run.context;
        const runtime::DPPolicy policy{Split::row_wise, Split::column_wise};
        const runtime::Array x = numbers({parameters_.rows, parameters_.cols}, run);
        const runtime::Tensor source = ctx.from_host(x, {policy, {}, "x"});
        const runtime::TensorOptions result{policy, {}, "y"};
        const runtime::Tensor target =
            parameters_.offset == 0 ? ctx.empty(x.shape, x.dtype, result) : ctx.zeros(x.shape, x.dtype, result);
        const auto launch =
            ctx.wait(ctx.launch("va_offset_probe", {source, target}, {static_cast<double>(parameters_.offset)}));
        run.result.launches.push_back({"va_offset_probe", ctx.device(), launch});
        record_times(run, source, launch.execution());
        if (!ctx.has_data())
            return run.result.verifications.push_back(not_verified("values are not simulated (data off)"));
        const runtime::Array got = target.to_host();
        output(run, "y", got);
        if (!run.request.verify) return run.result.verifications.push_back(not_verified("not asked for"));
        std::vector<float> want(x.shape.elements());
        const std::vector<double> values = runtime::values_of(x);
        for (const runtime::PlacedShard& shard : target.shards())
            for (std::uint64_t r = 0; r < shard.spec.rows; ++r)
                for (std::uint64_t c = 0; c < shard.spec.cols; ++c) {
                    const std::uint64_t i = (shard.spec.first_row + r) * x.shape.cols() + shard.spec.first_col + c;
                    if (r * shard.spec.cols + c < parameters_.offset) continue;
                    want[i] = static_cast<float>(values[i] + shard.spec.at.cube.value * ctx.machine().memory.pes +
                                                 shard.spec.at.pe.value);
                }
        run.result.verifications.push_back(compare(target, got, runtime::make_array(x.shape, Dtype::i32, want), {},
                                                   "y = x + number of the PE from the offset on, every element"));
    }

private:
    /// A PE reads and writes its shard from the offset on.
    void record_times(ScenarioRun& run, const runtime::Tensor& x, sim::Time time) const {
        const HbmConfig& hbm = run.session.system().config().sip.cube.hbm;
        const runtime::DeviceMemory has = run.context.machine().memory;
        std::uint64_t moved = 0, most = 0, used = 0;
        for (const runtime::PlacedShard& shard : x.shards()) {
            const std::uint64_t elements = shard.spec.rows * shard.spec.cols;
            if (elements <= parameters_.offset) continue;
            const std::uint64_t bytes = (elements - parameters_.offset) * size_of(Dtype::i32);
            ++used;
            moved += 2 * bytes;
            most = std::max(most, 2 * in_bursts(hbm, bytes));
        }
        Measured measured;
        measured.what = fmt::format("y = x + number of the PE, {} x {} i32 from element {} of each shard on",
                                    parameters_.rows, parameters_.cols, parameters_.offset);
        measured.times = {time};
        measured.rate = fmt::format("{:.4g} GB/s read and written", static_cast<double>(moved) / time.ns());
        measured.own = Measured::Bound{hbm_time(hbm, most),
                                       "HBM of the PE with most to do, read and written, " + hbm_words(hbm, most)};
        measured.pes_used = used;
        measured.pes = std::uint64_t{has.cubes} * has.pes;
        record(run.result, std::move(measured));
    }
    static runtime::Array numbers(const Shape& shape, const ScenarioRun& run) {
        if (!run.context.has_data()) return {shape, Dtype::i32, {}};
        std::vector<float> values;
        for (const double value : runtime::values_of(random_array(shape, Dtype::f32, run.request.seed, "x")))
            values.push_back(static_cast<float>(value * 1024));
        return runtime::make_array(shape, Dtype::i32, values);
    }
};

}  // namespace

void register_va_offset_verify(ScenarioRegistry& registry) {
    registry.add({"va_offset_verify", "every PE finds exactly its own bytes through virtual addresses",
                  [] { return std::make_unique<VaScenario>(); }});
}

}  // namespace ahbm::scenarios
