// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ahbm::tl {

/// Bytes that know which of them have been written. Costs memory up to the last one that has.
class TrackedBytes {
public:
    explicit TrackedBytes(std::uint64_t size) : size_(size) {}
    std::uint64_t size() const { return size_; }
    bool holds(std::uint64_t offset, std::uint64_t length) const { return length <= size_ && offset <= size_ - length; }
    void write(std::uint64_t offset, std::span<const std::byte> bytes);
    /// Appends; returns the offset of the first byte nobody has written, if any.
    std::optional<std::uint64_t> read(std::uint64_t offset, std::uint64_t length, std::vector<std::byte>& into) const;
    /// Forgets everything.
    void clear();

private:
    std::uint64_t size_;
    std::vector<std::byte> bytes_;
    std::vector<std::uint8_t> written_;
};

}  // namespace ahbm::tl
