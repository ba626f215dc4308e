// SPDX-License-Identifier: Apache-2.0
/// Values of the data shadow: immutable bytes, or the promise of them.
#pragma once

#include "shadow/operation.h"
#include "sim/units.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace ahbm::shadow {

class Value;
/// Shared ownership: a value lives while a memory, a slice or a later operation can reach it.
using ValueRef = std::shared_ptr<Value>;

/// A run of bytes of one value. A null value stands for bytes nobody has written.
struct Slice {
    ValueRef value;
    std::uint64_t offset = 0;  ///< first byte within the value
    std::uint64_t length = 0;
};

/// Bytes picked up somewhere and on their way: an ordered list of slices that covers [0, size()). Transfers copy
/// slices, never bytes, so a copy of a copy still refers to the value its first producer made.
class Bundle {
public:
    /// Appends; runs that continue the last slice are merged with it.
    void append(Slice slice);
    void append(const Bundle& other);
    /// The part [offset, offset + length).
    Bundle part(std::uint64_t offset, std::uint64_t length) const;
    std::uint64_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    void clear();
    const std::vector<Slice>& slices() const { return slices_; }
    /// Offset of the first byte that nobody has written, if any.
    std::optional<std::uint64_t> first_gap() const;

private:
    std::vector<Slice> slices_;
    std::uint64_t size_ = 0;
};

}  // namespace ahbm::shadow
