// SPDX-License-Identifier: Apache-2.0
/// One link direction in `flit` timing: a FIFO of finite depth per virtual channel at its far end, credits, and the
/// arbitration of the wire. A virtual channel is a channel on a routing layer.
/// Wormhole: a virtual channel belongs to one packet from its first flit to its last, in the order in which heads came;
/// virtual channels share the wire flit by flit, round-robin, and requests and control go before bulk data. A flit's
/// progress is what `hop` computes for a packet (output_port.h), so at zero load both give the same times.
/// Not modelled: pipeline stages of virtual-channel and switch allocation, retry on the link.
#pragma once

#include "interconnect/fabric/flit_queue.h"
#include "interconnect/topology/routing.h"

#include <array>
#include <memory>
#include <vector>

namespace ahbm {

class OutputPort;

class FlitPort {
public:
    explicit FlitPort(OutputPort& port) : port_(port) {}
    FlitPort(const FlitPort&) = delete;

    /// Takes a packet whose head is here: out of the FIFO that Fabric::handing_over() names, or at its source.
    void admit(Payload& payload, Packet& packet, sim::Time overhead, LedgerPart overhead_part);
    /// Schedules a callback for when the last byte of the packet that was admitted last, at its source, has left.
    void once_sent(sim::Wheel::Callback callback, void* object, std::uint64_t argument);

    /// Since when the head that has waited longest has been ready to leave; Time::max(): none waits.
    sim::Time waiting_since() const;
    /// Heads that are ready to leave and have not left.
    unsigned waiting(sim::Time now) const;
    /// The most flits that any FIFO at the far end held or was promised at once, and may hold.
    struct Fill {
        unsigned peak = 0, depth = 0;
    };
    Fill fill(VirtualChannel channel, std::uint8_t layer) const;

private:
    static constexpr unsigned kChannels = 4 * kLayers;
    static constexpr std::uint32_t kBulk = (1u << 2 * kLayers) - 1;  ///< data and comm come first

    struct Channel {
        FlitQueue* owner = nullptr;     ///< the packet that leaves by it is in front there
        sim::Ring<FlitQueue*> waiting;  ///< heads that wait for it
        unsigned depth = 0;             ///< credits in all
        unsigned used = 0;              ///< credits taken and not back yet
        unsigned peak = 0;
        bool starved = false;            ///< the owner waits for a credit that nobody has sent yet
        sim::Ring<sim::Time> returning;  ///< credits on their way: when they are here
        sim::Time round_trip;            ///< that the depth covers
        FlitQueue far;
    };

    Channel& channel(unsigned number);
    void cover(Channel& channel, sim::Time overhead);
    sim::Time ready(Channel& channel, sim::Time now) const;
    void look_at(sim::Time when);
    void arbitrate(std::uint64_t);
    unsigned pick(std::uint32_t candidates);
    void send(unsigned number, sim::Time now);
    void head_leaves(const FlitQueue& from, Packet& packet, sim::Time ready, sim::Time now);
    void leave_source(FlitSource& source, sim::Time sent);
    void grant(unsigned number);
    template <class See>
    void each_head(See see) const;

    // the far end
    void arrive(Channel& channel, const Flit& flit);
    void announce(Channel& channel, sim::Time when);
    void deliver_head(std::uint64_t number);
    void absorb(Channel& channel, const Flit& flit);
    void deliver_tail(std::uint64_t payload);
    void leave(FlitQueue& far, sim::Time now);
    void give_back(Channel& channel, sim::Time when);

    OutputPort& port_;
    sim::Time free_at_;                       ///< the wire
    sim::Time next_look_ = sim::Time::max();  ///< when to arbitrate next; other events for it are stale
    std::uint32_t owned_ = 0;                 ///< virtual channels with an owner, as bits
    std::array<std::uint8_t, 2> last_{};      ///< served last: of the bulk channels, of the others
    std::array<std::unique_ptr<Channel>, kChannels> channels_;  ///< made when first used
    FlitSource* admitted_ = nullptr;                            ///< the source that was admitted last
    std::vector<std::unique_ptr<FlitSource>> sources_;
    std::vector<FlitSource*> idle_sources_;
};

}  // namespace ahbm
