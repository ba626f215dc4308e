// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/memory/pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <optional>
#include <utility>

namespace ahbm::runtime {
namespace {

/// Where in a hole the bytes fit.
std::optional<std::uint64_t> fit(AddressRange hole, std::uint64_t bytes, Alignment alignment, From from) {
    const std::uint64_t padding = -hole.base & (alignment.bytes - 1);
    if (padding > hole.bytes || bytes > hole.bytes - padding) return std::nullopt;
    return from == From::bottom ? hole.base + padding : (hole.base + hole.bytes - bytes) & ~(alignment.bytes - 1);
}

}  // namespace

OutOfMemory::OutOfMemory(Details details)
    : std::runtime_error(fmt::format(
          "{}: out of memory: {} asks for {} bytes aligned to {}; {} bytes are free, largest hole {}", details.pool,
          details.requester, details.requested, details.alignment, details.free, details.largest_hole)),
      details_(std::move(details)) {}

Pool::Pool(std::string name, AddressRange range) : name_(std::move(name)), range_(range), free_bytes_(range.bytes) {
    if (range.bytes > UINT64_MAX - range.base)
        throw std::invalid_argument(
            fmt::format("{}: range {:#x}+{:#x} exceeds 64 bits", name_, range.base, range.bytes));
    if (range.bytes != 0) holes_.emplace(range.base, range.bytes);
}

std::uint64_t Pool::allocate(std::uint64_t bytes, Alignment alignment, std::string_view requester, From from) {
    if (bytes == 0) throw std::invalid_argument(fmt::format("{}: {} asks for 0 bytes", name_, requester));
    if (!std::has_single_bit(alignment.bytes))
        throw std::invalid_argument(fmt::format("{}: {} asks for alignment {}, which is not a power of two", name_,
                                                requester, alignment.bytes));
    const auto take_first = [&](auto first, auto last) -> std::optional<std::uint64_t> {
        for (; first != last; ++first) {
            const AddressRange hole{first->first, first->second};
            if (const auto address = fit(hole, bytes, alignment, from)) return take(hole, {*address, bytes});
        }
        return std::nullopt;
    };
    const auto taken =
        from == From::bottom ? take_first(holes_.begin(), holes_.end()) : take_first(holes_.rbegin(), holes_.rend());
    if (taken) return *taken;
    throw OutOfMemory({.pool = name_,
                       .requester = std::string(requester),
                       .requested = bytes,
                       .alignment = alignment.bytes,
                       .free = free_bytes_,
                       .largest_hole = largest_hole()});
}

std::uint64_t Pool::take(AddressRange hole, AddressRange part) {
    const std::uint64_t end = hole.base + hole.bytes, part_end = part.base + part.bytes;
    holes_.erase(hole.base);
    if (part.base != hole.base) holes_.emplace(hole.base, part.base - hole.base);
    if (part_end != end) holes_.emplace(part_end, end - part_end);
    live_.emplace(part.base, part.bytes);
    free_bytes_ -= part.bytes;
    return part.base;
}

AddressRange Pool::free(std::uint64_t address) {
    const auto found = live_.find(address);
    if (found == live_.end()) reject_free(address);
    const AddressRange freed{address, found->second};
    live_.erase(found);
    add_hole(freed);
    free_bytes_ += freed.bytes;
    return freed;
}

std::uint64_t Pool::largest_hole() const {
    std::uint64_t largest = 0;
    for (const auto& [base, bytes] : holes_) largest = std::max(largest, bytes);
    return largest;
}

void Pool::add_hole(AddressRange hole) {
    auto next = holes_.lower_bound(hole.base);
    if (next != holes_.end() && next->first == hole.base + hole.bytes) {
        hole.bytes += next->second;
        next = holes_.erase(next);
    }
    if (next != holes_.begin()) {
        const auto previous = std::prev(next);
        if (previous->first + previous->second == hole.base) {
            previous->second += hole.bytes;
            return;
        }
    }
    holes_.emplace(hole.base, hole.bytes);
}

void Pool::reject_free(std::uint64_t address) const {
    if (!range_.contains(address))
        throw BadFree(fmt::format("{}: free of {:#x}, which is outside of the pool ({:#x}..{:#x})", name_, address,
                                  range_.base, range_.base + range_.bytes));
    const auto after = live_.upper_bound(address);
    if (after != live_.begin()) {
        const auto [base, bytes] = *std::prev(after);
        if (address - base < bytes)
            throw BadFree(fmt::format("{}: free of {:#x}, which lies inside the allocation {:#x}+{:#x}", name_, address,
                                      base, bytes));
    }
    throw BadFree(fmt::format("{}: free of {:#x}, which is not allocated (freed twice?)", name_, address));
}

}  // namespace ahbm::runtime
