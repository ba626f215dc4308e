// SPDX-License-Identifier: Apache-2.0
#include "observe/ledger/contention.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm {

class Contention::PortWatch final : public LinkObserver, public Contended {
public:
    PortWatch(Contention& owner, OutputPort& port) : contention_(owner), port_(port) { port.observers().add(*this); }
    ~PortWatch() override { port_.observers().remove(*this); }
    PortWatch(const PortWatch&) = delete;

    void reserved(const OutputPort&, const Packet& packet, const Reservation& reservation) override {
        const Owner owner = contention_.owner(packet);
        if (const FlitPort* flits = port_.flits())
            return reserved_by_flit(*flits, owner, packet.transaction, reservation);
        contention_.forget_served(bulk_);
        contention_.forget_served(small_);
        const bool bulk = is_bulk(packet.channel);
        if (reservation.departure > reservation.head)
            waited(owner,
                   contention_.charge(*this, owner, bulk ? bulk_ : small_, reservation.head, reservation.departure));
        // Small packets wait for each other only; the time they take is taken from the bulk channels.
        if (!bulk) {
            const sim::Time wire = port_.link().bandwidth().time_for(packet.wire_bytes);
            small_.push_back({reservation.departure, reservation.departure + wire, owner});
        }
        bulk_.push_back({reservation.from, reservation.until, owner});
    }
    std::string name() const { return port_.name(); }

private:
    /// Told when the wait is over: what was served is kept as long as a head waits. All channels share the wire, and
    /// what a head waits while the wire serves nobody else is back-pressure.
    void reserved_by_flit(const FlitPort& flits, const Owner& owner, std::uint64_t transaction,
                          const Reservation& reservation) {
        const sim::Time since = std::min(flits.waiting_since(), reservation.head);
        std::erase_if(bulk_, [since](const Share& share) { return share.until <= since; });
        if (reservation.departure > reservation.head) {
            waited(owner, reservation.departure - reservation.head);
            sim::Time held_up = reservation.departure - reservation.head;
            for (const Share& share : bulk_) {
                const sim::Time from = std::max(share.from, reservation.head);
                if (from >= share.until) continue;
                contention_.blame(*this, owner, share.owner, share.until - from);
                held_up -= share.until - from;
            }
            if (held_up > sim::Time{}) contention_.blame(*this, owner, contention_.back_pressure(), held_up);
        }
        // What a packet sends without a gap is one share.
        if (!bulk_.empty() && bulk_.back().until == reservation.from && served_last_ == transaction)
            bulk_.back().until = reservation.until;
        else
            bulk_.push_back({reservation.from, reservation.until, owner});
        served_last_ = transaction;
    }

    Contention& contention_;
    OutputPort& port_;
    std::vector<Share> bulk_, small_;
    std::uint64_t served_last_ = 0;  ///< transaction, by flits
};

/// The bursts of one access lie on several pseudo-channels side by side; the access waits as its last burst does.
class Contention::HbmWatch final : public HbmObserver, public Contended {
public:
    HbmWatch(Contention& owner, HbmController& hbm)
        : contention_(owner), hbm_(hbm), channels_(hbm.timing().channels().size()) {
        hbm.observers().add(*this);
    }
    ~HbmWatch() override { hbm_.observers().remove(*this); }
    HbmWatch(const HbmWatch&) = delete;

    void burst(unsigned channel, bool, sim::Time from, sim::Time until) override {
        bursts_.push_back({channel, {from, until, contention_.arriving_}});
    }
    void accessed(sim::Time earliest) override {
        const auto last = std::max_element(bursts_.begin(), bursts_.end(), [](const Burst& a, const Burst& b) {
            return a.share.until < b.share.until;
        });
        // Own earlier bursts on its channel are not in the way: they are the access.
        std::vector<Share>& before = channels_[last->channel];
        contention_.forget_served(before);
        const sim::Time time = contention_.charge(*this, last->share.owner, before, earliest, last->share.from);
        if (time > sim::Time{}) waited(last->share.owner, time);
        for (const Burst& burst : bursts_) channels_[burst.channel].push_back(burst.share);
        bursts_.clear();
    }
    std::string name() const { return hbm_.name(); }

private:
    struct Burst {
        unsigned channel;
        Share share;
    };
    Contention& contention_;
    HbmController& hbm_;
    std::vector<Burst> bursts_;  ///< of the access under way
    std::vector<std::vector<Share>> channels_;
};

Contention::Contention(System& system, const Actors& actors) : system_(system), actors_(actors) {
    for (OutputPort* port : system.fabric().ports())
        if (port->connected()) ports_.emplace_back(*this, *port);
    for (const PeCoord at : system.pes()) hbms_.emplace_back(*this, system.hbm(at));
    system.fabric().observers().add(*this);
}

Contention::~Contention() { system_.fabric().observers().remove(*this); }

Contention::Owner Contention::owner(const Packet& packet) const {
    const NodeId requester = packet.response ? packet.destination : packet.source;
    const TrafficClass traffic = TrafficClass::of(system_.fabric(), packet);
    // Index 0 of a purpose is `kernel`, which has kinds of its own.
    const std::size_t kind = traffic.purpose == Purpose::kernel
                                 ? traffic.index()
                                 : kKernelKinds + static_cast<std::size_t>(traffic.purpose) - 1;
    return {actors_.of(requester), static_cast<std::uint8_t>(kind), of_kernels(traffic.purpose)};
}

void Contention::forget_served(std::vector<Share>& shares) const {
    std::erase_if(shares, [now = system_.wheel().now()](const Share& share) { return share.until <= now; });
}

sim::Time Contention::charge(Contended& resource, const Owner& delayed, const std::vector<Share>& served,
                             sim::Time from, sim::Time until) {
    sim::Time charged;
    for (const Share& share : served) {
        const sim::Time end = std::min(share.until, until);
        if (end <= from) continue;
        const sim::Time time = end - from;
        charged += time;
        blame(resource, delayed, share.owner, time);
        from = end;
    }
    return charged;
}

void Contention::blame(Contended& resource, const Owner& delayed, const Owner& by, sim::Time time) {
    resource.all.by[by.requester] += time;
    if (delayed.of_kernels) resource.kernels.by[by.requester] += time;
    kinds_[delayed.kind][by.kind] += time;
    Charge& pair = pairs_[{delayed.requester, by.requester}];
    pair.time += time;
    ++pair.encounters;
}

std::string Contention::name_of(Actors::Id id) const {
    return id == back_pressure().requester ? std::string(kBackPressure) : actors_.name(id);
}

std::vector<LedgerReport::Contender> Contention::contenders(Contended::Waits Contended::*waits) const {
    // Stable: equals stay in the order of construction.
    std::vector<std::pair<const Contended::Waits*, std::string>> resources;
    for (const PortWatch& port : ports_)
        if ((port.*waits).packets > 0) resources.emplace_back(&(port.*waits), port.name());
    for (const HbmWatch& hbm : hbms_)
        if ((hbm.*waits).packets > 0) resources.emplace_back(&(hbm.*waits), hbm.name());
    std::stable_sort(resources.begin(), resources.end(),
                     [](const auto& a, const auto& b) { return a.first->queueing > b.first->queueing; });
    if (resources.size() > 10) resources.resize(10);
    std::vector<LedgerReport::Contender> all;
    for (const auto& [resource, name] : resources) {
        LedgerReport::Contender contender{name, resource->packets, resource->queueing, {}};
        for (const auto& [actor, time] : resource->by) contender.delayed_by.push_back({name_of(actor), time});
        std::stable_sort(contender.delayed_by.begin(), contender.delayed_by.end(),
                         [](const auto& a, const auto& b) { return a.time > b.time; });
        if (contender.delayed_by.size() > 3) contender.delayed_by.resize(3);
        all.push_back(std::move(contender));
    }
    return all;
}

void Contention::report(LedgerReport& report) const {
    report.contenders = contenders(&Contended::all);
    report.kernel_contenders = contenders(&Contended::kernels);
    for (const auto& [who, charge] : pairs_)
        report.pairs.push_back({name_of(who.first), name_of(who.second), charge.encounters, charge.time});
    std::stable_sort(report.pairs.begin(), report.pairs.end(),
                     [](const auto& a, const auto& b) { return a.time > b.time; });
    if (report.pairs.size() > 20) report.pairs.resize(20);

    std::vector<std::size_t> used;
    for (std::size_t kind = 0; kind < kKinds; ++kind)
        for (std::size_t other = 0; other < kKinds; ++other)
            if (kinds_[kind][other] + kinds_[other][kind] > sim::Time{}) {
                used.push_back(kind);
                break;
            }
    for (const std::size_t kind : used) {
        report.classes.push_back(kind == back_pressure().kind ? std::string(kBackPressure)
                                 : kind < kKernelKinds        ? to_string(TrafficClass::at(kind))
                                                              : std::string(kPurposeNames[kind - kKernelKinds + 1]));
        std::vector<sim::Time>& row = report.delays.emplace_back();
        for (const std::size_t other : used) row.push_back(kinds_[kind][other]);
    }
}

}  // namespace ahbm
