// SPDX-License-Identifier: Apache-2.0
/// The hardware as the host runtime reaches it: descriptors out, completions in, host memory in between. The platform
/// implements it with its host block; tests implement it with a functional machine.
#pragma once

#include "firmware/abi/messages.h"
#include "interconnect/protocol/phys_addr.h"
#include "sim/units.h"
#include "sw_runtime/memory/pools.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ahbm::runtime {

/// What is there. All SIPs are alike.
struct Machine {
    DeviceMemory memory;          ///< counts of SIPs, cubes and PEs, and the sizes of their memories
    std::uint32_t gemm_tile_m = 32, gemm_tile_k = 64, gemm_tile_n = 32;
    std::uint32_t max_tensors = 32;
    std::uint32_t max_scalars = 16;
};

class DevicePort {
public:
    virtual ~DevicePort() = default;

    virtual const Machine& machine() const = 0;
    virtual sim::Time now() const = 0;
    /// False when values are not simulated: host reads then have nothing to give.
    virtual bool has_data() const = 0;

    /// Host memory as the host's DMA engine sees it; takes no simulated time. Reading needs has_data().
    virtual void write_host(std::uint64_t address, std::vector<std::byte> bytes) = 0;
    virtual std::vector<std::byte> read_host(std::uint64_t address, std::uint64_t bytes) = 0;

    /// Hands an encoded request to the hardware and returns: memory copies to the host's DMA engine, everything else
    /// to the mailbox of header.sip's IO_CPU. The port fills in the completion address. Returns a ticket.
    virtual std::uint64_t submit(abi::Message request) = 0;
    virtual bool done(std::uint64_t ticket) const = 0;
    /// Blocks the calling thread of simulation until the request is complete; each ticket is waited for once.
    virtual abi::Completion wait(std::uint64_t ticket) = 0;

    /// Freed device memory: what it held can no longer be read.
    virtual void forget(PhysAddr address, std::uint64_t bytes) = 0;
};

}  // namespace ahbm::runtime
