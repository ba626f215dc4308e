// SPDX-License-Identifier: Apache-2.0
/// What a memory holds: an interval map from byte range to value. One per HBM slice, TCM, SRAM and host memory.
/// Addresses are offsets inside that memory, so two memories can never alias by a virtual or unit-local address.
/// Not modelled: ECC, partial-byte writes.
#pragma once

#include "shadow/value.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>

namespace ahbm::shadow {

class Memory {
public:
    Memory() { forget_recent(); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    /// Appends the bytes visible now in [address, address + length) to `into`; unwritten ranges as null slices.
    void read(std::uint64_t address, std::uint64_t length, Bundle& into) const;
    /// Makes bundle bytes [offset, offset + length) the content of [address, ...), visible from `visible` on.
    /// Called in the order of visibility, and before anybody looks: the map holds what can be seen now. Unwritten bytes
    /// in the bundle make the range unwritten. Throws std::out_of_range when the bundle is shorter. O(log n) per piece
    /// written or overwritten.
    void write(std::uint64_t address, const Bundle& bundle, std::uint64_t offset, std::uint64_t length,
               sim::Time visible);
    /// A read or write at this address is near: starts to load what it will look at.
    void expect(std::uint64_t address) const {
        const auto extent = recent(address);
        if (extent == extents_.end()) return;
        __builtin_prefetch(&*extent);
        __builtin_prefetch(reinterpret_cast<const std::byte*>(&*extent) + 64);
    }
    /// Forgets a range (freed memory): later reads see unwritten bytes.
    void erase(std::uint64_t address, std::uint64_t length);
    void clear() {
        extents_.clear();
        forget_recent();
    }

    /// The version at one byte.
    struct Version {
        ValueRef value;
        std::uint64_t offset = 0;  ///< of this byte within the value
        sim::Time visible;         ///< when the write that brought it (its last part, if several) became visible
    };
    std::optional<Version> version_at(std::uint64_t address) const;
    /// Pieces the map consists of; neighbours that continue one value count as one.
    std::size_t extents() const { return extents_.size(); }

private:
    struct Extent {
        std::uint64_t length;
        ValueRef value;
        std::uint64_t offset;
        sim::Time visible;
    };
    using Extents = std::map<std::uint64_t, Extent>;

    /// Makes `address` a border between extents; returns the first extent at or behind it.
    Extents::iterator split(std::uint64_t address);
    void insert(std::uint64_t address, Extent extent);
    /// Gives an extent of exactly this range another content, if there is one: what happens to a buffer that is used
    /// again and again.
    bool replace(std::uint64_t address, std::uint64_t length, const ValueRef& value, std::uint64_t offset,
                 sim::Time visible);

    // A walk down the map meets a cold cache line per level; buffers and operands are met again and again.
    Extents::iterator& recent(std::uint64_t address) const { return recent_[address / 4096 % recent_.size()]; }
    bool holds(Extents::iterator extent, std::uint64_t address) const {
        return extent != extents_.end() && address - extent->first < extent->second.length;
    }
    /// Before an extent goes away.
    void forget_recent() { recent_.fill(extents_.end()); }
    /// Joins the extent with its right neighbour when both are one run of one value.
    void merge_with_next(Extents::iterator extent);

    mutable Extents extents_;                          ///< read() keeps iterators to what it found
    mutable std::array<Extents::iterator, 8> recent_;  ///< found lately, by address; end() is nothing
};

}  // namespace ahbm::shadow
