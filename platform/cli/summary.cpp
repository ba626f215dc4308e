// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

namespace ahbm::cli {
namespace {

std::string duration(sim::Time time) {
    const double ns = time.ns();
    if (ns >= 1e6) return fmt::format("{:.3f} ms", ns / 1e6);
    if (ns >= 1e3) return fmt::format("{:.3f} us", ns / 1e3);
    return fmt::format("{:.3f} ns", ns);
}

std::string amount(std::uint64_t bytes) {
    const auto b = static_cast<double>(bytes);
    if (b >= 1e6) return fmt::format("{:.1f} MB", b / 1e6);
    if (b >= 1e3) return fmt::format("{:.1f} kB", b / 1e3);
    return fmt::format("{} B", bytes);
}

double percent(sim::Time part, sim::Time whole) { return whole.ps() == 0 ? 0 : 100.0 * part.ns() / whole.ns(); }

struct LaunchTime {
    sim::Time dispatch, execution, total;
};

/// Of the SIP that spent longest: SIPs run side by side.
LaunchTime longest_launch_time(const std::vector<LaunchRecord>& launches) {
    std::map<SipId, LaunchTime> by_sip;
    LaunchTime longest;
    for (const LaunchRecord& launch : launches) {
        LaunchTime& sip = by_sip[launch.sip];
        sip.dispatch += launch.times.dispatch();
        sip.execution += launch.times.execution();
        sip.total += launch.times.total();
        if (sip.total > longest.total) longest = sip;
    }
    return longest;
}

void add_time(std::string& text, const RunResult& result) {
    const auto [dispatch, execution, total] = longest_launch_time(result.outcome.launches);
    const sim::Time completion = total - dispatch - execution;
    const auto line = [&](const char* name, sim::Time time) {
        text += fmt::format("  {:<26}{:>14}  {:5.1f} %\n", name, duration(time), percent(time, result.simulated));
    };
    text += fmt::format("\nsimulated {:>34}\n", duration(result.simulated));
    line("set-up and host transfers", result.simulated - total);
    line("dispatch to launch barrier", dispatch);
    line("kernel execution", execution);
    line("end skew and completion", completion);
    if (execution == sim::Time{} || result.measurements.busy_pes == 0) return;
    text += fmt::format("\nkernel execution, {} busy PEs   mean PE        busiest PE\n", result.measurements.busy_pes);
    sim::Time most;
    for (const EngineUse& engine : result.measurements.engines) {
        if (engine.busiest == sim::Time{}) continue;
        most = std::max(most, engine.mean);
        text +=
            fmt::format("  {:<10}{:>26} {:4.0f} % {:>14} {:4.0f} %\n", engine.engine, duration(engine.mean),
                        percent(engine.mean, execution), duration(engine.busiest), percent(engine.busiest, execution));
    }
    text +=
        fmt::format("  {:<10}{:>26} {:4.0f} %  (no engine of the mean PE is longer busy)\n", "waiting",
                    duration(std::max(execution - most, sim::Time{})), std::max(0.0, 100 - percent(most, execution)));
}

void add_fabric(std::string& text, const RunResult& result) {
    if (result.measurements.paths.empty()) return;
    text +=
        "\nfabric ledger, mean ns per transaction (parts sum exactly)\n  path                 count      bytes  "
        "latency   issue   queue  serial     noc    ucie      io service\n";
    for (const PathUse& path : result.measurements.paths) {
        const Fabric::Totals& t = path.totals;
        const auto mean = [&](sim::Time time) { return time.ns() / static_cast<double>(t.transactions); };
        text += fmt::format("  {:<5} {:<10} {:>9} {:>10} {:8.1f}", path.access, path.path, t.transactions,
                            amount(t.bytes), mean(t.latency));
        for (std::size_t part = 0; part < kLedgerParts; ++part)
            text += fmt::format(" {:7.1f}", mean(t.ledger[static_cast<LedgerPart>(part)]));
        text += '\n';
    }
    if (!result.measurements.top_contenders.empty()) {
        const LinkUse& worst = result.measurements.top_contenders.front();
        text += fmt::format("  most waited for: {} ({} in sum over {} packets)\n", worst.port,
                            duration(worst.stats.queueing), worst.stats.packets);
    }
}

void add_verification(std::string& text, const RunResult& result) {
    text += '\n';
    for (const Verification& each : result.outcome.verifications) {
        switch (each.verdict) {
            case Verification::Verdict::passed:
                text += fmt::format("VERIFIED     {} ({} elements)\n", each.what, each.elements);
                break;
            case Verification::Verdict::failed:
                text += fmt::format("FAILED       {} ({} of {} elements differ)\n{}\n", each.what, each.mismatches,
                                    each.elements, each.report);
                break;
            case Verification::Verdict::not_run: text += fmt::format("not verified {}\n", each.what); break;
        }
    }
    text += findings_text(result.findings);
    if (result.data == "off") text += "not checked  reads of unwritten bytes, which are known with --data on only\n";
}

}  // namespace

std::string findings_text(const std::vector<std::string>& findings) {
    constexpr std::size_t kShown = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(kShown, findings.size()); ++i)
        text += fmt::format("finding      {}\n", findings[i]);
    if (findings.size() > kShown) text += fmt::format("finding      and {} more\n", findings.size() - kShown);
    return text;
}

namespace {

/// The parameters on one line, without those that say nothing.
std::string parameters_line(const std::string& yaml) {
    std::istringstream lines(yaml);
    std::string text;
    for (std::string line; std::getline(lines, line);)
        if (!line.ends_with(": null") && !line.ends_with(": \"\"")) text += " " + line;
    return text;
}

}  // namespace

std::string files_written(const RunResult& result) {
    std::string text;
    for (const auto& file : result.outcome.files) text += fmt::format("wrote {}\n", file.string());
    for (const std::string& file : result.written) text += fmt::format("wrote {}\n", file);
    for (const std::string& remark : result.remarks) text += fmt::format("finding      {}\n", remark);
    return text;
}

std::string summary(const RunResult& result, const PlatformConfig& config) {
    const CubeMeshConfig& mesh = config.sip.cube_mesh;
    std::string text = fmt::format("{} on {} SIP(s) of {}x{} cubes with {} PEs; timing {}, data {}, seed {}\n",
                                   result.scenario, config.sips.count, mesh.w, mesh.h, config.sip.cube.noc.pe_count(),
                                   config::name_of(config.fabric.timing), result.data, result.seed);
    text += fmt::format(" {}\n", parameters_line(result.parameters));
    add_time(text, result);
    if (!result.outcome.figures.empty()) text += '\n';
    for (const Figure& figure : result.outcome.figures)
        text += fmt::format("  {:<26}{:>14.6g} {}\n", figure.name, figure.value, figure.unit);
    for (const std::string& note : result.outcome.notes) text += fmt::format("  {}\n", note);
    for (const Table& table : result.outcome.tables) text += '\n' + format_table(table);
    if (result.ledger)
        text += ledger_text(*result.ledger);
    else
        add_fabric(text, result);
    add_verification(text, result);
    text += fmt::format("\nwall time {:.2f} s, {} events\n", result.wall_seconds, result.measurements.events);
    return text + files_written(result);
}

}  // namespace ahbm::cli
