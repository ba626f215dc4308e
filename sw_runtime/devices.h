// SPDX-License-Identifier: Apache-2.0
/// What every context and tensor of one machine shares: the port, the pools, and per SIP its stream and its virtual
/// addresses. Virtual ranges are per SIP, so that ranks that do the same see the same addresses.
#pragma once

#include "sw_runtime/device_port.h"
#include "sw_runtime/launch/stream.h"
#include "sw_runtime/memory/pools.h"
#include "sw_runtime/memory/virtual_allocator.h"
#include "sw_runtime/placement/placement.h"

#include <memory>
#include <string_view>
#include <vector>

namespace ahbm::runtime {

class Devices;

/// A shard and where it lies.
struct PlacedShard {
    ShardSpec spec;
    PhysAddr memory;
};

/// The addresses of one tensor; they go back to the pools with it.
/// A shard's physical address equals its virtual one modulo a page: what is cut at pages stays whole HBM bursts.
class Allocation {
public:
    /// Throws OutOfMemory and keeps nothing.
    Allocation(const std::shared_ptr<Devices>& devices, const std::vector<ShardSpec>& shards, std::uint64_t bytes,
               std::string_view requester);
    ~Allocation();
    Allocation(const Allocation&) = delete;
    Allocation& operator=(const Allocation&) = delete;

    AddressRange range() const { return range_; }  ///< virtual
    const std::vector<PlacedShard>& shards() const { return shards_; }
    /// The addresses stay in use for good: a PE may still reach them.
    void abandon() { devices_.reset(); }

private:
    struct Block {
        PhysAddr address;
        std::uint64_t bytes;
    };
    void free();

    std::weak_ptr<Devices> devices_;
    SipId sip_;
    AddressRange range_;
    std::vector<PlacedShard> shards_;
    std::vector<Block> blocks_;
};

/// A range of host memory that the DMA engine reads or writes.
class HostBuffer {
public:
    HostBuffer(const std::shared_ptr<Devices>& devices, std::uint64_t bytes, std::string_view requester);
    ~HostBuffer();
    HostBuffer(const HostBuffer&) = delete;
    HostBuffer& operator=(const HostBuffer&) = delete;
    std::uint64_t address() const { return address_; }

private:
    std::weak_ptr<Devices> devices_;
    std::uint64_t address_;
};

class Devices {
public:
    explicit Devices(DevicePort& port);
    /// Those of the port, made if there are none yet.
    static std::shared_ptr<Devices> of(DevicePort& port);

    /// The port is still there. Without it there is nobody to free memory at; port() and stream() throw.
    bool open() const { return *open_; }
    DevicePort& port() const;
    Waiting& waiting() { return waiting_; }
    const Machine& machine() const { return port().machine(); }
    SipTopology topology() const { return {machine().memory.cubes, machine().memory.pes}; }
    DevicePools& pools() { return pools_; }
    Pool& host_memory() { return host_memory_; }
    /// Throw std::out_of_range for a SIP that is not there, std::logic_error when the session has ended.
    Stream& stream(SipId sip) { return *at(sip).stream; }
    VirtualAllocator& addresses(SipId sip) { return at(sip).addresses; }
    std::uint64_t next_tensor_number() { return tensors_++; }

private:
    struct Device {
        std::shared_ptr<Stream> stream;
        VirtualAllocator addresses;
    };
    Device& at(SipId sip);

    DevicePort& port_;
    std::shared_ptr<const bool> open_;
    Waiting waiting_;
    DevicePools pools_;
    Pool host_memory_;
    std::vector<Device> devices_;  ///< by SIP
    std::uint64_t tensors_ = 0;
};

}  // namespace ahbm::runtime
