// SPDX-License-Identifier: Apache-2.0
/// Queue pairs without time: a tile is at the peer as soon as it is sent. Rings, slots and credits are the platform's:
/// a sender needs a free slot, tiles are received in order, slots go back in any order and are free in order.
/// Not modelled: the on_recv credit policy, rings outside TCM.
#pragma once

#include "firmware/functional/tracked_bytes.h"
#include "firmware/tl/backend.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm::tl {

/// One end of a queue pair.
struct QueueEnd {
    PeCoord pe;
    std::string direction;
};
struct QueueShape {
    std::uint32_t n_slots = 4;
    std::uint32_t slot_bytes = 4096;
};

/// The queues of one PE. Addresses of slots begin at `ring_base`.
class FunctionalQueues {
public:
    FunctionalQueues(PeCoord self, std::uint64_t ring_base) : self_(self), ring_base_(ring_base) {}
    FunctionalQueues(const FunctionalQueues&) = delete;

    /// Throws std::invalid_argument: a direction that is taken, or a shape without slots.
    static void connect(FunctionalQueues& a, const std::string& a_direction, FunctionalQueues& b,
                        const std::string& b_direction, const QueueShape& shape);

    const std::vector<QueueInfo>& infos() const { return infos_; }
    /// The slots' bytes; offset 0 is `ring_base`.
    TrackedBytes& rings() { return rings_; }

    bool can_send(std::uint32_t queue) const;
    void send(std::uint32_t queue, const View& view, std::span<const std::byte> bytes);

    ReceiveId receive(std::uint64_t queues);
    /// Its tile, once there is one.
    std::optional<Received> received(ReceiveId id) const;
    void forget(ReceiveId id) { receives_.erase(id); }
    /// The slot of this tile is free.
    void release(std::uint32_t queue, std::uint64_t sequence);

    /// "waits to send to E: all 4 slots at sip0.cube0.pe1 are taken"
    std::string why_no_send(std::uint32_t queue) const;
    /// "waits to receive from W: sip0.cube0.pe3 has sent 2 tiles, 2 were received"
    std::string why_no_receive(ReceiveId id) const;
    /// "sip0.cube0.pe1 never received 2 tiles from W", for each queue with such.
    std::vector<std::string> unreceived() const;
    const PeCoord& self() const { return self_; }

private:
    struct Queue {
        FunctionalQueues* peer = nullptr;
        std::uint32_t peer_queue = 0;
        std::uint64_t ring = 0;    ///< offset of slot 0 in rings_
        std::uint64_t sent = 0;    ///< tiles to the peer
        std::deque<View> waiting;  ///< arrived, not yet received
        std::uint64_t received = 0;
        std::uint64_t free = 0;            ///< tiles whose slots, and those of all before them, went back
        std::set<std::uint64_t> released;  ///< after `free`
    };
    struct Pending {
        std::uint64_t queues = 0;
        std::optional<Received> tile;
    };
    void add(const std::string& direction, FunctionalQueues& peer, std::uint32_t peer_queue, const QueueShape& shape);
    /// Gives tiles to receives, the earliest first.
    void match();

    PeCoord self_;
    std::uint64_t ring_base_;
    std::uint64_t ring_end_ = 0;
    TrackedBytes rings_{std::uint64_t{1} << 32};
    std::vector<QueueInfo> infos_;
    std::vector<Queue> queues_;
    std::map<ReceiveId, Pending> receives_;
    ReceiveId next_id_ = 0;
    std::uint32_t next_any_ = 0;  ///< where a receive from any looks first: behind the queue that served the last one
};

}  // namespace ahbm::tl
