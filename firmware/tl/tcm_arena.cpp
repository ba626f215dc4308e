// SPDX-License-Identifier: Apache-2.0
#include "firmware/tl/tcm_arena.h"

#include <algorithm>
#include <iterator>

namespace ahbm::tl {
namespace {

constexpr std::uint64_t round_up(std::uint64_t bytes) {
    return (bytes + TcmArena::alignment - 1) / TcmArena::alignment * TcmArena::alignment;
}

}  // namespace

TcmArena::TcmArena(std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t first = round_up(begin);
    const std::uint64_t last = end / alignment * alignment;
    if (first < last) holes_.emplace(first, last - first);
}

std::optional<std::uint64_t> TcmArena::allocate(std::uint64_t bytes) {
    const std::uint64_t length = round_up(std::max<std::uint64_t>(bytes, 1));
    const auto hole = std::find_if(holes_.begin(), holes_.end(), [&](const auto& h) { return h.second >= length; });
    if (hole == holes_.end()) return std::nullopt;
    const auto [offset, size] = *hole;
    holes_.erase(hole);
    if (size > length) holes_.emplace(offset + length, size - length);
    blocks_.emplace(offset, length);
    return offset;
}

void TcmArena::release(std::uint64_t offset) {
    const auto block = blocks_.find(offset);
    std::uint64_t length = block->second;
    blocks_.erase(block);

    auto next = holes_.lower_bound(offset);
    if (next != holes_.end() && next->first == offset + length) {
        length += next->second;
        next = holes_.erase(next);
    }
    if (next != holes_.begin()) {
        const auto previous = std::prev(next);
        if (previous->first + previous->second == offset) {
            previous->second += length;
            return;
        }
    }
    holes_.emplace_hint(next, offset, length);
}

std::uint64_t TcmArena::free_bytes() const {
    std::uint64_t total = 0;
    for (const auto& [offset, length] : holes_) total += length;
    return total;
}

std::uint64_t TcmArena::largest_hole() const {
    std::uint64_t largest = 0;
    for (const auto& [offset, length] : holes_) largest = std::max(largest, length);
    return largest;
}

}  // namespace ahbm::tl
