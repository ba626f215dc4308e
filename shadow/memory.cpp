// SPDX-License-Identifier: Apache-2.0
#include "shadow/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace ahbm::shadow {

void Memory::read(std::uint64_t address, std::uint64_t length, Bundle& into) const {
    const std::uint64_t end = address + length;
    Extents::iterator& recently = recent(address);
    auto extent = recently;
    if (!holds(extent, address)) {
        extent = extents_.upper_bound(address);
        if (extent != extents_.begin()) --extent;
        recently = extent;
    }
    if (holds(extent, address) && end - extent->first <= extent->second.length)
        return into.append(extent->second.value, extent->second.offset + (address - extent->first), length);
    while (address < end) {
        while (extent != extents_.end() && extent->first + extent->second.length <= address) ++extent;
        if (extent == extents_.end() || extent->first >= end) {
            into.append(nullptr, 0, end - address);
            return;
        }
        if (extent->first > address) {
            into.append(nullptr, 0, extent->first - address);
            address = extent->first;
        }
        const std::uint64_t last = std::min(end, extent->first + extent->second.length);
        into.append(extent->second.value, extent->second.offset + (address - extent->first), last - address);
        address = last;
    }
}

void Memory::write(std::uint64_t address, const Bundle& bundle, std::uint64_t offset, std::uint64_t length,
                   sim::Time visible) {
    if (offset > bundle.size() || length > bundle.size() - offset) {
        throw std::out_of_range(
            fmt::format("write of bytes [{}..{}) of a bundle of {}", offset, offset + length, bundle.size()));
    }
    bundle.for_each(offset, length,
                    [&](const ValueRef& value, std::uint64_t from, std::uint64_t position, std::uint64_t n) {
                        const std::uint64_t at = address + (position - offset);
                        if (value && replace(at, n, value, from, visible)) return;
                        erase(at, n);
                        if (value) insert(at, {n, value, from, visible});
                    });
}

void Memory::erase(std::uint64_t address, std::uint64_t length) {
    if (length == 0) return;
    auto first = split(address);
    if (first == extents_.end() || first->first >= address + length) return;
    const auto last = split(address + length);
    forget_recent();
    extents_.erase(first, last);
}

std::optional<Memory::Version> Memory::version_at(std::uint64_t address) const {
    auto extent = extents_.upper_bound(address);
    if (extent == extents_.begin()) return std::nullopt;
    --extent;
    const std::uint64_t inside = address - extent->first;
    if (inside >= extent->second.length) return std::nullopt;
    return Version{extent->second.value, extent->second.offset + inside, extent->second.visible};
}

Memory::Extents::iterator Memory::split(std::uint64_t address) {
    const auto next = extents_.lower_bound(address);
    if (next == extents_.begin()) return next;
    Extent& left = std::prev(next)->second;
    const std::uint64_t inside = address - std::prev(next)->first;
    if (inside >= left.length) return next;
    Extent right{left.length - inside, left.value, left.offset + inside, left.visible};
    left.length = inside;
    return extents_.emplace_hint(next, address, std::move(right));
}

void Memory::insert(std::uint64_t address, Extent extent) {
    const auto inserted = extents_.emplace(address, std::move(extent)).first;
    merge_with_next(inserted);
    if (inserted != extents_.begin()) merge_with_next(std::prev(inserted));
}

bool Memory::replace(std::uint64_t address, std::uint64_t length, const ValueRef& value, std::uint64_t offset,
                     sim::Time visible) {
    Extents::iterator& recently = recent(address);
    auto found = recently;
    if (!holds(found, address)) found = extents_.find(address);
    if (found == extents_.end() || found->first != address || found->second.length != length) return false;
    recently = found;
    Extent& extent = found->second;
    if (extent.value != value) extent.value = value;  // often the next tile of one tensor: counts stay as they are
    extent.offset = offset;
    extent.visible = visible;
    return true;
}

void Memory::merge_with_next(Extents::iterator extent) {
    const auto next = std::next(extent);
    Extent& left = extent->second;
    if (next == extents_.end() || next->first != extent->first + left.length) return;
    const Extent& right = next->second;
    if (right.value != left.value || right.offset != left.offset + left.length) return;
    left.length += right.length;
    left.visible = std::max(left.visible, right.visible);
    forget_recent();
    extents_.erase(next);
}

}  // namespace ahbm::shadow
