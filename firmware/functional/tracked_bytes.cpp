// SPDX-License-Identifier: Apache-2.0
#include "firmware/functional/tracked_bytes.h"

#include <algorithm>

namespace ahbm::tl {

void TrackedBytes::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (offset + bytes.size() > bytes_.size()) {
        bytes_.resize(offset + bytes.size());
        written_.resize(offset + bytes.size());
    }
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    std::fill_n(written_.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(), std::uint8_t{1});
}

std::optional<std::uint64_t> TrackedBytes::read(std::uint64_t offset, std::uint64_t length,
                                                std::vector<std::byte>& into) const {
    for (std::uint64_t i = offset; i < offset + length; ++i)
        if (i >= written_.size() || written_[i] == 0) return i;
    const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(offset);
    into.insert(into.end(), first, first + static_cast<std::ptrdiff_t>(length));
    return std::nullopt;
}

void TrackedBytes::clear() { std::fill(written_.begin(), written_.end(), std::uint8_t{0}); }

}  // namespace ahbm::tl
