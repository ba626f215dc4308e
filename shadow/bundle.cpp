// SPDX-License-Identifier: Apache-2.0
#include "shadow/bundle.h"

#include "shadow/value.h"

#include <fmt/format.h>

#include <iterator>
#include <stdexcept>
#include <utility>

namespace ahbm::shadow {

Bundle& Bundle::operator=(Bundle&& other) noexcept {
    slices_.clear();
    if (other.slices_.size() == 1) {  // nearly always, and cheaper than what a vector with memory inside does
        slices_.push_back(std::move(other.slices_.front()));
        other.slices_.clear();
    } else {
        slices_ = std::move(other.slices_);
    }
    size_ = std::exchange(other.size_, 0);
    return *this;
}

void Bundle::append(const ValueRef& value, std::uint64_t offset, std::uint64_t length) {
    if (length == 0) return;
    if (value && (offset > value->size() || length > value->size() - offset)) {
        throw std::out_of_range(fmt::format("bytes [{}..{}) of value #{}, which has {}", offset, offset + length,
                                            value->id(), value->size()));
    }
    if (extend(value, offset, length, 1, 0)) return;
    slices_.push_back({value, offset, length, 1, 0, size_});
    size_ += length;
}

void Bundle::append(const Bundle& other) { append(Bundle(other)); }

void Bundle::append(Bundle&& other) {
    for (Slice& slice : other.slices_) {
        if (extend(slice.value, slice.offset, slice.length, slice.count, slice.stride)) continue;
        slice.position = std::exchange(size_, size_ + slice.size());
        slices_.push_back(std::move(slice));
    }
    other.clear();
}

bool Bundle::extend(const ValueRef& value, std::uint64_t offset, std::uint64_t length, std::uint64_t count,
                    std::uint64_t stride) {
    if (slices_.empty()) return false;
    Slice& last = slices_.back();
    if (last.value != value) return false;
    if (!value || (last.count == 1 && count == 1 && offset == last.offset + last.length)) {
        last.length += length;
    } else {
        const std::uint64_t apart = last.count > 1 ? last.stride : count > 1 ? stride : offset - last.offset;
        if (length != last.length || (count > 1 && stride != apart) || offset <= last.offset ||
            offset != last.offset + last.count * apart)
            return false;
        last.stride = apart;
        last.count += count;
    }
    size_ += length * count;
    return true;
}

Bundle Bundle::part(std::uint64_t offset, std::uint64_t length) const {
    if (offset > size_ || length > size_ - offset) {
        throw std::out_of_range(fmt::format("bytes [{}..{}) of a bundle of {}", offset, offset + length, size_));
    }
    Bundle result;
    for_each(offset, length, [&](const ValueRef& value, std::uint64_t from, std::uint64_t, std::uint64_t count) {
        result.append(value, from, count);
    });
    return result;
}

Bundle Bundle::take() {
    Bundle taken;
    taken.slices_.assign(std::make_move_iterator(slices_.begin()), std::make_move_iterator(slices_.end()));
    taken.size_ = size_;
    clear();
    return taken;
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
        text += fmt::format("[{}..{})", slice.position, slice.position + slice.size());
    }
    return text.empty() ? "nothing" : text;
}

}  // namespace ahbm::shadow
