// SPDX-License-Identifier: Apache-2.0
#include "app/why.h"

#include "app/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::cli {
namespace {

/// From here on, in %, a resource counts as what bounds the kernels; else the bound that was reached, else whatever is
/// the largest share.
constexpr double kBusy = 60, kReached = 80, kLargest = 40;

struct Busy {
    std::string name;
    sim::Time busy, of;
    const char* whose = "";  ///< time `of` is
    double share = 0;        ///< %

    void take(std::string by, sim::Time time, sim::Time ran, const char* whose_time) {
        if (percent(time, ran) > share) *this = {std::move(by), time, ran, whose_time, percent(time, ran)};
    }
    std::string words(const char* verb) const {
        return fmt::format("{} is {} {:.0f} % of {}, {} of {}", name, verb, share, whose, duration(busy), duration(of));
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
            .take(engine.engine + " of the PE that uses it most", engine.busiest, engine.busiest_ran,
                  "that PE's time in kernels");
    for (const KernelUse::Resource& each : m.kernel_busiest)
        best.worker.take(name_within_system(each.name), each.busy, m.kernels.any, "the kernels' time");
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
    // Waiting in the engine for a place in its window follows from the other parts.
    std::size_t part = kLedgerParts;
    for (std::size_t i = 0; i < kLedgerParts; ++i)
        if (static_cast<LedgerPart>(i) != LedgerPart::issue &&
            (part == kLedgerParts ||
             most->totals.ledger[static_cast<LedgerPart>(i)] > most->totals.ledger[static_cast<LedgerPart>(part)]))
            part = i;
    const auto mean = [&](sim::Time sum) { return sum.ns() / static_cast<double>(most->totals.transactions); };
    return fmt::format("; {:.0f} % of the summed latency is {}, {} of {:.1f} ns, {:.1f} ns of it {}",
                       percent(most->totals.latency, all), to_string(most->traffic), most->totals.transactions,
                       mean(most->totals.latency), mean(most->totals.ledger[static_cast<LedgerPart>(part)]),
                       kLedgerPartNames[part]);
}

/// How much of their bounds what was measured reached, in %: of several, the least. 0: something has no bound.
double bound_reached(const std::vector<Measured>& measured) {
    double least = measured.empty() ? 0 : 100;
    for (const Measured& each : measured)
        least = std::min(least, each.own ? percent(each.own->time, each.times.back()) : 0);
    return least;
}

std::string reason_of(const Measurements& m, const std::vector<Measured>& measured) {
    const auto [worker, channel] = busiest(m);
    if (worker.share >= kBusy) return worker.words("busy");
    const std::string rest =
        worker.share < 1 ? std::string("no resource is busy for as much as 1 %")
                         : fmt::format("no resource is busy for more than {:.0f} % ({})", worker.share, worker.name);
    if (const double reached = bound_reached(measured); reached >= kReached)
        return fmt::format("{:.0f} % of the bound is reached, so what it counts takes the time; {}{}", reached, rest,
                           slowest_path(m));
    const double waits = percent(m.kernels.longest_waited, m.kernels.waiter_ran);
    if (waits >= kLargest && waits >= worker.share)
        return fmt::format(
            "a chain of waits: a PE waits for tiles, credits or stores {:.0f} % of its time, {} of "
            "{}; {}{}",
            waits, duration(m.kernels.longest_waited), duration(m.kernels.waiter_ran), rest, slowest_path(m));
    if (channel.share >= kBusy) return fmt::format("{}, but {}{}", channel.words("held"), rest, slowest_path(m));
    if (worker.share >= kLargest) return worker.words("busy") + slowest_path(m);
    return fmt::format("latency: {}{}", rest, slowest_path(m));
}

}  // namespace

std::string why(const Measurements& m, const std::vector<Measured>& measured) {
    if (m.kernels.longest == sim::Time{}) return {};
    const std::string reason = reason_of(m, measured);
    const std::size_t times = measured.size() == 1 ? measured.front().times.size() : 1;
    return times == 1 ? reason : fmt::format("over the {} times together: {}", times, reason);
}

}  // namespace ahbm::cli
