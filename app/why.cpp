// SPDX-License-Identifier: Apache-2.0
#include "app/why.h"

#include "app/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::cli {
namespace {

/// From here on a resource counts as what bounds the kernels; below, waits do.
constexpr double kBusy = 60, kWaiting = 40;

struct Busy {
    std::string name;
    sim::Time busy, of;  ///< of the time in which kernels ran: on that PE, or on any
    double share = 0;    ///< %

    void take(std::string by, sim::Time time, sim::Time ran) {
        if (percent(time, ran) > share) *this = {std::move(by), time, ran, percent(time, ran)};
    }
    std::string words(const char* verb) const {
        return fmt::format("{} is {} {:.0f} % of the kernels' time, {} of {}", name, verb, share, duration(busy),
                           duration(of));
    }
};

/// A DMA channel is held until the last answer has come, so it is full while it only waits: what does the work is told
/// apart from it.
struct Busiest {
    Busy worker, channel;
};
Busiest busiest(const Measurements& m) {
    Busiest best;
    for (const EngineUse& engine : m.engines)
        (engine.engine.starts_with("DMA") ? best.channel : best.worker)
            .take(engine.engine + " of the PE that uses it most", engine.busiest, engine.busiest_ran);
    for (const KernelUse::Resource& each : m.kernel_busiest)
        best.worker.take(name_within_system(each.name), each.busy, m.kernels.any);
    return best;
}

/// The kernels' transactions that took longest in sum, and the largest part of them.
std::string slowest_path(const Measurements& m) {
    const PathUse* most = nullptr;
    sim::Time all;
    for (const PathUse& path : m.paths) {
        if (!of_kernels(path.traffic.purpose)) continue;
        all += path.totals.latency;
        if (most == nullptr || path.totals.latency > most->totals.latency) most = &path;
    }
    if (most == nullptr) return {};
    std::size_t part = 0;
    for (std::size_t i = 1; i < kLedgerParts; ++i)
        if (most->totals.ledger[static_cast<LedgerPart>(i)] > most->totals.ledger[static_cast<LedgerPart>(part)])
            part = i;
    const auto mean = [&](sim::Time sum) { return sum.ns() / static_cast<double>(most->totals.transactions); };
    return fmt::format("; {:.0f} % of the transactions' latency is in {}, {} of {:.1f} ns each, of which {} {:.1f} ns",
                       percent(most->totals.latency, all), to_string(most->traffic), most->totals.transactions,
                       mean(most->totals.latency), kLedgerPartNames[part],
                       mean(most->totals.ledger[static_cast<LedgerPart>(part)]));
}

}  // namespace

std::string why(const Measurements& m) {
    if (m.kernels.longest == sim::Time{}) return {};
    const auto [worker, channel] = busiest(m);
    if (worker.share >= kBusy) return worker.words("busy");
    const std::string rest =
        worker.name.empty() ? std::string("no resource is busy")
                            : fmt::format("no resource is busy for more than {:.0f} % ({})", worker.share, worker.name);
    const double waits = percent(m.kernels.longest_waited, m.kernels.waiter_ran);
    if (waits >= kWaiting)
        return fmt::format(
            "a chain of waits: a PE waits for tiles, credits or stores {:.0f} % of its time, {} of "
            "{}; {}{}",
            waits, duration(m.kernels.longest_waited), duration(m.kernels.waiter_ran), rest, slowest_path(m));
    if (channel.share >= kBusy) return fmt::format("{}, but {}{}", channel.words("held"), rest, slowest_path(m));
    return fmt::format("latency: {}{}", rest, slowest_path(m));
}

}  // namespace ahbm::cli
