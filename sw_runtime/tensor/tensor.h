// SPDX-License-Identifier: Apache-2.0
/// A tensor in the memory of one SIP: one contiguous virtual range over physical shards. Made by a Context. A handle:
/// copies share the tensor, whose memory and mappings go back with the last of them.
///
/// Host-observable reads (to_host, at, slice, to_string, being the source of copy_) are barriers: they wait for the
/// work pending on the tensor's device. Metadata is not, and neither is being the target of copy_. All reads go through
/// one function (Storage::read), so this set is closed.
#pragma once

#include "sw_runtime/devices.h"
#include "sw_runtime/tensor/array.h"
#include "sw_runtime/tensor/image.h"

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace ahbm::runtime {

struct TensorOptions {
    DPPolicy policy;
    Layout layout;     ///< of each shard; default dense
    std::string name;  ///< default "tensor7"
};

/// Rows or columns [first, first + count).
struct Range {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

class Tensor {
public:
    Tensor() = default;

    const Shape& shape() const;
    Dtype dtype() const;
    const std::string& name() const;
    const Layout& layout() const;
    SipId sip() const;
    AddressRange virtual_range() const;
    const std::vector<PlacedShard>& shards() const;
    explicit operator bool() const { return storage_ != nullptr; }

    // Host-observable reads. When values are not simulated they take the same time and throw DeviceError; to_string
    // and copy_ do without values.
    Array to_host() const;
    /// One element, by row and column (leading dimensions fold into rows).
    double at(std::uint64_t row, std::uint64_t col) const;
    /// A part that lies within one shard; throws std::invalid_argument otherwise, and says to use copy_. What is read
    /// are the whole rows (of tiles, in a blocked layout) that the part lies in.
    Array slice(Range rows, Range cols) const;
    /// "a (4, 6) f16: min 0, max 23, mean 11.5", or "a (4, 6) f16: values not simulated".
    std::string to_string() const;

    /// Takes the values as they are now, enqueues the transfer and returns. Throws std::invalid_argument when shape or
    /// type differ.
    void copy_(const Array& source);
    /// By way of the host; policy, layout and SIP may differ.
    void copy_(const Tensor& source);

private:
    friend class Context;
    class Storage;
    explicit Tensor(std::shared_ptr<Storage> storage) : storage_(std::move(storage)) {}
    Storage& storage() const;
    /// Empty when values are not simulated.
    Array gather() const;

    std::shared_ptr<Storage> storage_;
};

/// Prints to_string(): a host-observable read.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

}  // namespace ahbm::runtime
