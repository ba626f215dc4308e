// SPDX-License-Identifier: Apache-2.0
#include "platform/scenarios/gemm_common.h"

#include "platform/scenarios/verify.h"
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
std::span<const std::pair<std::string_view, Dtype>> enum_names(Dtype) {
    static constexpr std::array<std::pair<std::string_view, Dtype>, 3> names{
        {{"f16", Dtype::f16}, {"bf16", Dtype::bf16}, {"f32", Dtype::f32}}};
    return names;
}

namespace scenarios {
namespace {

std::uint64_t cdiv(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

Layout tile(OperandLayout layout, std::uint32_t rows, std::uint32_t cols) {
    return layout == OperandLayout::blocked ? Layout{rows, cols} : Layout{};
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

std::pair<sim::Time, std::string_view> GemmBound::slowest() const {
    std::pair<sim::Time, std::string_view> result{compute, "GEMM"};
    for (const auto& [time, name] : {std::pair{tcm, "TCM"}, {hbm, "HBM"}, {link, "PE link"}})
        if (time > result.first) result = {time, name};
    return result;
}

GemmBound gemm_bound(const PlatformConfig& config, const std::vector<runtime::Tensor>& abc, const GemmPlan& plan) {
    const PeConfig& pe = config.sip.cube.pe;
    const HbmConfig& hbm = config.sip.cube.hbm;
    const std::uint64_t k = abc[0].shape().cols(), element = size_of(abc[0].dtype());
    GemmBound bound;
    for (const runtime::PlacedShard& shard : abc[2].shards()) {
        const std::uint64_t m = shard.spec.rows, n = shard.spec.cols;
        const std::uint64_t a_bytes = m * k * element, b_bytes = k * n * element, written = m * n * element;
        // Every tile of A meets every column of tiles of B, and the other way round.
        const std::uint64_t a_used = a_bytes * cdiv(n, pe.gemm.tile_n), b_used = b_bytes * cdiv(m, pe.gemm.tile_m);
        const bool load_a = plan.mode != OperandMode::ref_ref, load_b = plan.mode == OperandMode::load_load;
        const std::uint64_t loaded = (load_a ? a_bytes : 0) + (load_b ? b_bytes : 0);
        const std::uint64_t streamed = (load_a ? 0 : a_used) + (load_b ? 0 : b_used);
        const sim::Bandwidth array{hbm.channel_bandwidth.megabytes_per_second * hbm.channels};
        const sim::Bandwidth link = std::min(config.sip.cube.noc.link_bandwidth, hbm.link_bandwidth);
        bound.compute = std::max(bound.compute, pe.gemm.rate.time_for(2 * m * n * k));
        bound.loading = std::max(bound.loading, std::min({array, link, pe.tcm.write_bandwidth}).time_for(loaded));
        // The read port feeds the registers and the stores; the write port takes what is streamed in and the results.
        bound.tcm = std::max({bound.tcm, pe.tcm.read_bandwidth.time_for(a_used + b_used + written),
                              pe.tcm.write_bandwidth.time_for(streamed + written)});
        bound.hbm = std::max(bound.hbm, array.time_for(streamed + written));
        bound.link = std::max(bound.link, link.time_for(std::max(streamed, written)));
    }
    return bound;
}

void run_gemm(ScenarioRun& run, const GemmPlan& plan, const runtime::Array& a, const runtime::Array& b,
              const runtime::Array& bias, const GemmNames& names) {
    runtime::Context& ctx = run.context;
    const runtime::Machine& machine = ctx.machine();
    const auto m = static_cast<std::uint32_t>(a.shape.rows()), n = static_cast<std::uint32_t>(b.shape.cols());
    std::vector<runtime::Tensor> args{
        ctx.from_host(a, {plan.a, tile(plan.layout, machine.gemm_tile_m, machine.gemm_tile_k), names.a}),
        ctx.from_host(b, {plan.b, tile(plan.layout, machine.gemm_tile_k, machine.gemm_tile_n), names.b}),
        ctx.empty({m, n}, a.dtype, {plan.c, tile(plan.layout, machine.gemm_tile_m, machine.gemm_tile_n), names.c})};
    const GemmBound bound = gemm_bound(run.session.system().config(), args, plan);
    if (bias.shape.rank != 0) args.push_back(ctx.from_host(bias, {plan.b, {}, names.bias}));

    const runtime::LaunchResult launch =
        ctx.wait(ctx.launch("gemm", args, {static_cast<double>(plan.mode), static_cast<double>(plan.tail)}));
    run.result.launches.push_back({"gemm", ctx.device(), launch});
    const sim::Time time = launch.execution();
    const sim::Time bound_time = bound.total();
    const double flop = 2.0 * static_cast<double>(a.shape.elements()) * n;
    auto& figures = run.result.figures;
    figures.push_back({names.prefix + "kernel_time", time.ns(), "ns"});
    figures.push_back({names.prefix + "rate", flop / time.ns() / 1e3, "TFLOP/s"});
    figures.push_back({names.prefix + "bound_time", bound_time.ns(), "ns"});
    figures.push_back({names.prefix + "of_bound", 100.0 * bound_time.ns() / time.ns(), "%"});
    run.result.notes.push_back(fmt::format(
        "{}bound by {}: compute {:.1f}, TCM {:.1f}, HBM {:.1f}, PE link {:.1f} ns{}; pipelines waited for {}",
        names.prefix, bound.slowest().second, bound.compute.ns(), bound.tcm.ns(), bound.hbm.ns(), bound.link.ns(),
        bound.loading > sim::Time{} ? fmt::format(", after loading for {:.1f} ns", bound.loading.ns()) : "",
        bounding_stage(run.session, ctx.device())));

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
