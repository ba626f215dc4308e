// SPDX-License-Identifier: Apache-2.0
#include "platform/ledger/contention.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm {

/// What a link has promised and not yet served, and what was waited for it.
class Contention::PortWatch final : public LinkObserver {
public:
    PortWatch(Contention& owner, OutputPort& port) : contention_(owner), port_(port) { port.observers().add(*this); }
    ~PortWatch() override { port_.observers().remove(*this); }
    PortWatch(const PortWatch&) = delete;

    void reserved(const OutputPort&, const Packet& packet, const Reservation& reservation) override {
        const sim::Time now = contention_.system_.wheel().now();
        const auto over = [&](const Share& share) { return share.until <= now; };
        std::erase_if(bulk_, over);
        std::erase_if(small_, over);
        const Owner owner = contention_.owner(packet);
        const bool bulk = is_bulk(packet.channel);
        if (reservation.departure > reservation.head) {
            ++packets;
            queueing += reservation.departure - reservation.head;
            blame(bulk ? bulk_ : small_, owner, reservation);
        }
        // Small packets wait for each other only; the time they take is taken from the bulk channels.
        if (!bulk) {
            const sim::Time wire = port_.link().bandwidth().time_for(packet.wire_bytes);
            small_.push_back({reservation.departure, reservation.departure + wire, owner});
        }
        bulk_.push_back({reservation.from, reservation.until, owner});
    }

    std::string name() const { return port_.name(); }
    std::uint64_t packets = 0;
    sim::Time queueing;
    std::map<Actors::Id, sim::Time> by;

private:
    struct Share {
        sim::Time from, until;
        Owner owner;
    };
    /// Links serve in the order of arrival: the wait is what earlier packets still need, one after the other.
    void blame(const std::vector<Share>& earlier, const Owner& delayed, const Reservation& reservation) {
        sim::Time at = reservation.head;
        for (const Share& share : earlier) {
            const sim::Time until = std::min(share.until, reservation.departure);
            if (until <= at) continue;
            contention_.charge(*this, delayed, share.owner, until - at);
            at = until;
        }
    }

    Contention& contention_;
    OutputPort& port_;
    std::vector<Share> bulk_, small_;  ///< in the order of reservation, which is that of service
};

Contention::Contention(System& system, const Actors& actors) : system_(system), actors_(actors) {
    for (OutputPort* port : system.fabric().ports())
        if (port->connected()) ports_.emplace_back(*this, *port);
}

Contention::~Contention() = default;

Contention::Owner Contention::owner(const Packet& packet) const {
    const NodeId requester = packet.response ? packet.destination : packet.source,
                 target = packet.response ? packet.source : packet.destination;
    const std::size_t path = static_cast<std::size_t>(system_.fabric().path_class(requester, target));
    return {actors_.of(requester),
            static_cast<std::uint8_t>(static_cast<std::size_t>(packet.access) * kPathClasses + path)};
}

void Contention::charge(PortWatch& port, const Owner& delayed, const Owner& by, sim::Time time) {
    port.by[by.requester] += time;
    kinds_[delayed.kind][by.kind] += time;
    Charge& pair = pairs_[{delayed.requester, by.requester}];
    pair.time += time;
    ++pair.encounters;
}

void Contention::report(LedgerReport& report) const {
    // Stable: equals stay in the order of construction.
    std::vector<const PortWatch*> ports;
    for (const PortWatch& port : ports_)
        if (port.packets > 0) ports.push_back(&port);
    std::stable_sort(ports.begin(), ports.end(), [](auto* a, auto* b) { return a->queueing > b->queueing; });
    if (ports.size() > 10) ports.resize(10);
    const auto longer = [](const auto& a, const auto& b) { return a.time > b.time; };
    for (const PortWatch* port : ports) {
        LedgerReport::Contender contender{port->name(), port->packets, port->queueing, {}};
        for (const auto& [actor, time] : port->by) contender.delayed_by.push_back({actors_.name(actor), time});
        std::stable_sort(contender.delayed_by.begin(), contender.delayed_by.end(), longer);
        if (contender.delayed_by.size() > 3) contender.delayed_by.resize(3);
        report.contenders.push_back(std::move(contender));
    }
    for (const auto& [who, charge] : pairs_)
        report.pairs.push_back({actors_.name(who.first), actors_.name(who.second), charge.encounters, charge.time});
    std::stable_sort(report.pairs.begin(), report.pairs.end(), longer);
    if (report.pairs.size() > 20) report.pairs.resize(20);

    std::vector<std::size_t> used;
    for (std::size_t kind = 0; kind < kKinds; ++kind)
        for (std::size_t other = 0; other < kKinds; ++other)
            if (kinds_[kind][other] + kinds_[other][kind] > sim::Time{}) {
                used.push_back(kind);
                break;
            }
    for (const std::size_t kind : used) {
        report.classes.push_back(
            fmt::format("{} {}", kind < kPathClasses ? "read" : "write", kPathClassNames[kind % kPathClasses]));
        std::vector<sim::Time>& row = report.delays.emplace_back();
        for (const std::size_t other : used) row.push_back(kinds_[kind][other]);
    }
}

}  // namespace ahbm
