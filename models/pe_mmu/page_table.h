// SPDX-License-Identifier: Apache-2.0
/// Mappings of one PE from virtual to physical ranges. Ranges of any size and alignment: several shards' regions may
/// share a page, each byte belongs to at most one of them.
/// Not modelled: page-table walks, permissions, address spaces.
#pragma once

#include "firmware/abi/mmu_registers.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace ahbm {

class PageTable {
public:
    explicit PageTable(std::size_t capacity) : capacity_(capacity) {}

    struct Region {
        std::uint64_t virtual_address;
        std::uint64_t physical_address;
        std::uint64_t bytes;
    };
    struct Hit {
        std::uint64_t physical_address;
        std::uint64_t bytes;  ///< contiguous from there to the end of the mapping
    };

    /// Mapping the same range to the same place again is no error; a neighbour that continues a mapping joins it.
    abi::MmuError map(const Region& region);
    /// Any part of what is mapped may be unmapped.
    abi::MmuError unmap(std::uint64_t virtual_address, std::uint64_t bytes);
    std::optional<Hit> find(std::uint64_t virtual_address) const;
    /// The mapping nearest to an address, for messages.
    std::optional<Region> nearest(std::uint64_t virtual_address) const;
    std::size_t size() const { return regions_.size(); }
    void clear() { regions_.clear(); }

private:
    std::size_t capacity_;
    std::map<std::uint64_t, Region> regions_;  ///< by virtual address
};

}  // namespace ahbm
