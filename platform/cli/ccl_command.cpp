// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/ccl_command.h"

#include "platform/cli/configs.h"
#include "platform/cli/failure.h"
#include "platform/cli/output_paths.h"
#include "platform/cli/result.h"
#include "platform/scenarios/ccl_bench.h"
#include "sim/whole_file.h"
#include "sw_runtime/collectives/plan_text.h"
#include "sw_runtime/process_group/recipe.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <map>

namespace ahbm::cli {
namespace {

using runtime::CollectiveOp;

/// "64", "4K", "16M", "1G": powers of 1024, as nccl-tests has them.
std::uint64_t amount(std::string_view option, const std::string& text) {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view unit(stop, static_cast<std::size_t>(text.data() + text.size() - stop));
    static const std::map<std::string_view, unsigned> shifts{{"", 0}, {"K", 10}, {"M", 20}, {"G", 30}};
    const auto shift = shifts.find(unit);
    const bool fits = shift != shifts.end() && value <= std::numeric_limits<std::uint64_t>::max() >> shift->second;
    if (error != std::errc{} || !fits || value == 0)
        throw InputError(fmt::format("{} {}: a number like 64, 4K or 16M is expected", option, text));
    return value << shift->second;
}

CollectiveOp operation(const std::string& text) {
    std::string names;
    for (const CollectiveOp op : {CollectiveOp::all_reduce, CollectiveOp::all_gather, CollectiveOp::reduce_scatter,
                                  CollectiveOp::broadcast, CollectiveOp::reduce, CollectiveOp::all_to_all}) {
        if (to_string(op) == text) return op;
        names += (names.empty() ? "" : ", ") + std::string(to_string(op));
    }
    throw InputError(fmt::format("--op {}: expected one of {}", text, names));
}

std::string_view redop_of(const scenarios::CclCase& ccl) {
    const bool reduces =
        ccl.op == CollectiveOp::all_reduce || ccl.op == CollectiveOp::reduce || ccl.op == CollectiveOp::reduce_scatter;
    return reduces ? to_string(ccl.redop) : "none";
}

constexpr const char* kHeading =
    "size,count,type,redop,root,time_us,algbw_GBps,busbw_GBps,wrong,of_bound_percent,dispatch_us,completion_us\n";

std::string csv_line(const scenarios::CclBenchRow& row, bool checked) {
    return fmt::format("{},{},{},{},{},{:.6f},{:.4f},{:.4f},{},{:.2f},{:.6f},{:.6f}\n", row.bytes,
                       row.bytes / size_of(row.ccl.dtype), to_string(row.ccl.dtype), redop_of(row.ccl), row.ccl.root,
                       row.times.kernel.us(), row.algbw(), row.busbw(),
                       checked ? std::to_string(row.verification.mismatches) : "N/A", row.of_bound(),
                       row.times.dispatch.us(), row.times.completion.us());
}

std::string table_line(const scenarios::CclBenchRow& row, bool checked) {
    const std::string figures = fmt::format("{:>10.3f} {:>8.2f} {:>8.2f} {:>6}", row.times.kernel.us(), row.algbw(),
                                            row.busbw(), checked ? std::to_string(row.verification.mismatches) : "N/A");
    const std::string none = fmt::format("{:>10} {:>8} {:>8} {:>6}", "N/A", "N/A", "N/A", "N/A");
    const bool in_place = scenarios::in_place(row.ccl.op),
               has_root = row.ccl.op == CollectiveOp::broadcast || row.ccl.op == CollectiveOp::reduce;

    return fmt::format("{:>12} {:>12} {:>8} {:>7} {:>5} {} {} {:>8.1f} {:>9.3f} {:>9.3f}\n", row.bytes,
                       row.bytes / size_of(row.ccl.dtype), to_string(row.ccl.dtype), redop_of(row.ccl),
                       has_root ? std::to_string(row.ccl.root) : "-1", in_place ? none : figures,
                       in_place ? figures : none, row.of_bound(), row.times.dispatch.us(), row.times.completion.us());
}

nlohmann::json json_of(const scenarios::CclBenchRow& row, bool checked) {
    nlohmann::json json{{"size", row.bytes},
                        {"count", row.bytes / size_of(row.ccl.dtype)},
                        {"participants", row.ccl.participants()},
                        {"time_ps", row.times.kernel.ps()},
                        {"dispatch_ps", row.times.dispatch.ps()},
                        {"completion_ps", row.times.completion.ps()},
                        {"algbw_GBps", fmt::format("{:.6g}", row.algbw())},
                        {"busbw_GBps", fmt::format("{:.6g}", row.busbw())},
                        {"bound",
                         {{"alpha_ps", row.bound.alpha.ps()},
                          {"bytes", row.bound.bytes},
                          {"beta_MBps", row.bound.beta.megabytes_per_second}}}};
    if (checked) json["wrong"] = row.verification.mismatches;
    return json;
}

}  // namespace

PlatformConfig platform_of(const CclOptions& options) {
    std::vector<std::string> overrides = options.overrides;
    if (!options.timing.empty()) overrides.push_back("fabric.timing=" + options.timing);
    return config::load_file<PlatformConfig>(find_config("topology", options.topology).string(), overrides);
}

runtime::InstallPlan plan_of(const CclOptions& options, const PlatformConfig& config, const Registries& registries) {
    const runtime::CclConfig ccl = load_ccl(options.ccl, options.ccl_overrides, registries);
    std::vector<SipId> sips;
    for (std::uint32_t s = 0; s < config.sips.count; ++s) sips.push_back(SipId{s});
    // Rings as a process group would place them in an empty machine.
    std::map<std::pair<PeCoord, abi::BufferKind>, std::uint64_t> used;
    return runtime::build_install_plan(
        ccl, options.algorithm, runtime::collective_machine(machine_of(config), sips),
        [&](PeCoord at, abi::BufferKind kind, std::uint64_t bytes) {
            const PeCoord owner = kind == abi::BufferKind::sram ? PeCoord{at.sip, at.cube, PeId{0}} : at;
            std::uint64_t& end = used[{owner, kind}];
            end += bytes;
            switch (kind) {
                case abi::BufferKind::tcm: return PhysAddr::pe_tcm(at, config.sip.cube.pe.tcm.size.value - end).raw();
                case abi::BufferKind::hbm: return PhysAddr::pe_hbm(at, config.sip.cube.hbm.slice, end - bytes).raw();
                case abi::BufferKind::sram: return PhysAddr::cube_sram(at.sip, at.cube, end - bytes).raw();
            }
            return std::uint64_t{0};
        },
        registries.collectives);
}

int bench_ccl_command(const CclOptions& options, Registries& registries) {
    scenarios::CclBenchOptions bench;
    bench.op = operation(options.op);
    bench.redop = named<runtime::ReduceOp>("--redop", options.redop.empty() ? "sum" : options.redop);
    bench.dtype = named<Dtype>("--dtype", options.dtype.empty() ? "f16" : options.dtype);
    bench.root = options.root;
    bench.seed = options.seed;
    bench.check = options.check;
    const std::uint64_t begin = amount("-b", options.begin), end = amount("-e", options.end),
                        factor = amount("-f", options.factor);
    if (end < begin || factor < 2) throw InputError("-b to -e by -f: a range that grows is expected");
    for (std::uint64_t size = begin; size <= end; size *= factor) bench.sizes.push_back(size);
    bench.group = runtime::group_options(load_ccl(options.ccl, options.ccl_overrides, registries), bench.op,
                                         options.algorithm, {}, registries.collectives);
    OutputPaths outputs;
    outputs.add("--csv", options.csv);
    outputs.add("--json", options.json);
    const PlatformConfig config = platform_of(options);
    if (bench.root >= config.sips.count)
        throw InputError(fmt::format("--root {}: there are {} ranks, one per SIP", bench.root, config.sips.count));

    SystemOptions system;
    system.shadow.mode = options.data == "off" ? shadow::Mode::off : shadow::Mode::lazy;
    Session session(config, registries.kernels, system);
    const bool checked = bench.check && options.data != "off";
    fmt::print(
        "# ahbm bench ccl: {} by {}, {} SIP(s), simulated time; out of place / in place as the operation works\n"
        "# {:>10} {:>12} {:>8} {:>7} {:>5} {:>35} {:>35} {:>8} {:>9} {:>9}\n"
        "# {:>10} {:>12} {:>8} {:>7} {:>5} {:>10} {:>8} {:>8} {:>6} {:>10} {:>8} {:>8} {:>6} {:>8} {:>9} {:>9}\n",
        options.op, bench.group.algorithm, config.sips.count, "size", "count", "type", "redop", "root", "out-of-place",
        "in-place", "of bound", "dispatch", "complete", "(B)", "(elements)", "", "", "", "time(us)", "algbw", "busbw",
        "#wrong", "time(us)", "algbw", "busbw", "#wrong", "(%)", "(us)", "(us)");
    std::string csv = kHeading;
    nlohmann::json json{{"op", options.op}, {"algorithm", bench.group.algorithm}, {"rows", nlohmann::json::array()}};
    std::uint64_t wrong = 0;
    double busbw = 0;
    scenarios::bench_ccl(session, bench, [&](const scenarios::CclBenchRow& row) {
        fmt::print("{}", table_line(row, checked));
        sim::flush_standard_output();
        csv += csv_line(row, checked);
        json["rows"].push_back(json_of(row, checked));
        wrong += row.verification.mismatches;
        busbw += row.busbw();
    });
    fmt::print("# Out of bounds values : {} {}\n# Avg bus bandwidth    : {:.4f}\n",
               checked ? std::to_string(wrong) : "N/A",
               !checked     ? "not checked"
               : wrong == 0 ? "OK"
                            : "FAILED",
               busbw / static_cast<double>(bench.sizes.size()));
    if (!options.csv.empty()) sim::write_file(options.csv, csv);
    if (!options.json.empty()) sim::write_file(options.json, json.dump(2) + "\n");
    return wrong == 0 ? tell_findings(session.system()) : verification_failed;
}

int ccl_plan_command(const CclOptions& options, Registries& registries) {
    OutputPaths outputs;
    outputs.add("--dot", options.dot);
    outputs.add("--json", options.json);
    const runtime::InstallPlan plan = plan_of(options, platform_of(options), registries);
    fmt::print("{}", runtime::to_text(plan));
    if (!options.dot.empty()) sim::write_file(options.dot, runtime::to_dot(plan));
    if (!options.json.empty()) sim::write_file(options.json, to_json(plan).dump(2) + "\n");
    return ok;
}

}  // namespace ahbm::cli
