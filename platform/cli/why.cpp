// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/why.h"

#include "platform/cli/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::cli {
namespace {

/// From here on a resource counts as what bounds the kernels; below, waits do.
constexpr double kBusy = 60, kWaiting = 40;

struct Busiest {
    std::string name;
    sim::Time busy, of;  ///< of the time in which kernels ran: on that PE, or on any
    double share = 0;    ///< %
};

Busiest busiest(const Measurements& m) {
    Busiest best;
    const auto take = [&](std::string name, sim::Time busy, sim::Time of) {
        if (percent(busy, of) > best.share) best = {std::move(name), busy, of, percent(busy, of)};
    };
    for (const EngineUse& engine : m.engines)
        take(engine.engine + " of the busiest PE", engine.busiest, engine.busiest_ran);
    for (const KernelUse::Resource& each : m.kernel_busiest)
        take(name_within_system(each.name), each.busy, m.kernels.any);
    return best;
}

/// The kernels' transactions that took longest in sum, and the largest part of them.
std::string slowest_path(const Measurements& m) {
    const PathUse* most = nullptr;
    for (const PathUse& path : m.paths)
        if (of_kernels(path.traffic.purpose) && (most == nullptr || path.totals.latency > most->totals.latency))
            most = &path;
    if (most == nullptr) return {};
    std::size_t part = 0;
    for (std::size_t i = 1; i < kLedgerParts; ++i)
        if (most->totals.ledger[static_cast<LedgerPart>(i)] > most->totals.ledger[static_cast<LedgerPart>(part)])
            part = i;
    const auto mean = [&](sim::Time sum) { return sum.ns() / static_cast<double>(most->totals.transactions); };
    return fmt::format("; their transactions: mostly {}, {} of {:.1f} ns each, of which {} {:.1f} ns",
                       to_string(most->traffic), most->totals.transactions, mean(most->totals.latency),
                       kLedgerPartNames[part], mean(most->totals.ledger[static_cast<LedgerPart>(part)]));
}

}  // namespace

std::string why(const Measurements& m) {
    if (m.kernels.longest == sim::Time{}) return {};
    const Busiest top = busiest(m);
    if (top.share >= kBusy)
        return fmt::format("{} is busy {:.0f} % of the kernels' time, {} of {}", top.name, top.share,
                           duration(top.busy), duration(top.of));
    const double waits = percent(m.kernels.longest_waited, m.kernels.waiter_ran);
    const std::string rest = top.name.empty()
                                 ? std::string("no resource is busy")
                                 : fmt::format("no resource is busy for more than {:.0f} % ({})", top.share, top.name);
    if (waits >= kWaiting)
        return fmt::format("a chain of waits: a PE waits for tiles or credits for {:.0f} % of its time and {}{}", waits,
                           rest, slowest_path(m));
    return fmt::format("latency: {}{}", rest, slowest_path(m));
}

}  // namespace ahbm::cli
