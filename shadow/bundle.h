// SPDX-License-Identifier: Apache-2.0
/// References to bytes of values: what travels where a real machine would move the bytes themselves.
/// Non-goal: knowing where the bytes lie (shadow/memory.h).
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::shadow {

class Value;
// In shadow/value.h.
inline void intrusive_ptr_add_ref(Value* value);
inline void intrusive_ptr_release(Value* value);
/// Shared ownership: a value lives while a memory, a slice or a later operation can reach it. For the simulation's
/// thread alone: counting is plain arithmetic, since every transfer counts and the bytes' line is seldom cached.
using ValueRef = boost::intrusive_ptr<Value>;

/// Runs of bytes of one value, all of one length, `stride` apart: the rows of a tile of a matrix. A null value stands
/// for bytes nobody has written, and is one run.
struct Slice {
    ValueRef value;
    std::uint64_t offset = 0;  ///< first byte within the value
    std::uint64_t length = 0;  ///< of a run
    std::uint64_t count = 1;
    std::uint64_t stride = 0;
    std::uint64_t position = 0;  ///< first byte within the bundle; kept by the bundle
    std::uint64_t size() const { return length * count; }
};

/// Most bundles are one slice: it costs no allocation.
using Slices = boost::container::small_vector<Slice, 1>;

/// Bytes picked up somewhere and on their way: an ordered list of slices that covers [0, size()). Transfers copy
/// slices, never bytes, so a copy of a copy still refers to the value its first producer made.
class Bundle {
public:
    Bundle() = default;
    ~Bundle() = default;
    Bundle(const Bundle&) = default;
    Bundle& operator=(const Bundle&) = default;
    /// What is moved from is empty.
    Bundle(Bundle&& other) noexcept { *this = std::move(other); }
    Bundle& operator=(Bundle&& other) noexcept;
    /// Appends bytes [offset, offset + length) of a value; what continues the last slice is merged with it.
    /// Throws std::out_of_range when it reaches beyond the value.
    void append(const ValueRef& value, std::uint64_t offset, std::uint64_t length);
    void append(const Bundle& other);
    void append(Bundle&& other);
    /// The part [offset, offset + length); throws std::out_of_range when there is less.
    Bundle part(std::uint64_t offset, std::uint64_t length) const;
    std::uint64_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    /// Empties the bundle and returns what it held, in memory of just that size; its own is kept for what comes next.
    Bundle take();
    void clear();
    const Slices& slices() const { return slices_; }
    /// Offset of the first byte that nobody has written, if any.
    std::optional<std::uint64_t> first_gap() const;

    /// Calls visit(value, offset in value, position in bundle, length) for the pieces of [offset, offset + length).
    template <class Visit>
    void for_each(std::uint64_t offset, std::uint64_t length, Visit visit) const {
        const std::uint64_t end = offset + length;
        for (auto slice = slices_.size() == 1 ? slices_.begin() : find(offset);
             slice != slices_.end() && slice->position < end; ++slice) {
            const std::uint64_t last = std::min(end, slice->position + slice->size());
            for (std::uint64_t at = std::max(offset, slice->position); at < last;) {
                const std::uint64_t run = slice->count == 1 ? 0 : (at - slice->position) / slice->length;
                const std::uint64_t inside = at - slice->position - run * slice->length;
                const std::uint64_t n = std::min(last - at, slice->length - inside);
                visit(slice->value, slice->offset + run * slice->stride + inside, at, n);
                at += n;
            }
        }
    }

private:
    /// Makes the last slice larger if these runs continue it: no reference changes hands.
    bool extend(const ValueRef& value, std::uint64_t offset, std::uint64_t length, std::uint64_t count,
                std::uint64_t stride);
    /// The slice that holds the byte at `offset`.
    Slices::const_iterator find(std::uint64_t offset) const;

    Slices slices_;
    std::uint64_t size_ = 0;
};
/// "#12[0..2048) unwritten[2048..4096)": value ids and byte ranges within the bundle; long lists are cut.
std::string to_string(const Bundle& bundle);

}  // namespace ahbm::shadow
