// SPDX-License-Identifier: Apache-2.0
/// One direction of a wire as a resource in time: serves in arrival order.
/// Small messages (requests, acknowledgements, control) ride virtual channels of their own: they wait for each other
/// only, never behind bulk data; their bytes are taken from the bulk channels' capacity, so bandwidth is conserved.
/// Finite buffers and back-pressure are those of `flit` timing: flit_port.h.
#pragma once

#include "interconnect/protocol/virtual_channel.h"
#include "sim/units.h"

#include <algorithm>
#include <cstdint>

namespace ahbm {

class Link {
public:
    struct Stats {
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
        std::uint64_t delivered_bytes = 0;
        sim::Time busy;
        sim::Time queueing;
        sim::Time first_use = sim::Time::max();
        sim::Time last_use;
    };

    /// What packets of kernels had of it.
    struct Use {
        std::uint64_t packets = 0;
        sim::Time busy, waited;  ///< by them, and in sum for them
    };

    Link() = default;
    explicit Link(sim::Bandwidth bandwidth) : bandwidth_(bandwidth) {}

    sim::Bandwidth bandwidth() const { return bandwidth_; }
    const Stats& stats() const { return stats_; }
    const Use& kernel_use() const { return kernel_use_; }
    /// When the bulk channels are free again.
    sim::Time free_at() const { return bulk_free_at_; }

    /// Takes the link for `bytes` whose head is here at `head`; returns when the head departs.
    sim::Time reserve(VirtualChannel channel, sim::Time head, std::uint64_t bytes) {
        const sim::Time serialisation = bandwidth_.time_for(bytes);
        sim::Time departure;
        if (is_bulk(channel)) {
            departure = std::max(head, bulk_free_at_);
            bulk_free_at_ = departure + serialisation;
        } else {
            departure = std::max(head, small_free_at_);
            small_free_at_ = departure + serialisation;
            bulk_free_at_ = std::max(bulk_free_at_, departure) + serialisation;
        }
        ++stats_.packets;
        stats_.bytes += bytes;
        stats_.busy += serialisation;
        stats_.queueing += departure - head;
        stats_.first_use = std::min(stats_.first_use, departure);
        stats_.last_use = std::max(stats_.last_use, bulk_free_at_);
        return departure;
    }
    /// `flit` timing: a flit, the packet's first or not, that was ready at `head` takes the wire in [departure, until).
    void carry(bool first, std::uint64_t bytes, sim::Time head, sim::Time departure, sim::Time until) {
        stats_.packets += first ? 1 : 0;
        stats_.bytes += bytes;
        stats_.busy += until - departure;
        stats_.queueing += departure - head;
        stats_.first_use = std::min(stats_.first_use, departure);
        stats_.last_use = std::max(stats_.last_use, until);
    }
    /// The latest reservation, or flit, is of a kernel's packet.
    void count_for_kernels(bool first, sim::Time busy, sim::Time waited) {
        kernel_use_.packets += first ? 1 : 0;
        kernel_use_.busy += busy;
        kernel_use_.waited += waited;
    }
    void delivered(std::uint64_t bytes) { stats_.delivered_bytes += bytes; }
    void reset() { *this = Link(bandwidth_); }

private:
    sim::Bandwidth bandwidth_;
    sim::Time bulk_free_at_;
    sim::Time small_free_at_;
    Stats stats_;
    Use kernel_use_;
};

}  // namespace ahbm
