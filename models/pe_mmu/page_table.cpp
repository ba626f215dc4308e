// SPDX-License-Identifier: Apache-2.0
#include "models/pe_mmu/page_table.h"

#include <algorithm>
#include <iterator>

namespace ahbm {

abi::MmuError PageTable::map(const Region& region) {
    if (region.bytes == 0 || region.virtual_address + region.bytes < region.virtual_address)
        return abi::MmuError::bad_command;
    const std::uint64_t end = region.virtual_address + region.bytes;
    auto next = regions_.upper_bound(region.virtual_address);
    if (next != regions_.begin()) {
        Region& before = std::prev(next)->second;
        const std::uint64_t before_end = before.virtual_address + before.bytes;
        if (before_end > region.virtual_address) {
            const bool same =
                end <= before_end &&
                before.physical_address + (region.virtual_address - before.virtual_address) == region.physical_address;
            return same ? abi::MmuError::none : abi::MmuError::overlap;
        }
        if (next != regions_.end() && next->first < end) return abi::MmuError::overlap;
        if (before_end == region.virtual_address && before.physical_address + before.bytes == region.physical_address) {
            before.bytes += region.bytes;
            return abi::MmuError::none;
        }
    }
    if (next != regions_.end() && next->first < end) return abi::MmuError::overlap;
    if (regions_.size() >= capacity_) return abi::MmuError::table_full;
    regions_.emplace(region.virtual_address, region);
    return abi::MmuError::none;
}

abi::MmuError PageTable::unmap(std::uint64_t virtual_address, std::uint64_t bytes) {
    const std::uint64_t end = virtual_address + bytes;
    if (bytes == 0 || end < virtual_address) return abi::MmuError::bad_command;
    // All of it must be mapped, possibly by several neighbours.
    for (std::uint64_t at = virtual_address; at < end;) {
        const std::optional<Hit> hit = find(at);
        if (!hit) return abi::MmuError::not_mapped;
        at += hit->bytes;
    }
    auto region = std::prev(regions_.upper_bound(virtual_address));
    while (region != regions_.end() && region->first < end) {
        const Region old = region->second;
        region = regions_.erase(region);
        const std::uint64_t old_end = old.virtual_address + old.bytes;
        if (old.virtual_address < virtual_address)
            regions_.emplace(old.virtual_address,
                             Region{old.virtual_address, old.physical_address, virtual_address - old.virtual_address});
        if (old_end > end)
            regions_.emplace(end, Region{end, old.physical_address + (end - old.virtual_address), old_end - end});
    }
    return abi::MmuError::none;
}

std::optional<PageTable::Hit> PageTable::find(std::uint64_t virtual_address) const {
    auto region = regions_.upper_bound(virtual_address);
    if (region == regions_.begin()) return std::nullopt;
    const Region& found = std::prev(region)->second;
    const std::uint64_t inside = virtual_address - found.virtual_address;
    if (inside >= found.bytes) return std::nullopt;
    return Hit{found.physical_address + inside, found.bytes - inside};
}

std::optional<PageTable::Region> PageTable::nearest(std::uint64_t virtual_address) const {
    if (regions_.empty()) return std::nullopt;
    const auto above = regions_.upper_bound(virtual_address);
    if (above == regions_.begin()) return above->second;
    const Region& below = std::prev(above)->second;
    if (above == regions_.end()) return below;
    const std::uint64_t gap_below = virtual_address - std::min(virtual_address, below.virtual_address + below.bytes);
    return above->first - virtual_address < gap_below ? above->second : below;
}

}  // namespace ahbm
