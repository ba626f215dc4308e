// SPDX-License-Identifier: Apache-2.0
/// What the handles of one tensor share: its addresses, its mappings and the transfers to and from it.
#pragma once

#include "sw_runtime/tensor/tensor.h"

#include <optional>

namespace ahbm::runtime {

class Tensor::Storage {
public:
    Storage(std::shared_ptr<Devices> devices, const Shape& shape, Dtype dtype, SipId sip, const TensorOptions& options);
    /// Removes the mappings; the addresses return to the pools when no PE can reach them any more.
    ~Storage();
    Storage(const Storage&) = delete;

    const Shape shape;
    const ElementFormat format;
    const std::string name;
    const SipId sip;

    const Allocation& allocation() const { return *allocation_; }
    std::uint64_t bytes() const { return shape.elements() * format.size(); }

    /// The only way values reach the host: waits for pending work, then reads part of the tensor's image. Takes the
    /// same time but gives nothing when values are not simulated.
    std::optional<std::vector<std::byte>> read(AddressRange part) const;
    /// Without values its bytes are not looked at.
    void write(const Array& source);
    /// Throws std::invalid_argument unless an array of this kind can be written.
    void check_source(const Shape& source, Dtype dtype) const;
    /// The shards that hold every element once.
    std::vector<ShardSpec> one_replica() const;
    const PlacedShard* shard_with(std::uint64_t row, std::uint64_t col) const;

private:
    std::vector<abi::Message> copies(abi::Opcode opcode, std::uint64_t host_address, AddressRange part) const;

    std::shared_ptr<Devices> devices_;
    std::shared_ptr<Allocation> allocation_;
};

}  // namespace ahbm::runtime
