// SPDX-License-Identifier: Apache-2.0
#include "app/result.h"
#include "app/text.h"
#include "app/why.h"
#include "sim/counted.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace ahbm::cli {

std::string duration(sim::Time time) {
    const double ns = time.ns();
    if (ns >= 1e6) return fmt::format("{:.3f} ms", ns / 1e6);
    if (ns >= 1e3) return fmt::format("{:.3f} us", ns / 1e3);
    return fmt::format("{:.3f} ns", ns);
}

std::string in_bytes(std::uint64_t bytes) {
    const auto b = static_cast<double>(bytes);
    if (b >= 1e6) return fmt::format("{:.1f} MB", b / 1e6);
    if (b >= 1e3) return fmt::format("{:.1f} kB", b / 1e3);
    return fmt::format("{} B", bytes);
}

double percent(sim::Time part, sim::Time whole) { return whole.ps() == 0 ? 0 : 100.0 * part.ns() / whole.ns(); }

LaunchTime longest_launch_time(const std::vector<LaunchRecord>& launches) {
    std::map<SipId, LaunchTime> by_sip;
    LaunchTime longest;
    for (const LaunchRecord& launch : launches) {
        LaunchTime& sip = by_sip[launch.sip];
        ++sip.launches;
        sip.dispatch += launch.times.dispatch();
        sip.execution += launch.times.execution();
        sip.total += launch.times.total();
        sip.sip = launch.sip;
        if (sip.total > longest.total) longest = sip;
    }
    return longest;
}

namespace {

/// A labelled value in lines of up to 100 columns, broken between words, but not between a number and its unit.
void line(std::string& text, const char* name, std::string_view value) {
    constexpr std::size_t kIndent = 12, kWidth = 100 - kIndent;
    while (!value.empty()) {
        std::size_t end = value.size();
        if (end > kWidth) {
            end = value.rfind(' ', kWidth);
            while (end != std::string_view::npos && end > 0 && value[end - 1] >= '0' && value[end - 1] <= '9')
                end = value.rfind(' ', end - 1);
            if (end == std::string_view::npos) end = std::min(value.find(' '), value.size());
        }
        text += fmt::format("  {:<9} {}\n", name, value.substr(0, end));
        value.remove_prefix(std::min(end + 1, value.size()));
        name = "";
    }
}

std::string times(const std::vector<sim::Time>& all) {
    if (all.size() == 1) return duration(all.front());
    const auto [least, most] = std::minmax_element(all.begin(), all.end());
    if (*least == *most) return fmt::format("{}, each of {} times", duration(all.back()), all.size());
    return fmt::format("{} the last of {} times, from {} to {}", duration(all.back()), all.size(), duration(*least),
                       duration(*most));
}

void add_measured(std::string& text, const Measured& measured, std::uint64_t all_pes) {
    const sim::Time time = measured.times.back();
    const auto bound = [&](const std::optional<Measured::Bound>& of) {
        return of ? fmt::format("{}, {:.3g} % of it reached: {}", duration(of->time), percent(of->time, time),
                                of->words)
                  : std::string();
    };
    line(text, "what",
         measured.pes == 0 ? measured.what
                           : fmt::format("{}; on {} of {} PEs{}", measured.what, measured.pes_used, measured.pes,
                                         measured.pes < all_pes ? " of one SIP" : ""));
    line(text, "time", times(measured.times));
    line(text, "rate", measured.rate);
    line(text, "bound", bound(measured.own));
    line(text, "machine", bound(measured.machine));
    line(text, "idle", measured.idle);
}

void add_verification(std::string& text, const RunResult& result) {
    for (const Verification& each : result.outcome.verifications) {
        switch (each.verdict) {
            case Verification::Verdict::passed:
                text += fmt::format("VERIFIED     {}{}\n", each.what,
                                    each.elements == 0 ? "" : " (" + sim::counted(each.elements, each.noun) + ")");
                break;
            case Verification::Verdict::failed:
                text += each.elements == 0
                            ? fmt::format("FAILED       {}\n{}\n", each.what, each.report)
                            : fmt::format("FAILED       {} ({} of {} differ)\n{}\n", each.what, each.mismatches,
                                          sim::counted(each.elements, each.noun), each.report);
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

/// What a reader may want to know next: "ahbm run x --details (or --report run.html, --ledger)", however long.
std::string go_on(const std::string& command) {
    std::string first, others;
    for (const std::string option : {"--details", "--report run.html", "--ledger"}) {
        // As a word of its own, or with "=" and its value.
        std::string typed = command + ' ';
        std::replace(typed.begin(), typed.end(), '=', ' ');
        if (typed.find(' ' + option.substr(0, option.find(' ')) + ' ') != std::string::npos) continue;
        if (first.empty())
            first = option;
        else
            others += (others.empty() ? "" : ", ") + option;
    }
    if (first.empty()) return {};
    return fmt::format("  {:<9} {} {}{}\n", "next", command, first, others.empty() ? "" : " (or " + others + ")");
}

std::string set_up(const RunResult& result) {
    if (result.outcome.launches.empty()) return {};
    const LaunchTime longest = longest_launch_time(result.outcome.launches);
    const bool one = longest.launches == 1;
    return fmt::format("{} outside the launch{}; {} {}{}, completion {}", duration(result.simulated - longest.total),
                       one ? "" : fmt::format("es of sip{}", longest.sip.value),
                       one ? "its dispatch takes" : fmt::format("dispatch of the {} takes", longest.launches),
                       duration(longest.dispatch), one ? "" : " in sum", duration(longest.completion()));
}

}  // namespace

std::string files_written(const RunResult& result) {
    std::string text;
    for (const auto& file : result.outcome.files) text += fmt::format("wrote {}\n", file.string());
    for (const std::string& file : result.written) text += fmt::format("wrote {}\n", file);
    return text + remarks_text(result);
}

std::string remarks_text(const RunResult& result) {
    std::string text;
    for (const std::string& remark : result.remarks) text += fmt::format("note         {}\n", remark);
    return text;
}

std::string summary(const RunResult& result, const PlatformConfig& config, const SummaryOptions& options) {
    const CubeMeshConfig& mesh = config.sip.cube_mesh;
    std::string text = fmt::format("{} on {} SIP(s) of {}x{} cubes with {} PEs; timing {}, data {}, seed {}\n",
                                   result.scenario, config.sips.count, mesh.w, mesh.h, config.sip.cube.noc.pe_count(),
                                   config::name_of(config.fabric.timing), result.data, result.seed);
    const std::uint64_t all_pes = std::uint64_t{config.sips.count} * mesh.w * mesh.h * config.sip.cube.noc.pe_count();
    for (const Measured& each : result.outcome.measured) add_measured(text, each, all_pes);
    line(text, "why", why(result.measurements, result.outcome.measured));
    line(text, "set-up", set_up(result));
    // What measures no kernel has nothing but its figures to show.
    if (result.outcome.measured.empty() && !options.details) {
        for (const Figure& figure : result.outcome.figures)
            text += fmt::format("  {:<26}{:>14.6g} {}\n", figure.name, figure.value, figure.unit);
        for (const std::string& note : result.outcome.notes) text += fmt::format("  {}\n", note);
    }
    for (const Table& table : result.outcome.tables) text += '\n' + format_table(table);
    add_verification(text, result);
    if (options.details) text += details(result);
    if (result.ledger) text += ledger_text(*result.ledger);
    text += go_on(options.command);
    text += fmt::format("wall time {:.2f} s, {} events\n", result.wall_seconds, result.measurements.events);
    return text + files_written(result);
}

}  // namespace ahbm::cli
