// SPDX-License-Identifier: Apache-2.0
/// What a memory holds: an interval map from byte range to value. One per HBM slice, TCM, SRAM and host memory.
/// Addresses are offsets inside that memory, so two memories can never alias by a virtual or unit-local address.
/// Not modelled: ECC, partial-byte writes.
#pragma once

#include "shadow/value.h"

#include <cstdint>
#include <map>

namespace ahbm::shadow {

class Memory {
public:
    /// Appends the bytes visible now in [address, address + length) to `into`; unwritten ranges as null slices.
    void read(std::uint64_t address, std::uint64_t length, Bundle& into) const;
    /// Makes bundle bytes [offset, offset + length) the content of [address, ...), visible from `visible` on.
    /// Called at that instant: the map holds what can be seen now.
    void write(std::uint64_t address, const Bundle& bundle, std::uint64_t offset, std::uint64_t length, sim::Time visible);
    /// Forgets a range (freed memory): later reads see unwritten bytes.
    void erase(std::uint64_t address, std::uint64_t length);

private:
    struct Extent {
        std::uint64_t length;
        ValueRef value;
        std::uint64_t offset;
        sim::Time visible;
    };
    std::map<std::uint64_t, Extent> extents_;
};

}  // namespace ahbm::shadow
