// SPDX-License-Identifier: Apache-2.0
/// The hardware as the host runtime reaches it: descriptors out, completions in, host memory in between. The platform
/// implements it with its host block; tests implement it with a functional machine. Contexts and tensors that outlive
/// their port can be destroyed and nothing else: what else they are asked is an error that says so.
#pragma once

#include "firmware/abi/messages.h"
#include "interconnect/protocol/phys_addr.h"
#include "sim/units.h"
#include "sw_runtime/cube_hop.h"
#include "sw_runtime/memory/pools.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ahbm::runtime {

class Devices;

/// What is there. All SIPs are alike.
struct Machine {
    DeviceMemory memory;  ///< counts of SIPs, cubes and PEs, and the sizes of their memories
    std::uint32_t gemm_tile_m = 32, gemm_tile_k = 64, gemm_tile_n = 32;
    std::uint32_t max_tensors = 32;
    std::uint32_t max_scalars = 16;
    std::uint32_t io_columns = 0;  ///< of cubes that face the IO chiplet north of them, from the west; 0: all
    /// Who neighbours whom: cubes of a SIP, SIPs (row by row). 0: not said, one row.
    std::uint32_t cube_mesh_w = 0, cube_mesh_h = 0;
    std::uint32_t sip_grid_w = 0, sip_grid_h = 0;
    bool sip_grid_wraps = true;
    CubeHop cube_hop;
};

class DevicePort {
public:
    DevicePort() = default;
    DevicePort(const DevicePort&) = delete;
    virtual ~DevicePort() { close(); }

    /// What all contexts on this port share, so that no two of them hand out the same memory; made by the first one.
    std::shared_ptr<Devices> shared;
    /// False as soon as the port goes.
    std::shared_ptr<const bool> open() const { return open_; }

    virtual const Machine& machine() const = 0;
    virtual sim::Time now() const = 0;
    /// False when values are not simulated: host reads then have nothing to give.
    virtual bool has_data() const = 0;

    /// Host memory as the host's DMA engine sees it; takes no simulated time. Reading needs has_data().
    virtual void write_host(std::uint64_t address, std::vector<std::byte> bytes) = 0;
    virtual std::vector<std::byte> read_host(std::uint64_t address, std::uint64_t bytes) = 0;

    /// Hands an encoded request to the hardware and returns: memory copies to the host's DMA engine, everything else
    /// to the mailbox of header.sip's IO_CPU, in order. The port fills in the completion address and the cookie. `done`
    /// is called once, when the completion has reached the host, never from inside submit(); it does not wait, but may
    /// submit.
    using Done = std::function<void(const abi::Completion&)>;
    virtual void submit(abi::Message request, Done done) = 0;
    /// Tells a SIP to give up the launches it works on: they end with Status::cancelled, those that wait for each other
    /// too.
    virtual void abort_launches(SipId sip) = 0;
    /// Blocks the calling thread of simulation until some request completes, after its `done` was called, or somebody
    /// calls wake(). Several threads may wait at once; all of them wake. Who waits for a condition waits in a loop.
    virtual void wait() = 0;
    virtual void wake() = 0;
    /// Runs the functions side by side as threads of simulation, started in order, each until it waits; returns when
    /// all have ended. No exception may leave a function.
    virtual void spawn(std::vector<std::function<void()>> functions) = 0;

    /// Something a user should know that is no error.
    virtual void warn(const std::string& text) = 0;
    /// Who can say what the host program waits for, should nothing come back; empty: nobody. Asked when a hang is told.
    virtual void set_explainer(std::function<std::string()> explain) = 0;

    /// Freed device memory: what it held can no longer be read.
    virtual void forget(PhysAddr address, std::uint64_t bytes) = 0;

protected:
    /// For the destructors of ports whose own members the calls above need.
    void close() { *open_ = false; }

private:
    std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
};

}  // namespace ahbm::runtime
