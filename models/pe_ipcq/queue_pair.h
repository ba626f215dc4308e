// SPDX-License-Identifier: Apache-2.0
/// One queue pair, free of SystemC: ring arithmetic, credits, and what lies in the slots of its own ring.
/// A tile's sequence number counts the tiles of the queue pair from 0 and says which slot it lies in. The invariants
/// are checked here: never more tiles under way than the peer has slots, counters never run backwards, tiles are
/// received in the order they were sent, and as many credits come in as tiles were consumed.
#pragma once

#include "firmware/abi/ipcq_registers.h"
#include "numerics/operation.h"
#include "sim/ids.h"
#include "sim/units.h"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ahbm {

/// A queue pair did what it must never do.
class QueueError : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

class QueuePair {
public:
    struct Setup {
        abi::IpcqBody policy;
        std::string direction;
        PeCoord peer;
        abi::BufferKind buffer = abi::BufferKind::tcm;
        std::uint64_t rx_base = 0;       ///< physical
        std::uint64_t peer_rx_base = 0;  ///< physical
        std::uint32_t n_slots = 0;
        std::uint32_t slot_bytes = 0;
    };
    explicit QueuePair(Setup setup) : setup_(std::move(setup)), slots_(setup_.n_slots) {}

    const Setup& setup() const { return setup_; }
    std::uint64_t ring_bytes() const { return std::uint64_t{setup_.n_slots} * setup_.slot_bytes; }
    bool holds(std::uint64_t physical) const { return physical - setup_.rx_base < ring_bytes(); }
    bool credit_on_recv() const { return setup_.policy.credit == abi::CreditPolicy::on_recv; }

    // Sender: my_head counts reserved slots of the peer, peer_tail_cache the tiles it has given back.
    bool has_credit() const { return my_head_ - peer_tail_cache_ < setup_.n_slots; }
    std::uint64_t reserve();
    std::uint64_t peer_slot(std::uint64_t sequence) const { return setup_.peer_rx_base + slot_offset(sequence); }
    void take_credit(std::uint64_t consumed);

    // Receiver: peer_head_cache counts tiles that are all there, my_tail those a kernel has received.
    std::uint64_t slot_address(std::uint64_t sequence) const { return setup_.rx_base + slot_offset(sequence); }
    /// Why the tile cannot be taken into its slot, or nothing. Called before its first byte is written.
    std::string refuse(const abi::IpcqTile& tile) const;
    void begin_arrival(const abi::IpcqTile& tile);
    /// `bytes` of the tile are visible; true when that was the last of them and a receive may go on.
    bool arrived(const abi::IpcqTile& tile, std::uint32_t bytes, sim::Time now);
    bool has_tile() const { return my_tail_ < peer_head_cache_; }
    struct Tile {
        std::uint64_t sequence = 0;
        View view;
        sim::Time arrived;
    };
    Tile receive();
    /// A received tile's slot is free. Returns how many tiles have been given back in slot order when that has grown:
    /// the credit to send.
    std::optional<std::uint64_t> release(std::uint64_t sequence);

    /// A tile that is used in its slot although the credit is gone: remembers when it was overwritten.
    void hold_loose(std::uint64_t sequence) { loose_.push_back({sequence, std::nullopt}); }
    /// When the tile was overwritten, if it was; forgets it.
    std::optional<sim::Time> drop_loose(std::uint64_t sequence);

    std::uint64_t my_head() const { return my_head_; }
    std::uint64_t my_tail() const { return my_tail_; }
    std::uint64_t peer_head_cache() const { return peer_head_cache_; }
    std::uint64_t peer_tail_cache() const { return peer_tail_cache_; }
    std::uint64_t released() const { return released_; }
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;

private:
    struct Slot {
        std::uint64_t sequence = 0;
        std::uint32_t bytes_arrived = 0;
        bool full = false;
        bool free = true;
        View view;
        sim::Time arrived;
    };
    struct Loose {
        std::uint64_t sequence;
        std::optional<sim::Time> overwritten_at;
    };
    Slot& slot(std::uint64_t sequence) { return slots_[sequence % setup_.n_slots]; }
    const Slot& slot(std::uint64_t sequence) const { return slots_[sequence % setup_.n_slots]; }
    std::uint64_t slot_offset(std::uint64_t sequence) const { return sequence % setup_.n_slots * setup_.slot_bytes; }
    void require(bool condition, const char* what) const;

    Setup setup_;
    std::vector<Slot> slots_;
    std::vector<Loose> loose_;
    std::uint64_t my_head_ = 0, peer_tail_cache_ = 0;
    std::uint64_t peer_head_cache_ = 0, my_tail_ = 0, released_ = 0;
};

/// The tile's shape and element type as the kernel language has them.
View view_of(const abi::IpcqTile& tile);
abi::IpcqTile tile_of(const View& view);

}  // namespace ahbm
