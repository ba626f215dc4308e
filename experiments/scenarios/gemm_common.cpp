// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/gemm_common.h"

#include "experiments/scenarios/bounds.h"
#include "experiments/scenarios/path_measurement.h"
#include "experiments/scenarios/verify.h"
#include "sw_runtime/tensor/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ahbm {

std::span<const std::pair<std::string_view, OperandMode>> enum_names(OperandMode) {
    static constexpr std::array<std::pair<std::string_view, OperandMode>, 3> names{
        {{"ref_ref", OperandMode::ref_ref},
         {"load_ref", OperandMode::load_ref},
         {"load_load", OperandMode::load_load}}};
    return names;
}
std::span<const std::pair<std::string_view, OperandLayout>> enum_names(OperandLayout) {
    static constexpr std::array<std::pair<std::string_view, OperandLayout>, 2> names{
        {{"blocked", OperandLayout::blocked}, {"dense", OperandLayout::dense}}};
    return names;
}
std::span<const std::pair<std::string_view, GemmTail>> enum_names(GemmTail) {
    static constexpr std::array<std::pair<std::string_view, GemmTail>, 3> names{
        {{"none", GemmTail::none}, {"relu", GemmTail::relu}, {"gelu", GemmTail::gelu}}};
    return names;
}
std::span<const std::pair<std::string_view, GemmSplit>> enum_names(GemmSplit) {
    static constexpr std::array<std::pair<std::string_view, GemmSplit>, 3> names{
        {{"rows_columns", GemmSplit::rows_columns}, {"columns", GemmSplit::columns}, {"rows", GemmSplit::rows}}};
    return names;
}
std::span<const std::pair<std::string_view, Dtype>> enum_names(Dtype) {
    static constexpr std::array<std::pair<std::string_view, Dtype>, 3> names{
        {{"f16", Dtype::f16}, {"bf16", Dtype::bf16}, {"f32", Dtype::f32}}};
    return names;
}

namespace scenarios {
namespace {

Layout tile(OperandLayout layout, std::uint32_t rows, std::uint32_t cols) {
    return layout == OperandLayout::blocked ? Layout{rows, cols} : Layout{};
}

/// Another implementation may be faster than the configuration says.
bool timed_by_known_engine(const PeGemmConfig& gemm) { return gemm.impl == PeGemmConfig{}.impl; }

struct Extent {
    std::uint64_t count, size;
};
/// Whole tiles and what is left at the edge, in one direction.
std::array<Extent, 2> tiles(std::uint64_t extent, std::uint64_t tile) {
    return {Extent{extent / tile, tile}, Extent{extent % tile == 0 ? 0U : 1U, extent % tile}};
}

/// The matrix engine's, tile by tile as it works.
GemmBound::Part gemm_part(const PeGemmConfig& gemm, const GemmShard& shard) {
    GemmBound::Part part{"GEMM", {}, {}};
    double flop = 0;  // for the words: it may not fit 64 bits
    for (const Extent m : tiles(shard.m, gemm.tile_m))
        for (const Extent n : tiles(shard.n, gemm.tile_n))
            for (const Extent k : tiles(shard.k, gemm.tile_k)) {
                const std::uint64_t tile = gemm.paid_flop(m.size, k.size, n.size, shard.dtype),
                                    count = m.count * n.count * k.count;
                flop += static_cast<double>(tile) * static_cast<double>(count);
                part.time += gemm.rate.time_for(tile) * static_cast<std::int64_t>(count);
            }
    // The slowdown of f32 is a lower rate to the reader, as in the machine's bound.
    const double slow = shard.dtype == Dtype::f32 ? gemm.f32_slowdown : 1;
    part.words = fmt::format("{:.4g} GFLOP / {:.4g} TFLOP/s", flop / slow / 1e9,
                             static_cast<double>(gemm.rate.megaflops) / slow / 1e6);
    return part;
}

/// Of what is done to each element of C before it is rounded.
GemmBound::Part epilogue_part(const PeConfig& pe, const GemmShard& shard, const GemmPlan& plan) {
    const std::uint64_t passes = (plan.bias ? 1U : 0U) + (plan.tail == GemmTail::relu   ? 1U
                                                          : plan.tail == GemmTail::gelu ? pe.math.transcendental_passes
                                                                                        : 0U);
    std::uint64_t cycles = 0;
    for (const Extent m : tiles(shard.m, pe.gemm.tile_m))
        for (const Extent n : tiles(shard.n, pe.gemm.tile_n))
            cycles += m.count * n.count * cdiv(m.size * n.size, pe.math.lanes) * passes;
    return {"MATH", pe.math.clock.time_for(cycles),
            fmt::format("{} elements x {} pass{} in {} cycles of {} lanes at {:.4g} GHz", shard.m * shard.n, passes,
                        passes == 1 ? "" : "es", cycles, pe.math.lanes,
                        static_cast<double>(pe.math.clock.kilohertz) / 1e6)};
}

/// The stage that the pipelines of all PEs waited for longest in sum.
std::string_view bounding_stage(Session& session, SipId sip) {
    std::array<sim::Time, stage_count> critical{};
    const runtime::DeviceMemory has = session.system().machine().memory;
    for (std::uint32_t c = 0; c < has.cubes; ++c)
        for (std::uint32_t p = 0; p < has.pes; ++p) {
            const auto& reports = session.system().pe({sip, CubeId{c}, PeId{p}}).scheduler.reports();
            if (reports.empty()) continue;
            for (std::size_t s = 0; s < stage_count; ++s) critical[s] += reports.back().stages[s].critical;
        }
    const auto longest = std::max_element(critical.begin(), critical.end()) - critical.begin();
    return to_string(static_cast<Stage>(longest));
}

}  // namespace

const GemmBound::Part& GemmBound::slowest() const { return *std::ranges::max_element(parts, {}, &Part::time); }

std::string GemmBound::words() const {
    std::string others;
    for (const Part& part : parts)
        if (&part != &slowest())
            others += fmt::format("{}{} {:.1f}", others.empty() ? "" : ", ", part.resource, part.time.ns());
    return fmt::format("{} of the PE with most to do, {} ({} ns{})", slowest().resource, slowest().words, others,
                       loading > sim::Time{} ? fmt::format("; after loading for {:.1f} ns", loading.ns()) : "");
}

namespace {

/// What moving a matrix between HBM and TCM takes, tile by tile.
struct Streamed {
    std::uint64_t in_bursts = 0;  ///< bytes that HBM moves
    std::uint64_t packets = 0;
};
struct Matrix {
    std::uint64_t rows, columns, tile_rows, tile_columns, element;
};
/// A blocked tile is one run of bytes, as is a dense one as wide as its matrix; otherwise each of its rows is.
Streamed streamed(const PlatformConfig& config, OperandLayout layout, const Matrix& x) {
    const bool by_row = layout == OperandLayout::dense && x.columns > x.tile_columns;
    Streamed all;
    for (const Extent row : tiles(x.rows, x.tile_rows))
        for (const Extent column : tiles(x.columns, x.tile_columns)) {
            const std::uint64_t runs = row.count * column.count * (by_row ? row.size : 1),
                                bytes = column.size * x.element * (by_row ? 1 : row.size);
            all.in_bursts += runs * in_bursts(config.sip.cube.hbm, bytes);
            all.packets += runs * cdiv(bytes, config.fabric.max_packet.value);
        }
    return all;
}

}  // namespace

GemmBound gemm_bound(const PlatformConfig& config, const GemmShard& shard, const GemmPlan& plan, sim::Time round_trip) {
    const PeConfig& pe = config.sip.cube.pe;
    const HbmConfig& hbm = config.sip.cube.hbm;
    const auto [m, k, n, dtype] = shard;
    const std::uint64_t element = size_of(dtype);
    const std::uint64_t a_bytes = m * k * element, b_bytes = k * n * element, written = m * n * element;
    // Every tile of A meets every column of tiles of B, and the other way round.
    const std::uint64_t a_times = cdiv(n, pe.gemm.tile_n), b_times = cdiv(m, pe.gemm.tile_m);
    const std::uint64_t a_used = a_bytes * a_times, b_used = b_bytes * b_times;
    const bool load_a = plan.mode != OperandMode::ref_ref, load_b = plan.mode == OperandMode::load_load;
    const std::uint64_t loaded = (load_a ? a_bytes : 0) + (load_b ? b_bytes : 0);
    const std::uint64_t streamed_in = (load_a ? 0 : a_used) + (load_b ? 0 : b_used);
    const Streamed a = streamed(config, plan.layout, {m, k, pe.gemm.tile_m, pe.gemm.tile_k, element}),
                   b = streamed(config, plan.layout, {k, n, pe.gemm.tile_k, pe.gemm.tile_n, element}),
                   c = streamed(config, plan.layout, {m, n, pe.gemm.tile_m, pe.gemm.tile_n, element});
    const std::uint64_t moved =
        (load_a ? 0 : a_times * a.in_bursts) + (load_b ? 0 : b_times * b.in_bursts) + c.in_bursts;
    const std::uint64_t read_packets = (load_a ? 0 : a_times * a.packets) + (load_b ? 0 : b_times * b.packets);
    const sim::Bandwidth link = std::min(config.sip.cube.noc.link_bandwidth, hbm.link_bandwidth);
    GemmBound bound;
    bound.loading = std::max(hbm_time(hbm, loaded), std::min(link, pe.tcm.write_bandwidth).time_for(loaded));
    if (timed_by_known_engine(pe.gemm)) bound.parts.push_back(gemm_part(pe.gemm, shard));
    if (pe.math.impl == PeMathConfig{}.impl && (plan.bias || plan.tail != GemmTail::none))
        bound.parts.push_back(epilogue_part(pe, shard, plan));
    const auto part = [&](const char* resource, std::uint64_t bytes, const char* what, sim::Time time, double rate) {
        bound.parts.push_back({resource, time, fmt::format("{} B {} / {:.4g} GB/s", bytes, what, rate)});
    };
    // The read port feeds the registers and the stores; the write port takes what is streamed in and the results.
    const std::uint64_t read = a_used + b_used + written, taken = streamed_in + written;
    part("TCM reads", read, "read", pe.tcm.read_bandwidth.time_for(read), pe.tcm.read_bandwidth.bytes_per_ns());
    part("TCM writes", taken, "written", pe.tcm.write_bandwidth.time_for(taken), pe.tcm.write_bandwidth.bytes_per_ns());
    bound.parts.push_back({"HBM", hbm_time(hbm, moved), hbm_words(hbm, moved)});
    part("PE link", std::max(streamed_in, written), "one way", link.time_for(std::max(streamed_in, written)),
         link.bytes_per_ns());
    const std::uint64_t rounds = cdiv(read_packets, config.fabric.max_outstanding);
    bound.parts.push_back({"DMA", round_trip * static_cast<std::int64_t>(rounds),
                           fmt::format("{} packets read, {} outstanding, {:.3f} ns each", read_packets,
                                       config.fabric.max_outstanding, round_trip.ns())});
    return bound;
}

sim::Time read_round_trip(Session& session) {
    PathMeasurement measure(session);
    const PeCoord pe{};
    const PathMeasurement::Ways ways = measure.ways(pe, pe);
    const CubeConfig& cube = session.system().config().sip.cube;
    return cube.pe.mmu.lookup + ways.out.head_latency() + cube.hbm.channel_bandwidth.time_for(cube.hbm.burst) +
           ways.back.head_latency();
}

Measured::Bound gemm_machine_bound(const PlatformConfig& config, std::uint64_t m, std::uint64_t k, std::uint64_t n,
                                   Dtype dtype) {
    const CubeConfig& cube = config.sip.cube;
    const std::uint64_t pes = std::uint64_t{config.sip.cube_mesh.w} * config.sip.cube_mesh.h * cube.noc.pe_count();
    const double slow = dtype == Dtype::f32 ? cube.pe.gemm.f32_slowdown : 1;
    const double peak = static_cast<double>(cube.pe.gemm.rate.megaflops) * static_cast<double>(pes) / slow / 1e6;
    const double all = static_cast<double>(pes), element = static_cast<double>(size_of(dtype));
    const double hbm = cube.hbm.channel_bandwidth.bytes_per_ns() * cube.hbm.channels * all;
    const double links = std::min(cube.noc.link_bandwidth, cube.hbm.link_bandwidth).bytes_per_ns() * all;
    const double flop = 2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n);
    const double read = (static_cast<double>(m * k) + static_cast<double>(k * n)) * element,
                 written = static_cast<double>(m * n) * element, one_way = std::max(read, written);
    const double compute = timed_by_known_engine(cube.pe.gemm) ? flop / peak / 1e3 : 0, memory = (read + written) / hbm,
                 link = one_way / links, longest = std::max({compute, memory, link});
    const sim::Time time = sim::Time::ps(static_cast<std::int64_t>(1e3 * longest));
    if (compute == longest)
        return {time, fmt::format("{:.4g} GFLOP / {:.4g} TFLOP/s, the peak of {} PEs", flop / 1e9, peak, pes)};
    if (memory == longest)
        return {time, fmt::format("{:.4g} MB, each operand once, / {:.4g} TB/s of the HBM of {} PEs",
                                  (read + written) / 1e6, hbm / 1e3, pes)};
    return {time, fmt::format("{:.4g} MB one way, each operand once, / {:.4g} TB/s of the links of {} PEs",
                              one_way / 1e6, links / 1e3, pes)};
}

namespace {

struct Placements {
    runtime::DPPolicy a, b, c;
};
Placements placements(GemmSplit split) {
    using runtime::Split;
    const runtime::DPPolicy one{Split::replicate, Split::replicate, 1, 1}, all{Split::replicate, Split::replicate},
        rows{Split::row_wise, Split::row_wise}, columns{Split::column_wise, Split::column_wise};
    switch (split) {
        case GemmSplit::rows_columns: break;
        case GemmSplit::columns: return {all, columns, columns};
        case GemmSplit::rows: return {rows, all, rows};
        case GemmSplit::one_pe: return {one, one, one};
    }
    return {{Split::row_wise, Split::replicate},
            {Split::replicate, Split::column_wise},
            {Split::row_wise, Split::column_wise}};
}

/// The largest part and how many PEs have one, when `m` x `n` is split like this.
std::pair<GemmShard, std::uint64_t> largest_shard(const runtime::DeviceMemory& has, const GemmShard& whole,
                                                  GemmSplit split) {
    const std::uint64_t all = std::uint64_t{has.cubes} * has.pes;
    const std::uint64_t by_rows = split == GemmSplit::rows_columns ? has.cubes : split == GemmSplit::rows ? all : 1;
    const std::uint64_t by_columns = split == GemmSplit::rows_columns ? has.pes : split == GemmSplit::columns ? all : 1;
    GemmShard shard = whole;
    shard.m = cdiv(whole.m, by_rows), shard.n = cdiv(whole.n, by_columns);
    return {shard, std::min(by_rows, cdiv(whole.m, shard.m)) * std::min(by_columns, cdiv(whole.n, shard.n))};
}

/// The command that makes the same product, on all PEs of a SIP.
std::string sharded_command(const GemmShard& whole, const GemmPlan& plan) {
    const GemmPlan defaults;
    std::string command = fmt::format("gemm_sharded --m {} --k {} --n {}", whole.m, whole.k, whole.n);
    if (whole.dtype != Dtype::f16) command += fmt::format(" --dtype {}", to_string(whole.dtype));
    if (plan.mode != defaults.mode) command += fmt::format(" --mode {}", config::name_of(plan.mode));
    if (plan.layout != defaults.layout) command += fmt::format(" --layout {}", config::name_of(plan.layout));
    if (plan.tail != defaults.tail) command += fmt::format(" --epilogue {}", config::name_of(plan.tail));
    if (plan.bias) command += " --bias true";
    return command;
}

/// When PEs are idle: the split that would use more of them and has a lower bound.
std::string better_split(ScenarioRun& run, const GemmShard& whole, const GemmPlan& plan, sim::Time bound,
                         std::uint64_t used) {
    const runtime::DeviceMemory has = run.context.machine().memory;
    const std::uint64_t pes = std::uint64_t{has.cubes} * has.pes;
    if (used == pes) return {};
    std::string text = fmt::format("{} of {} PEs have nothing to do", pes - used, pes);
    const GemmSplit* best = nullptr;
    std::uint64_t best_used = 0;
    static constexpr std::array kSplits{GemmSplit::rows_columns, GemmSplit::columns, GemmSplit::rows};
    for (const GemmSplit& split : kSplits) {
        const auto [shard, count] = largest_shard(has, whole, split);
        const sim::Time time =
            gemm_bound(run.session.system().config(), shard, plan, read_round_trip(run.session)).total();
        if (count > used && time < bound) best = &split, best_used = count, bound = time;
    }
    if (best == nullptr) return text + "; no other split would be faster";
    return text + fmt::format(";{} --split {} would use {} of them: bound {:.1f} ns",
                              plan.split == GemmSplit::one_pe ? ' ' + sharded_command(whole, plan) : "",
                              config::name_of(*best), best_used, bound.ns());
}

}  // namespace

void run_gemm(ScenarioRun& run, const GemmPlan& plan, const runtime::Array& a, const runtime::Array& b,
              const runtime::Array& bias, const GemmNames& names) {
    runtime::Context& ctx = run.context;
    const runtime::Machine& machine = ctx.machine();
    const PlatformConfig& config = run.session.system().config();
    const auto m = static_cast<std::uint32_t>(a.shape.rows()), n = static_cast<std::uint32_t>(b.shape.cols());
    const Placements place = placements(plan.split);
    std::vector<runtime::Tensor> args{
        ctx.from_host(a, {place.a, tile(plan.layout, machine.gemm_tile_m, machine.gemm_tile_k), names.a}),
        ctx.from_host(b, {place.b, tile(plan.layout, machine.gemm_tile_k, machine.gemm_tile_n), names.b}),
        ctx.empty({m, n}, a.dtype, {place.c, tile(plan.layout, machine.gemm_tile_m, machine.gemm_tile_n), names.c})};
    const GemmShard whole{m, a.shape.cols(), n, a.dtype};
    const sim::Time round_trip = read_round_trip(run.session);
    GemmBound bound;
    std::uint64_t used = 0;
    for (const runtime::PlacedShard& shard : args[2].shards()) {
        if (shard.spec.rows * shard.spec.cols == 0) continue;
        ++used;
        const GemmBound of = gemm_bound(config, {shard.spec.rows, whole.k, shard.spec.cols, a.dtype}, plan, round_trip);
        if (of.total() > bound.total()) bound = of;
    }
    if (bias.shape.rank != 0) args.push_back(ctx.from_host(bias, {place.b, {}, names.bias}));

    const runtime::LaunchResult launch =
        ctx.wait(ctx.launch("gemm", args, {static_cast<double>(plan.mode), static_cast<double>(plan.tail)}));
    run.result.launches.push_back({"gemm", ctx.device(), launch});
    const double flop = 2.0 * static_cast<double>(a.shape.elements()) * n;
    const double rate = flop / launch.execution().ns() / 1e3;
    const double slow = a.dtype == Dtype::f32 ? config.sip.cube.pe.gemm.f32_slowdown : 1;
    const std::uint64_t pes = std::uint64_t{machine.memory.cubes} * machine.memory.pes;
    const double of_peak = 100 * rate * slow * 1e6 /
                           (static_cast<double>(config.sip.cube.pe.gemm.rate.megaflops) * static_cast<double>(pes));
    run.result.figures.push_back({names.prefix + "rate", rate, "TFLOP/s"});
    run.result.figures.push_back(
        {names.prefix + "of_peak", of_peak, timed_by_known_engine(config.sip.cube.pe.gemm) ? "%" : "% of configured"});
    record(run.result,
           {names.prefix,
            fmt::format("{} = {} {}: {} x {} x {}, {}", names.c, names.a, names.b, m, whole.k, n, to_string(a.dtype)),
            {launch.execution()},
            fmt::format("{:.4g} TFLOP/s, {:.3g} % of the peak of all {} PEs", rate, of_peak, pes),
            Measured::Bound{bound.total(), bound.words()},
            gemm_machine_bound(config, m, whole.k, n, a.dtype),
            used,
            pes,
            better_split(run, whole, plan, bound.total(), used)});
    run.result.notes.push_back(
        fmt::format("{}pipelines waited for {}", names.prefix, bounding_stage(run.session, ctx.device())));

    if (!ctx.has_data()) return run.result.verifications.push_back(not_verified("values are not simulated (data off)"));
    if (!run.request.verify && run.request.outputs.empty())
        return run.result.verifications.push_back(not_verified("not asked for"));
    const runtime::Array got = args[2].to_host();
    output(run, names.c, got);
    run.result.verifications.push_back(
        run.request.verify
            ? compare(args[2], got, reference_gemm(a, b, bias, plan.tail),
                      // erf differs by an ulp between libraries: one rounding of the result apart.
                      plan.tail == GemmTail::gelu ? Tolerance{1e-6, a.dtype == Dtype::bf16  ? 0x1p-7
                                                                    : a.dtype == Dtype::f16 ? 0x1p-10
                                                                                            : 1e-5}
                                                  : Tolerance{},
                      fmt::format("{} = {} {}, every element, against a plain f32 loop", names.c, names.a, names.b))
            : not_verified("not asked for"));
}

runtime::Array input(const RunRequest& request, const std::string& name, const Shape& shape, Dtype dtype) {
    const auto file = request.inputs.find(name);
    if (file != request.inputs.end()) return runtime::load_npy(file->second);
    return request.data ? random_array(shape, dtype, request.seed, name) : runtime::Array{shape, dtype, {}};
}

void check_names(const RunRequest& request, const std::vector<std::string>& inputs,
                 const std::vector<std::string>& outputs) {
    const auto check = [](const auto& given, const std::vector<std::string>& known, std::string_view what) {
        for (const auto& [name, path] : given) {
            if (std::find(known.begin(), known.end(), name) != known.end() || (name.empty() && known.size() == 1))
                continue;
            if (name.empty() && known.empty())
                throw InputError(fmt::format("--{} {}: there is no tensor to write", what, path.string()));
            if (name.empty())
                throw InputError(fmt::format("--{} {}: which tensor? NAME=FILE with one of {} is expected", what,
                                             path.string(), fmt::join(known, ", ")));
            throw InputError(fmt::format("--{} {}: no tensor of that name; there is {}", what, name,
                                         known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
        }
    };
    check(request.inputs, inputs, "input");
    check(request.outputs, outputs, "output");
}

void output(ScenarioRun& run, const std::string& name, const runtime::Array& array) {
    for (const auto& [wanted, path] : run.request.outputs) {
        if (wanted != name && !wanted.empty()) continue;
        runtime::save_npy(path, array);
        run.result.files.push_back(path);
    }
}

}  // namespace scenarios
}  // namespace ahbm
