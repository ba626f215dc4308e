// SPDX-License-Identifier: Apache-2.0
#include "app/ccl_command.h"

#include "app/failure.h"
#include "app/output_paths.h"
#include "app/result.h"
#include "experiments/configs.h"
#include "experiments/scenarios/ccl_bench.h"
#include "sim/counted.h"
#include "sim/whole_file.h"
#include "sw_runtime/collectives/plan_text.h"
#include "sw_runtime/process_group/recipe.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
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
        throw InputError(fmt::format("{} {}: a whole number above 0 is expected, as 64, 4K, 16M or 1G", option, text));
    return value << shift->second;
}

constexpr std::array kOperations{CollectiveOp::all_reduce, CollectiveOp::all_gather, CollectiveOp::reduce_scatter,
                                 CollectiveOp::broadcast,  CollectiveOp::reduce,     CollectiveOp::all_to_all};

CollectiveOp operation(const std::string& text) {
    return *std::find_if(kOperations.begin(), kOperations.end(),
                         [&](CollectiveOp op) { return to_string(op) == text; });
}

std::string_view redop_of(const scenarios::CclCase& ccl) {
    const bool reduces =
        ccl.op == CollectiveOp::all_reduce || ccl.op == CollectiveOp::reduce || ccl.op == CollectiveOp::reduce_scatter;
    return reduces ? to_string(ccl.redop) : "none";
}

/// As nccl-tests write it: -1 where no participant is special.
std::int64_t root_of(const scenarios::CclCase& ccl) {
    return runtime::CollectiveCall{ccl.op}.has_root() ? std::int64_t{ccl.root} : -1;
}

/// Both calls of a row, under the names that CSV and JSON give them.
std::array<std::pair<std::string, const scenarios::CclBenchRow::Call*>, 2> calls_of(const scenarios::CclBenchRow& row) {
    return {{{"out_of_place", &row.out_of_place}, {"in_place", &row.in_place}}};
}

/// Figures of one call, named with their units.
nlohmann::ordered_json figures(const scenarios::CclBenchRow& row, const scenarios::CclBenchRow::Call& call,
                               bool checked) {
    nlohmann::ordered_json json{
        {"time_us", call.times.kernel.us()},       {"algbw_gb_per_s", row.algbw(call)},
        {"busbw_gb_per_s", row.busbw(call)},       {"of_bound_percent", nullptr},
        {"dispatch_us", call.times.dispatch.us()}, {"completion_us", call.times.completion.us()}};
    if (row.bounded()) json["of_bound_percent"] = row.of_bound(call);
    if (checked) json["wrong"] = call.verification.mismatches;
    return json;
}

nlohmann::ordered_json json_of(const scenarios::CclBenchRow& row, bool checked) {
    nlohmann::ordered_json bound{
        {"time_us", nullptr}, {"alpha_us", nullptr}, {"bytes", nullptr}, {"beta_gb_per_s", nullptr}};
    if (row.bounded())
        bound = {{"time_us", row.bound.time().us()},
                 {"alpha_us", row.bound.alpha.us()},
                 {"bytes", row.bound.bytes},
                 {"beta_gb_per_s", row.bound.beta.bytes_per_ns()}};
    nlohmann::ordered_json json{{"size_bytes", row.bytes},
                                {"asked_bytes", row.asked},
                                {"count", row.ccl.elements},
                                {"type", to_string(row.ccl.dtype)},
                                {"redop", redop_of(row.ccl)},
                                {"root", root_of(row.ccl)},
                                {"participants", row.ccl.participants()},
                                {"bus_factor", scenarios::bus_factor(row.ccl)},
                                {"bound", std::move(bound)}};
    for (const auto& [name, call] : calls_of(row)) json[name] = figures(row, *call, checked);
    return json;
}

/// The same figures in the same order; a null is nothing between its commas.
std::string csv_of(const nlohmann::ordered_json& rows) {
    std::string heading, lines;
    for (const nlohmann::ordered_json& row : rows) {
        std::vector<std::string> names, values;
        const nlohmann::ordered_json flat = row.flatten();
        for (const auto& [path, value] : flat.items()) {
            names.push_back(path.substr(1));
            std::replace(names.back().begin(), names.back().end(), '/', '_');
            values.push_back(value.is_null() ? "" : value.is_string() ? value.get<std::string>() : value.dump());
        }
        heading = fmt::format("{}\n", fmt::join(names, ","));
        lines += fmt::format("{}\n", fmt::join(values, ","));
    }
    return heading + lines;
}

std::string table_line(const scenarios::CclBenchRow& row, bool checked) {
    std::string line = fmt::format("{:>12} {:>12} {:>8} {:>7} {:>5}", row.bytes, row.ccl.elements,
                                   to_string(row.ccl.dtype), redop_of(row.ccl), root_of(row.ccl));
    for (const auto& [name, call] : calls_of(row))
        line += fmt::format(" {:>10.3f} {:>8.2f} {:>8.2f} {:>6} {:>7}", call->times.kernel.us(), row.algbw(*call),
                            row.busbw(*call), checked ? std::to_string(call->verification.mismatches) : "N/A",
                            row.bounded() ? fmt::format("{:.1f}", row.of_bound(*call)) : "N/A");
    return line +
           fmt::format(" {:>9.3f} {:>9.3f}\n", row.in_place.times.dispatch.us(), row.in_place.times.completion.us());
}

/// What busbw is algbw times, in words.
std::string_view bus_factor_of(CollectiveOp op) {
    switch (op) {
        case CollectiveOp::all_reduce: return "2 (n - 1) / n";
        case CollectiveOp::all_gather:
        case CollectiveOp::reduce_scatter:
        case CollectiveOp::all_to_all: return "(n - 1) / n";
        default: return "1";
    }
}

}  // namespace

std::vector<std::string> bench_operations() {
    std::vector<std::string> names;
    for (const CollectiveOp op : kOperations) names.emplace_back(to_string(op));
    return names;
}

void claim_inputs(OutputPaths& outputs, const CclOptions& options, const Registries& registries) {
    outputs.reads_configuration("--topology", find_config("topology", options.topology).string());
    outputs.reads_configuration("--ccl", find_config("", options.ccl).string());
    for (const std::string& library : registries.libraries) outputs.reads("a library", library);
}

PlatformConfig platform_of(const CclOptions& options) {
    return load_platform(options.topology, options.overrides, options.timing);
}

runtime::InstallPlan plan_of(const CclOptions& options, const PlatformConfig& config, const Registries& registries) {
    const runtime::CclConfig ccl = load_ccl(options.ccl, options.ccl_overrides, registries);
    std::vector<SipId> sips;
    for (std::uint32_t s = 0; s < config.sips.count; ++s) sips.push_back(SipId{s});
    // Rings as a process group would place them in an empty machine.
    std::map<std::pair<PeCoord, abi::BufferKind>, std::uint64_t> used;
    runtime::InstallPlan plan = runtime::build_install_plan(
        ccl, options.algorithm, runtime::collective_machine(machine_of(config), sips),
        [&](PeCoord at, abi::BufferKind kind, std::uint64_t bytes) {
            const PeCoord owner = kind == abi::BufferKind::sram ? PeCoord{at.sip, at.cube, PeId{0}} : at;
            std::uint64_t& end = used[{owner, kind}];
            end += bytes;
            const std::uint64_t room = kind == abi::BufferKind::tcm   ? config.sip.cube.pe.tcm.size.value
                                       : kind == abi::BufferKind::hbm ? config.sip.cube.hbm.slice.value
                                                                      : config.sip.cube.sram.size.value;
            if (end > room)
                throw InputError(
                    fmt::format("the rings of {} take more than the {} bytes of its {}: n_slots x "
                                "slot_size is {} bytes each",
                                to_string(at), room, config::name_of(kind), bytes));
            switch (kind) {
                case abi::BufferKind::tcm: return PhysAddr::pe_tcm(at, config.sip.cube.pe.tcm.size.value - end).raw();
                case abi::BufferKind::hbm: return PhysAddr::pe_hbm(at, config.sip.cube.hbm.slice, end - bytes).raw();
                case abi::BufferKind::sram: return PhysAddr::cube_sram(at.sip, at.cube, end - bytes).raw();
            }
            return std::uint64_t{0};
        },
        registries.collectives);
    const auto settings = [&](const runtime::CclConfig& other) {
        return runtime::effective_settings(other, operation(plan.op), options.algorithm, {});
    };
    check_used({options.ccl, options.ccl_overrides, false}, settings, "the plan");
    return plan;
}

int bench_ccl_command(const CclOptions& options, Registries& registries) {
    scenarios::CclBenchOptions bench;
    bench.op = operation(options.op);
    bench.redop = named<runtime::ReduceOp>("--redop", options.redop.empty() ? "sum" : options.redop);
    const runtime::CollectiveCall asked{bench.op};
    if (!options.redop.empty() && !asked.reduces())
        throw InputError(fmt::format("--redop {}: {} does not reduce", options.redop, options.op));
    if (options.root != 0 && !asked.has_root())
        throw InputError(fmt::format("--root {}: {} has no root", options.root, options.op));
    if (options.check && *options.check && options.data == "off")
        throw InputError("--check: there are no values to compare with --data off");
    bench.dtype = named<Dtype>("--dtype", options.dtype.empty() ? "f16" : options.dtype);
    bench.root = options.root;
    if (options.seed && options.data == "off")
        throw InputError(fmt::format("--seed {}: there are no values to draw with --data off", *options.seed));
    bench.seed = options.seed.value_or(1);
    bench.check = options.check.value_or(true);
    const std::uint64_t begin = amount("-b", options.begin), end = amount("-e", options.end),
                        factor = amount("-f", options.factor);
    if (end < begin)
        throw InputError(fmt::format("-b {}, -e {}: the last size is below the first", options.begin, options.end));
    if (factor < 2) throw InputError(fmt::format("-f {}: 2 or more is expected", options.factor));
    for (std::uint64_t size = begin; size <= end; size *= factor) {
        bench.sizes.push_back(size);
        if (size > end / factor) break;  // the next one might not fit 64 bits
    }
    const runtime::CclConfig ccl = load_ccl(options.ccl, options.ccl_overrides, registries);
    const auto settings = [&](const runtime::CclConfig& other) {
        return runtime::effective_settings(other, bench.op, options.algorithm, {});
    };
    const runtime::CclConfig used = settings(ccl);
    check_used({options.ccl, options.ccl_overrides}, settings, options.op);
    bench.group = runtime::group_options(ccl, bench.op, options.algorithm, {}, registries.collectives);
    OutputPaths outputs;
    claim_inputs(outputs, options, registries);
    outputs.add("--csv", options.csv);
    outputs.add("--json", options.json);
    const PlatformConfig config = platform_of(options);
    if (bench.root >= config.sips.count)
        throw InputError(fmt::format("--root {}: there are {} ranks, one per SIP", bench.root, config.sips.count));

    SystemOptions system;
    system.shadow.mode = options.data == "off" ? shadow::Mode::off : shadow::Mode::lazy;
    Session session(config, registries.kernels, system);
    const bool checked = bench.check && options.data != "off", table = !outputs.have_standard_output();
    nlohmann::ordered_json json{{"op", options.op},
                                {"algorithm", bench.group.algorithm},
                                {"configuration", config::dump(config)},
                                {"collectives", config::dump(used)},
                                {"rows", nullptr}};
    json["rows"] = nlohmann::ordered_json::array();
    std::uint64_t wrong = 0;
    double busbw = 0;
    std::string rounded;
    const auto heading = [&](const scenarios::CclBenchRow& row) {
        const std::string figures =
            fmt::format("{:>10} {:>8} {:>8} {:>6} {:>7}", "time(us)", "algbw", "busbw", "#wrong", "bound");
        fmt::print("# ahbm bench ccl: {} by {}, simulated time\n", options.op, bench.group.algorithm);
        fmt::print(
            "# size: larger buffer of a participant; count: elements that one gives to another, or to all\n"
            "# busbw = algbw x {}, n = {} participants: {} on each of {}; what nccl-tests call ranks\n",
            bus_factor_of(bench.op), row.ccl.participants(), sim::counted(row.ccl.per_rank, "PE"),
            sim::counted(row.ccl.ranks, "SIP"));
        fmt::print("# bound: % of what no algorithm can exceed; dispatch, complete: before and after time, in place\n");
        fmt::print("#{0:>11} {1:>12} {2:>8} {3:>7} {4:>5} {5:>43} {6:>43} {7:>9} {8:>9}\n", "size", "count", "type",
                   "redop", "root", "out-of-place", "in-place", "dispatch", "complete");
        fmt::print("#{0:>11} {1:>12} {2:>8} {2:>7} {2:>5} {3} {3} {4:>9} {4:>9}\n", "(B)", "(elements)", "", figures,
                   "(us)");
    };
    scenarios::bench_ccl(session, bench, [&](const scenarios::CclBenchRow& row) {
        if (table && json["rows"].empty()) heading(row);
        if (table) fmt::print("{}", table_line(row, checked));
        sim::flush_standard_output();
        json["rows"].push_back(json_of(row, checked));
        if (row.bytes != row.asked)
            rounded += fmt::format("{}{} to {}", rounded.empty() ? "" : ", ", row.asked, row.bytes);
        for (const auto& [name, call] : calls_of(row)) {
            wrong += call->verification.mismatches;
            busbw += row.busbw(*call) / 2;
        }
    });
    busbw /= static_cast<double>(bench.sizes.size());
    if (table && !rounded.empty())
        fmt::print("# Sizes rounded        : {}: whole elements for each participant, at least one\n", rounded);
    if (table)
        fmt::print("# Out of bounds values : {} {}\n# Avg bus bandwidth    : {:.4f}\n",
                   checked ? std::to_string(wrong) : "N/A",
                   !checked     ? "not checked"
                   : wrong == 0 ? "OK"
                                : "FAILED",
                   busbw);
    json["wrong"] = checked ? nlohmann::ordered_json(wrong) : nlohmann::ordered_json();
    json["avg_busbw_gb_per_s"] = busbw;
    if (!options.csv.empty()) sim::write_file(options.csv, csv_of(json["rows"]));
    if (!options.json.empty()) sim::write_file(options.json, json.dump(2) + "\n");
    return wrong == 0 ? tell_findings(session.system()) : verification_failed;
}

int ccl_plan_command(const CclOptions& options, Registries& registries) {
    OutputPaths outputs;
    claim_inputs(outputs, options, registries);
    outputs.add("--dot", options.dot);
    outputs.add("--json", options.json);
    const runtime::InstallPlan plan = plan_of(options, platform_of(options), registries);
    if (!outputs.have_standard_output()) fmt::print("{}", runtime::to_text(plan));
    if (!options.dot.empty()) sim::write_file(options.dot, runtime::to_dot(plan));
    if (!options.json.empty()) sim::write_file(options.json, to_json(plan).dump(2) + "\n");
    return ok;
}

}  // namespace ahbm::cli
