// SPDX-License-Identifier: Apache-2.0
#include "platform/plausible.h"

#include "platform/scenarios/scenario.h"
#include "platform/session.h"

#include <fmt/format.h>

#include <charconv>

namespace ahbm {
namespace {

void check_time(const std::string& what, sim::Time used, sim::Time there_was) {
    if (used > there_was)
        throw ModelError(fmt::format("{} was used for {:.3f} ns of {:.3f} ns", what, used.ns(), there_was.ns()));
}

void check_ledger(System& system, const KernelUse& kernels) {
    std::uint64_t kept = 0, all = 0;
    for (std::size_t i = 0; i < TrafficClass::count; ++i) {
        const Fabric::Totals& totals = kernels.totals(TrafficClass::at(i));
        kept += totals.transactions;
        if (totals.ledger.sum() != totals.latency)
            throw ModelError(fmt::format("ledger of {}: its parts sum to {:.3f} ns, its latency is {:.3f} ns",
                                         to_string(TrafficClass::at(i)), totals.ledger.sum().ns(),
                                         totals.latency.ns()));
    }
    for (const Access access : {Access::read, Access::write})
        for (std::size_t path = 0; path < kPathClasses; ++path)
            all += system.fabric().totals(access, static_cast<PathClass>(path)).transactions;
    if (kept != all) throw ModelError(fmt::format("ledger: {} of {} transactions are in its classes", kept, all));
}

}  // namespace

void check_use(System& system, const KernelUse& kernels) {
    const std::vector<KernelUse::PeUse> pes = kernels.pes();
    std::size_t number = 0;
    for (const PeCoord at : system.pes()) {
        const KernelUse::PeUse& pe = pes[number++];
        const std::string name = to_string(at);
        check_time(name, pe.ran, kernels.ran());
        check_time(name + ", waiting,", pe.waited, pe.ran);
        for (std::size_t e = 0; e < KernelUse::kEngines; ++e)
            check_time(fmt::format("{} {}", name, KernelUse::kEngineNames[e]), pe.busy[e], pe.ran);
        const HbmController& hbm = system.hbm(at);
        for (std::size_t c = 0; c < hbm.timing().channels().size(); ++c)
            check_time(fmt::format("{} pseudo-channel {}", hbm.name(), c), hbm.timing().channels()[c].kernel_busy,
                       kernels.ran());
    }
    for (const KernelUse::Resource& link : kernels.links()) check_time(link.name, link.busy, kernels.ran());
    check_ledger(system, kernels);
}

namespace {

/// Of a cell; one that is empty or says "-" has no share.
double number(const std::string& cell) {
    double value = 0;
    const bool read = std::from_chars(cell.data(), cell.data() + cell.size(), value).ec == std::errc{};
    if (!read && !cell.empty() && cell != "-") throw ModelError(fmt::format("'{}' is no share of a whole", cell));
    return value;
}

void check_share(const std::string& name, double value) {
    if (!(value >= 0 && value <= 100))
        throw ModelError(fmt::format("{} is {:.6g} %, which is no share of a whole", name, value));
}

}  // namespace

void check_figures(const ScenarioResult& result) {
    for (const Measured& each : result.measured) {
        for (const auto& bound : {each.own, each.machine})
            for (std::size_t i = 0; bound && i < each.times.size(); ++i)
                if (each.times[i] < bound->time)
                    throw ModelError(fmt::format("{} took {:.3f} ns, its bound is {:.3f} ns: {}", each.what,
                                                 each.times[i].ns(), bound->time.ns(), bound->words));
        if (each.own && each.machine && each.own->time < each.machine->time)
            throw ModelError(fmt::format("{}: its own bound, {:.3f} ns, is below that of any way, {:.3f} ns: {}",
                                         each.what, each.own->time.ns(), each.machine->time.ns(), each.machine->words));
    }
    for (const Figure& figure : result.figures)
        if (figure.unit == "%") check_share("figure " + figure.name, figure.value);
    for (const Table& table : result.tables)
        for (std::size_t column = 0; !table.rows.empty() && column < table.rows[0].size(); ++column)
            for (std::size_t row = 1; table.rows[0][column].starts_with('%') && row < table.rows.size(); ++row)
                check_share(fmt::format("{}, {}, {}", table.title, table.rows[row][0], table.rows[0][column]),
                            number(table.rows[row].at(column)));
}

}  // namespace ahbm
