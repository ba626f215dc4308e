// SPDX-License-Identifier: Apache-2.0
#include "interconnect/fabric/flit_port.h"

#include "interconnect/fabric/output_port.h"
#include "sim/check.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace ahbm {

// --- the sending end ----------------------------------------------------------------------------------------------

void FlitPort::admit(Payload& payload, Packet& packet, sim::Time overhead, LedgerPart overhead_part) {
    FlitQueue* from = port_.fabric_.handing_over();
    if (from == nullptr) {
        if (idle_sources_.empty()) idle_sources_.push_back(sources_.emplace_back(std::make_unique<FlitSource>()).get());
        FlitSource& source = *idle_sources_.back();
        idle_sources_.pop_back();
        source.head = packet.head;
        source.tail = packet.tail;
        source.offer(payload, 0);
        from = admitted_ = &source;
    } else {
        from->feeder->cover(*from->feeder->channels_[from->channel], overhead);
    }
    from->next = this;
    from->overhead = overhead;
    from->overhead_part = overhead_part;

    const auto number = static_cast<unsigned>(static_cast<std::size_t>(packet.channel) * kLayers + packet.layer);
    Channel& to = channel(number);
    to.waiting.push(from);
    if (port_.observers_) port_.observers_.tell(&LinkObserver::awaited, port_, packet, from->ready());
    if (to.owner == nullptr) {
        grant(number);
        look_at(ready(to, port_.fabric_.now()));
    }
}

void FlitPort::once_sent(sim::Wheel::Callback callback, void* object, std::uint64_t argument) {
    admitted_->sent = callback;
    admitted_->object = object;
    admitted_->argument = argument;
}

FlitPort::Channel& FlitPort::channel(unsigned number) {
    std::unique_ptr<Channel>& made = channels_[number];
    if (made == nullptr) {
        made = std::make_unique<Channel>();
        made->far.feeder = this;
        made->far.channel = static_cast<std::uint8_t>(number);
        cover(*made, {});
    }
    return *made;
}

void FlitPort::cover(Channel& channel, sim::Time overhead) {
    // A credit comes back after the wire, the overhead of the block behind, which its first packet tells, and the wire
    // again: with as many flits on top of the configured depth, a stream that nothing hinders never waits for credits.
    const sim::Time round_trip = 2 * port_.wire_ + overhead;
    if (channel.depth > 0 && round_trip <= channel.round_trip) return;
    channel.round_trip = round_trip;
    const FabricConfig& config = port_.fabric_.config();
    const std::uint64_t flit =
        (kBulk >> channel.far.channel & 1) != 0 ? kFlitBytes : std::max<std::uint64_t>(config.header, 1);
    const sim::Time serialisation = std::max(port_.link_.bandwidth().time_for(flit), sim::Time::ps(1));
    channel.depth =
        config.flit.vc_depth + static_cast<unsigned>((round_trip.ps() + serialisation.ps() - 1) / serialisation.ps());
    if (std::exchange(channel.starved, false)) look_at(port_.fabric_.now());
}

sim::Time FlitPort::ready(Channel& channel, sim::Time now) const {
    if (channel.owner->flits.empty()) return sim::Time::max();  // the next one will call look_at() when it is sent
    const sim::Time here = channel.owner->ready();
    while (!channel.returning.empty() && channel.returning.front() <= now) {
        channel.returning.pop();
        --channel.used;
    }
    if (channel.used < channel.depth) return here;
    if (!channel.returning.empty()) return std::max(here, channel.returning.front());
    channel.starved = true;
    return sim::Time::max();
}

void FlitPort::look_at(sim::Time when) {
    if (when == sim::Time::max()) return;
    when = std::max({when, free_at_, port_.fabric_.now()});
    if (when >= next_look_) return;
    next_look_ = when;
    // Behind the arrivals of the same instant: all heads take part in the arbitration.
    port_.fabric_.wheel().at<&FlitPort::arbitrate>(when, sim::Priority::engine, this);
}

void FlitPort::arbitrate(std::uint64_t) {
    const sim::Time now = port_.fabric_.now();
    if (now != next_look_) return;
    next_look_ = sim::Time::max();
    std::uint32_t candidates = 0;
    sim::Time next = sim::Time::max();
    for (std::uint32_t left = owned_; left != 0; left &= left - 1) {
        const auto number = static_cast<unsigned>(std::countr_zero(left));
        const sim::Time when = ready(*channels_[number], now);
        if (when <= now)
            candidates |= 1u << number;
        else
            next = std::min(next, when);
    }
    if (candidates != 0) {
        const unsigned number = pick(candidates);
        send(number, now);
        if ((candidates & (candidates - 1)) != 0)
            next = free_at_;
        else if (channels_[number]->owner != nullptr)
            next = std::min(next, ready(*channels_[number], now));
    }
    look_at(next);
}

unsigned FlitPort::pick(std::uint32_t candidates) {
    const bool bulk = (candidates & ~kBulk) == 0;
    if (!bulk) candidates &= ~kBulk;
    std::uint8_t& last = last_[bulk ? 0 : 1];
    const std::uint32_t after = candidates & ~((2u << last) - 1);
    last = static_cast<std::uint8_t>(std::countr_zero(after != 0 ? after : candidates));
    return last;
}

void FlitPort::send(unsigned number, sim::Time now) {
    Channel& to = *channels_[number];
    FlitQueue& from = *to.owner;
    const Flit flit = from.flits.front();
    Packet& packet = Packet::of(*flit.payload);
    const sim::Bandwidth bandwidth = port_.link_.bandwidth();
    const sim::Time until_end = bandwidth.time_for(flit.end);  // differences of it add up to the packet's, exactly
    const sim::Time since = flit.first() ? from.ready() : now;
    free_at_ = now + until_end - bandwidth.time_for(flit.begin);
    port_.link_.carry(flit.first(), flit.end - flit.begin, since, now, free_at_);
    if (of_kernels(packet.purpose)) port_.link_.count_for_kernels(flit.first(), free_at_ - now, now - since);
    port_.fabric_.count_flit_hop();
    if (port_.observers_)
        port_.observers_.tell(&LinkObserver::reserved, port_, packet,
                              LinkObserver::Reservation{since, now, now, free_at_, flit.first()});
    if (flit.first()) head_leaves(from, packet, since, now);

    ++to.used;
    to.peak = std::max(to.peak, to.used);
    SIM_CHECK(to.used <= to.depth, port_.name() + ": a FIFO holds more flits than it can");
    arrive(to, {now + port_.wire_, std::max(flit.tail + from.overhead, free_at_) + port_.wire_, flit.payload,
                flit.begin, flit.end, std::max(flit.stream, until_end), flit.last});

    if (from.feeder != nullptr)
        from.feeder->leave(from, now);
    else
        leave_source(static_cast<FlitSource&>(from), free_at_);
    if (flit.last) grant(number);
}

void FlitPort::head_leaves(const FlitQueue& from, Packet& packet, sim::Time ready, sim::Time now) {
    packet.ledger[from.overhead_part] += from.overhead;
    packet.ledger[LedgerPart::queueing] += now - ready;
    packet.ledger[port_.part_] += port_.wire_;
    packet.head = now + port_.wire_;
    port_.fabric_.count_hop();
}

void FlitPort::leave_source(FlitSource& source, sim::Time sent) {
    const Flit flit = source.flits.pop();
    if (!flit.last) return source.offer(*flit.payload, flit.end);
    if (source.sent != nullptr)
        port_.fabric_.wheel().schedule(sent, sim::Priority::engine, std::exchange(source.sent, nullptr), source.object,
                                       source.argument);
    idle_sources_.push_back(&source);
}

void FlitPort::grant(unsigned number) {
    Channel& freed = *channels_[number];
    freed.owner = freed.waiting.empty() ? nullptr : freed.waiting.pop();
    const std::uint32_t bit = 1u << number;
    owned_ = freed.owner != nullptr ? owned_ | bit : owned_ & ~bit;
}

// --- the far end --------------------------------------------------------------------------------------------------

void FlitPort::arrive(Channel& channel, const Flit& flit) {
    FlitQueue& far = channel.far;
    if (far.absorbing) return absorb(channel, flit);
    far.flits.push(flit);
    if (far.flits.size() > 1) return;
    if (flit.first())
        announce(channel, flit.head);
    else
        far.next->look_at(far.ready());
}

void FlitPort::announce(Channel& channel, sim::Time when) {
    port_.fabric_.wheel().at<&FlitPort::deliver_head>(when, sim::Priority::arrival, this, channel.far.channel);
}

void FlitPort::deliver_head(std::uint64_t number) {
    Channel& here = *channels_[number];
    FlitQueue& far = here.far;
    Payload& payload = *far.flits.front().payload;
    far.next = nullptr;
    port_.fabric_.set_handing_over(&far);
    port_.hand_over(payload);
    port_.fabric_.set_handing_over(nullptr);
    if (far.next != nullptr) return;

    // The block has not sent it on: the packet ends here. What has left the wire meanwhile arrives in order.
    far.absorbing = true;
    while (far.absorbing && !far.flits.empty()) absorb(here, far.flits.pop());
    if (!far.flits.empty()) announce(here, std::max(port_.fabric_.now(), far.flits.front().head));
}

void FlitPort::absorb(Channel& channel, const Flit& flit) {
    const sim::Time now = port_.fabric_.now();
    port_.link_.delivered(flit.end - flit.begin);
    give_back(channel, std::max(now, flit.head) + port_.wire_);
    if (!flit.last) return;
    channel.far.absorbing = false;
    Packet& packet = Packet::of(*flit.payload);
    packet.tail = std::max(now, flit.tail);
    // The block will book the time from head to tail as serialisation; what is beyond the narrowest link's is waiting.
    const sim::Time held_up = std::max(packet.tail - packet.head - flit.stream, sim::Time{});
    packet.ledger[LedgerPart::queueing] += held_up;
    packet.ledger[LedgerPart::serialisation] -= held_up;
    port_.fabric_.wheel().at<&FlitPort::deliver_tail>(packet.tail, sim::Priority::arrival, this,
                                                      reinterpret_cast<std::uintptr_t>(flit.payload));
}

void FlitPort::deliver_tail(std::uint64_t payload) { port_.hand_over(*reinterpret_cast<Payload*>(payload)); }

void FlitPort::leave(FlitQueue& far, sim::Time now) {
    const Flit flit = far.flits.pop();
    port_.link_.delivered(flit.end - flit.begin);
    Channel& here = *channels_[far.channel];
    give_back(here, now + port_.wire_);
    if (flit.last && !far.flits.empty()) announce(here, std::max(now, far.flits.front().head));
}

void FlitPort::give_back(Channel& channel, sim::Time when) {
    channel.returning.push(when);
    if (std::exchange(channel.starved, false)) look_at(when);
}

// --- queries ------------------------------------------------------------------------------------------------------

template <class See>
void FlitPort::each_head(See see) const {
    for (const std::unique_ptr<Channel>& channel : channels_) {
        if (channel == nullptr || channel->owner == nullptr) continue;
        const FlitQueue& owner = *channel->owner;
        if (!owner.flits.empty() && owner.flits.front().first()) see(owner.ready());
        for (std::size_t i = 0; i < channel->waiting.size(); ++i) see(channel->waiting[i]->ready());
    }
}

sim::Time FlitPort::waiting_since() const {
    sim::Time since = sim::Time::max();
    each_head([&](sim::Time ready) { since = std::min(since, ready); });
    return since;
}

unsigned FlitPort::waiting(sim::Time now) const {
    unsigned heads = 0;
    each_head([&](sim::Time ready) { heads += ready <= now ? 1 : 0; });
    return heads;
}

FlitPort::Fill FlitPort::fill(VirtualChannel channel, std::uint8_t layer) const {
    const std::unique_ptr<Channel>& made = channels_[static_cast<unsigned>(channel) * kLayers + layer];
    return made == nullptr ? Fill{} : Fill{made->peak, made->depth};
}

}  // namespace ahbm
