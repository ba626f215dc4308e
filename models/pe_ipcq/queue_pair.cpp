// SPDX-License-Identifier: Apache-2.0
#include "models/pe_ipcq/queue_pair.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm {

void QueuePair::require(bool condition, const char* what) const {
    if (condition) return;
    throw QueueError(fmt::format("queue {}: {} (sent {}, credits {}, arrived {}, received {}, given back {}, {} slots)",
                                 setup_.direction, what, my_head_, peer_tail_cache_, peer_head_cache_, my_tail_,
                                 released_, setup_.n_slots));
}

std::uint64_t QueuePair::reserve() {
    require(has_credit(), "a slot is reserved without credit");
    return my_head_++;
}

void QueuePair::take_credit(std::uint64_t consumed) {
    require(consumed >= peer_tail_cache_, "credits run backwards");
    require(consumed <= my_head_, "more credits than tiles were sent");
    peer_tail_cache_ = consumed;
}

std::string QueuePair::refuse(const abi::IpcqTile& tile) const {
    const std::uint64_t expected = slot_address(tile.sequence);
    if (tile.slot_address != expected) {
        return fmt::format("tile {} of queue {} is addressed to {:#x}, its slot is {:#x}", tile.sequence,
                           setup_.direction, tile.slot_address, expected);
    }
    if (tile.bytes == 0 || tile.bytes > setup_.slot_bytes) {
        return fmt::format("tile {} of queue {} has {} B, a slot {} B", tile.sequence, setup_.direction, tile.bytes,
                           setup_.slot_bytes);
    }
    const Slot& into = slot(tile.sequence);
    const bool same_tile = !into.free && !into.full && into.sequence == tile.sequence;
    if (!into.free && !same_tile) {
        return fmt::format("tile {} of queue {} arrives in a slot that tile {} has not left", tile.sequence,
                           setup_.direction, into.sequence);
    }
    return {};
}

void QueuePair::begin_arrival(const abi::IpcqTile& tile) {
    Slot& into = slot(tile.sequence);
    if (!into.free) return;  // another packet of it came before
    into.free = false;
    into.full = false;
    into.sequence = tile.sequence;
    into.bytes_arrived = 0;
    into.view = view_of(tile);
}

bool QueuePair::arrived(const abi::IpcqTile& tile, std::uint32_t bytes, sim::Time now) {
    Slot& into = slot(tile.sequence);
    require(!into.free && into.sequence == tile.sequence, "bytes arrive for a tile that is not expected");
    for (Loose& loose : loose_) {
        const bool same_slot =
            loose.sequence != tile.sequence && slot_offset(loose.sequence) == slot_offset(tile.sequence);
        if (same_slot && !loose.overwritten_at) loose.overwritten_at = now;
    }
    into.bytes_arrived += bytes;
    bytes_received += bytes;
    require(into.bytes_arrived <= tile.bytes, "more bytes arrive than the tile has");
    if (into.bytes_arrived < tile.bytes) return false;
    into.full = true;
    into.arrived = now;
    const std::uint64_t before = peer_head_cache_;
    while (slot(peer_head_cache_).full && slot(peer_head_cache_).sequence == peer_head_cache_) ++peer_head_cache_;
    return peer_head_cache_ > before;
}

QueuePair::Tile QueuePair::receive() {
    require(has_tile(), "a tile is received that has not arrived");
    const Slot& from = slot(my_tail_);
    return {my_tail_++, from.view, from.arrived};
}

std::optional<std::uint64_t> QueuePair::release(std::uint64_t sequence) {
    Slot& freed = slot(sequence);
    require(sequence < my_tail_ && freed.full && freed.sequence == sequence,
            "a tile is given back that was not received");
    freed.full = false;
    freed.free = true;
    // Credits go back in slot order: a slot that is free early waits for those in front of it.
    const std::uint64_t before = released_;
    while (released_ < my_tail_ && slot(released_).free) ++released_;
    return released_ > before ? std::optional(released_) : std::nullopt;
}

std::optional<sim::Time> QueuePair::drop_loose(std::uint64_t sequence) {
    const auto held =
        std::find_if(loose_.begin(), loose_.end(), [&](const Loose& loose) { return loose.sequence == sequence; });
    if (held == loose_.end()) return std::nullopt;
    const std::optional<sim::Time> overwritten_at = held->overwritten_at;
    loose_.erase(held);
    return overwritten_at;
}

View view_of(const abi::IpcqTile& tile) {
    View view;
    view.dtype = static_cast<Dtype>(tile.type);
    view.layout = {tile.block_rows, tile.block_cols};
    view.shape.rank = tile.rank;
    std::copy(std::begin(tile.dims), std::end(tile.dims), view.shape.dims.begin());
    return view;
}

abi::IpcqTile tile_of(const View& view) {
    abi::IpcqTile tile;
    tile.bytes = static_cast<std::uint32_t>(view.bytes());
    tile.type = static_cast<abi::ElementType>(view.dtype);
    tile.rank = view.shape.rank;
    std::copy(view.shape.dims.begin(), view.shape.dims.end(), tile.dims);
    tile.block_rows = view.layout.block_rows;
    tile.block_cols = view.layout.block_cols;
    return tile;
}

}  // namespace ahbm
