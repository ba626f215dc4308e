// SPDX-License-Identifier: Apache-2.0
/// The tables behind --details.
#include "app/result.h"
#include "app/text.h"

#include <fmt/format.h>

#include <sstream>

namespace ahbm::cli {
namespace {

void add_time(std::string& text, const RunResult& result) {
    const KernelTime& kernels = result.measurements.kernels;
    const auto line = [&](const char* name, sim::Time time) {
        text += fmt::format("  {:<26}{:>14}  {:5.1f} %\n", name, duration(time), percent(time, result.simulated));
    };
    text += fmt::format("\nsimulated {:>34}\n", duration(result.simulated));
    if (result.outcome.launches.empty()) {
        line("kernels on some PE", kernels.any);
        line("none", result.simulated - kernels.any);
        return;
    }
    const LaunchTime longest = longest_launch_time(result.outcome.launches);
    line("set-up and host transfers", result.simulated - longest.total);
    line("dispatch to launch barrier", longest.dispatch);
    line("kernel execution", longest.execution);
    line("end skew and completion", longest.completion());
}

void add_engines(std::string& text, const RunResult& result) {
    const KernelTime& kernels = result.measurements.kernels;
    if (kernels.longest == sim::Time{}) return;
    const auto line = [&](const std::string& name, sim::Time mean, sim::Time most, sim::Time of) {
        text += fmt::format("  {:<22}{:>14} {:4.0f} % {:>14} {:4.0f} %", name, duration(mean),
                            percent(mean, kernels.mean), duration(most), percent(most, of));
    };
    const double pes = result.measurements.pes;
    text += fmt::format("\n{:<24}{:>12}{:>22}{:>20}\n",
                        fmt::format("kernels on {} of {} PEs", result.measurements.busy_pes, result.measurements.pes),
                        "mean PE", "most on one PE", fmt::format("of all {}", result.measurements.pes));
    line("until all is done", kernels.mean, kernels.longest, kernels.longest);
    text += '\n';
    for (const EngineUse& engine : result.measurements.engines) {
        if (engine.busiest == sim::Time{}) continue;
        line("  " + engine.engine, engine.mean, engine.busiest, engine.busiest_ran);
        text += fmt::format(" {:9.1f} %\n", percent(engine.sum, kernels.any) / pes);
    }
    if (kernels.longest_waited > sim::Time{}) {
        line("  waiting", kernels.mean_waited, kernels.longest_waited, kernels.waiter_ran);
        text += '\n';
    }
}

void add_paths(std::string& text, const RunResult& result, bool kernels) {
    std::string rows;
    for (const PathUse& path : result.measurements.paths) {
        if (of_kernels(path.traffic.purpose) != kernels) continue;
        const Fabric::Totals& t = path.totals;
        const auto mean = [&](sim::Time time) { return time.ns() / static_cast<double>(t.transactions); };
        rows += fmt::format("  {:<24} {:>9} {:>10} {:8.1f}", to_string(path.traffic), t.transactions, in_bytes(t.bytes),
                            mean(t.latency));
        for (std::size_t part = 0; part < kLedgerParts; ++part)
            rows += fmt::format(" {:7.1f}", mean(t.ledger[static_cast<LedgerPart>(part)]));
        rows += '\n';
    }
    if (rows.empty()) return;
    text += fmt::format(
        "\nfabric ledger{}, mean ns per transaction (parts sum exactly)\n  {:<24} {:>9} {:>10} {:>8}   issue   queue  "
        "serial     noc    ucie      io service\n{}",
        kernels ? " of kernels" : ": set-up, host and control", "class", "count", "bytes", "latency", rows);
}

void add_resources(std::string& text, const RunResult& result) {
    const auto list = [&](const char* title, const std::vector<KernelUse::Resource>& all) {
        if (all.empty()) return;
        text += fmt::format("\n{}\n", title);
        for (const KernelUse::Resource& each : all)
            text += fmt::format("  {:<44} {:>9} accesses, busy {:>12} {:4.0f} %, waited for {:>12} in sum\n",
                                name_within_system(each.name), each.packets, duration(each.busy),
                                percent(each.busy, result.measurements.kernels.any), duration(each.waited));
    };
    list("links, TCM ports and HBM slices that kernels used most", result.measurements.kernel_busiest);
    list("links, TCM ports and HBM slices that kernels waited for most", result.measurements.kernel_contenders);
}

/// The parameters on one line, without those that say nothing.
std::string parameters_line(const std::string& yaml) {
    std::istringstream lines(yaml);
    std::string text;
    for (std::string line; std::getline(lines, line);)
        if (!line.ends_with(": null") && !line.ends_with(": \"\"")) text += " " + line;
    return text;
}

}  // namespace

std::string details(const RunResult& result) {
    std::string text = fmt::format("\nparameters {}\n", parameters_line(result.parameters));
    add_time(text, result);
    add_engines(text, result);
    if (!result.outcome.figures.empty()) text += "\nfigures\n";
    for (const Figure& figure : result.outcome.figures)
        text += fmt::format("  {:<26}{:>14.6g} {}\n", figure.name, figure.value, figure.unit);
    for (const std::string& note : result.outcome.notes) text += fmt::format("  {}\n", note);
    add_paths(text, result, true);
    add_paths(text, result, false);
    add_resources(text, result);
    return text;
}

}  // namespace ahbm::cli
