// SPDX-License-Identifier: Apache-2.0
#include "firmware/functional/queues.h"

#include <fmt/format.h>

#include <bit>
#include <stdexcept>

namespace ahbm::tl {

void FunctionalQueues::add(const std::string& direction, FunctionalQueues& peer, std::uint32_t peer_queue,
                           const QueueShape& shape) {
    if (shape.n_slots == 0 || shape.slot_bytes == 0)
        throw std::invalid_argument(
            fmt::format("{} {}: a ring has at least one slot of one byte", to_string(self_), direction));
    for (const QueueInfo& info : infos_)
        if (info.direction == direction)
            throw std::invalid_argument(fmt::format("{} has a queue {} already", to_string(self_), direction));
    QueueInfo info;
    info.direction = direction;
    info.index = static_cast<std::uint32_t>(infos_.size());
    info.n_slots = shape.n_slots;
    info.slot_bytes = shape.slot_bytes;
    Queue queue;
    queue.peer = &peer;
    queue.peer_queue = peer_queue;
    queue.ring = ring_end_;
    ring_end_ += std::uint64_t{shape.n_slots} * shape.slot_bytes;
    infos_.push_back(std::move(info));
    queues_.push_back(std::move(queue));
}

void FunctionalQueues::connect(FunctionalQueues& a, const std::string& a_direction, FunctionalQueues& b,
                               const std::string& b_direction, const QueueShape& shape) {
    const auto at_a = static_cast<std::uint32_t>(a.queues_.size());
    const auto at_b = static_cast<std::uint32_t>(b.queues_.size()) + (&a == &b ? 1u : 0u);
    a.add(a_direction, b, at_b, shape);
    b.add(b_direction, a, at_a, shape);
}

bool FunctionalQueues::can_send(std::uint32_t queue) const {
    const Queue& mine = queues_[queue];
    return mine.sent - mine.peer->queues_[mine.peer_queue].free < infos_[queue].n_slots;
}

void FunctionalQueues::send(std::uint32_t queue, const View& view, std::span<const std::byte> bytes) {
    Queue& mine = queues_[queue];
    FunctionalQueues& peer = *mine.peer;
    Queue& theirs = peer.queues_[mine.peer_queue];
    const QueueInfo& info = infos_[queue];
    peer.rings_.write(theirs.ring + mine.sent % info.n_slots * info.slot_bytes, bytes);
    ++mine.sent;
    theirs.waiting.push_back(view);
    peer.match();
}

ReceiveId FunctionalQueues::receive(std::uint64_t queues) {
    const ReceiveId id = next_id_++;
    receives_[id].queues = queues;
    match();
    return id;
}

void FunctionalQueues::match() {
    for (auto& [id, pending] : receives_) {
        const bool any = std::popcount(pending.queues) > 1;
        for (std::uint32_t i = 0; i < queues_.size() && !pending.tile; ++i) {
            const auto q = static_cast<std::uint32_t>((i + (any ? next_any_ : 0)) % queues_.size());
            Queue& queue = queues_[q];
            if ((pending.queues >> q & 1) == 0 || queue.waiting.empty()) continue;
            if (any) next_any_ = q + 1;
            const std::uint64_t slot = queue.received % infos_[q].n_slots;
            pending.tile = Received{q, queue.received++, ring_base_ + queue.ring + slot * infos_[q].slot_bytes,
                                    queue.waiting.front()};
            queue.waiting.pop_front();
        }
    }
}

std::optional<Received> FunctionalQueues::received(ReceiveId id) const { return receives_.at(id).tile; }

void FunctionalQueues::release(std::uint32_t queue, std::uint64_t sequence) {
    Queue& mine = queues_[queue];
    mine.released.insert(sequence);
    while (mine.released.erase(mine.free) != 0) ++mine.free;
}

std::string FunctionalQueues::why_no_send(std::uint32_t queue) const {
    return fmt::format("waits to send to {}: all {} slots at {} are taken", infos_[queue].direction,
                       infos_[queue].n_slots, to_string(queues_[queue].peer->self_));
}

std::string FunctionalQueues::why_no_receive(ReceiveId id) const {
    std::string names, counts;
    for (std::uint32_t q = 0; q < queues_.size(); ++q) {
        if ((receives_.at(id).queues >> q & 1) == 0) continue;
        names += (names.empty() ? "" : " or ") + infos_[q].direction;
        counts += fmt::format("{}{} has sent {} tiles, {} were received", counts.empty() ? "" : "; ",
                              to_string(queues_[q].peer->self_), queues_[q].received + queues_[q].waiting.size(),
                              queues_[q].received);
    }
    return fmt::format("waits to receive from {}: {}", names, counts);
}

std::vector<std::string> FunctionalQueues::unreceived() const {
    std::vector<std::string> all;
    for (std::uint32_t q = 0; q < queues_.size(); ++q)
        if (const std::size_t left = queues_[q].waiting.size(); left != 0)
            all.push_back(
                fmt::format("{} never received {} tiles from {}", to_string(self_), left, infos_[q].direction));
    return all;
}

}  // namespace ahbm::tl
