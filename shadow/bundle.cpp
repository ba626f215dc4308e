// SPDX-License-Identifier: Apache-2.0
#include "shadow/bundle.h"

#include "shadow/value.h"

#include <fmt/format.h>

#include <iterator>
#include <stdexcept>
#include <utility>

namespace ahbm::shadow {

void Bundle::append(Slice slice) {
    if (slice.length == 0) return;
    if (slice.value && (slice.offset > slice.value->size() || slice.length > slice.value->size() - slice.offset)) {
        throw std::out_of_range(fmt::format("bytes [{}..{}) of value #{}, which has {}", slice.offset,
                                            slice.offset + slice.length, slice.value->id(), slice.value->size()));
    }
    const std::uint64_t length = slice.length;
    if (!slices_.empty()) {
        Slice& last = slices_.back();
        if (last.value == slice.value && (!slice.value || last.offset + last.length == slice.offset)) {
            last.length += length;
            size_ += length;
            return;
        }
    }
    slice.position = size_;
    slices_.push_back(std::move(slice));
    size_ += length;
}

void Bundle::append(const Bundle& other) {
    if (&other == this) return append(Bundle(other));
    slices_.reserve(slices_.size() + other.slices_.size());
    for (const Slice& slice : other.slices_) append(slice);
}

Bundle Bundle::part(std::uint64_t offset, std::uint64_t length) const {
    if (offset > size_ || length > size_ - offset) {
        throw std::out_of_range(fmt::format("bytes [{}..{}) of a bundle of {}", offset, offset + length, size_));
    }
    Bundle result;
    for_each(offset, length, [&](const ValueRef& value, std::uint64_t from, std::uint64_t, std::uint64_t count) {
        result.append({value, from, count});
    });
    return result;
}

void Bundle::clear() {
    slices_.clear();
    size_ = 0;
}

std::optional<std::uint64_t> Bundle::first_gap() const {
    for (const Slice& slice : slices_) {
        if (!slice.value) return slice.position;
    }
    return std::nullopt;
}

Slices::const_iterator Bundle::find(std::uint64_t offset) const {
    const auto next = std::upper_bound(slices_.begin(), slices_.end(), offset,
                                       [](std::uint64_t at, const Slice& slice) { return at < slice.position; });
    return next == slices_.begin() ? next : std::prev(next);
}

std::string to_string(const Bundle& bundle) {
    constexpr std::size_t shown = 8;
    std::string text;
    for (const Slice& slice : bundle.slices()) {
        if (&slice - bundle.slices().data() == shown) {
            return text + fmt::format(" and {} more", bundle.slices().size() - shown);
        }
        if (!text.empty()) text += ' ';
        text += slice.value ? fmt::format("#{}", slice.value->id()) : "unwritten";
        text += fmt::format("[{}..{})", slice.position, slice.position + slice.length);
    }
    return text.empty() ? "nothing" : text;
}

}  // namespace ahbm::shadow
