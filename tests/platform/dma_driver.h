// SPDX-License-Identifier: Apache-2.0
/// Transfers on a whole platform, below the runtime: points PEs' DMAs at any physical address with descriptors of its
/// own and says how long they took. To be used inside Session::run.
#pragma once

#include "platform/system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ahbm::test {

/// One PE moves bytes between its TCM and a place.
struct Flow {
    PeCoord pe;
    PhysAddr place;
    std::uint32_t bytes;
};

/// The host's DMA copies between its memory and a place.
inline abi::Message host_copy(abi::Opcode direction, std::uint64_t host_address, PhysAddr place, std::uint64_t bytes) {
    abi::MemoryCopy copy;
    copy.header.opcode = direction;
    copy.transfer = {host_address, place.raw(), bytes};
    return abi::encode(copy);
}

class DmaDriver {
public:
    explicit DmaDriver(System& system) : system_(system) {}

    abi::Completion request(const abi::Message& message) {
        const std::uint64_t cookie = next_cookie_++;
        system_.host().submit(message, cookie);
        return system_.host().wait_for(cookie);
    }

    /// Maps each flow's place and launches `kernel` on the PEs of all of them (of one SIP) at once.
    abi::Completion launch(const std::string& kernel, const std::vector<Flow>& flows,
                           std::vector<double> scalars = {}) {
        abi::MmuMap map;
        abi::MmuUnmap unmap;
        abi::KernelLaunch launch;
        launch.kernel = kernel;
        launch.scalars = std::move(scalars);
        launch.header.sip = static_cast<std::uint16_t>(flows.front().pe.sip.value);
        abi::TensorDescriptor tensor{.type = abi::ElementType::i8, .rank = 2, .dims = {1, 0, 0, 0}};
        for (const Flow& flow : flows) {
            const auto cube = static_cast<std::uint16_t>(flow.pe.cube.value),
                       pe = static_cast<std::uint16_t>(flow.pe.pe.value);
            const auto cube_bit = static_cast<std::uint16_t>(1u << cube), pe_bit = static_cast<std::uint16_t>(1u << pe);
            launch.header.cube_mask |= cube_bit;
            launch.header.pe_mask |= pe_bit;
            const std::uint64_t at = next_address_;
            next_address_ += (std::uint64_t{flow.bytes} + 8191) / 4096 * 4096;
            map.entries.push_back({at, flow.place.raw(), flow.bytes, cube_bit, pe_bit, 0});
            unmap.entries.push_back({at, flow.bytes, cube_bit, pe_bit, 0});
            launch.sections.push_back({cube, pe, {{at, 1, flow.bytes, 0, 0}}});
            tensor.dims[1] = std::max(tensor.dims[1], flow.bytes);
            tensor.bytes = std::max<std::uint64_t>(tensor.bytes, flow.bytes);
        }
        tensor.base = map.entries.front().virtual_address;
        launch.tensors = {tensor};
        map.header = unmap.header = launch.header;
        EXPECT_EQ(request(abi::encode(map)).status, abi::Status::ok);
        settle();
        const abi::Completion answer = request(abi::encode(launch));
        settle();
        EXPECT_EQ(request(abi::encode(unmap)).status, abi::Status::ok);
        return answer;
    }

    /// Time of each flow, from its PE_DMA getting the job to its end.
    std::vector<sim::Time> load(const std::vector<Flow>& flows) { return times(launch("dma_load", flows), 1); }
    /// The same, to the acknowledgement of the last byte.
    std::vector<sim::Time> store(const std::vector<Flow>& flows) { return times(launch("dma_store", flows, {1.0}), 2); }
    sim::Time load(const Flow& flow) { return load(std::vector{flow}).front(); }
    sim::Time store(const Flow& flow) { return store(std::vector{flow}).front(); }

    /// Time of one copy by the host's DMA, to its completion.
    sim::Time host_copy(abi::Opcode direction, PhysAddr place, std::uint32_t bytes, std::uint64_t host_address = 4096) {
        settle();
        const sim::Time start = system_.wheel().now();
        EXPECT_EQ(request(test::host_copy(direction, host_address, place, bytes)).status, abi::Status::ok);
        return system_.wheel().now() - start;
    }
    sim::Time host_read(PhysAddr place, std::uint32_t bytes) {
        return host_copy(abi::Opcode::memory_read, place, bytes);
    }
    sim::Time host_write(PhysAddr place, std::uint32_t bytes) {
        return host_copy(abi::Opcode::memory_write, place, bytes);
    }

    PhysAddr hbm(PeCoord at, std::uint64_t offset = 0) const {
        return PhysAddr::pe_hbm(at, system_.config().sip.cube.hbm.slice, offset);
    }
    /// Lets everything get off the links.
    static void settle() { sc_core::wait(sc_core::sc_time(2, sc_core::SC_US)); }

private:
    /// Around a transfer the kernel pays one call, and the scheduler dispatches each of its commands.
    std::vector<sim::Time> times(const abi::Completion& answer, int commands) const {
        EXPECT_EQ(answer.status, abi::Status::ok) << answer.text;
        const PeConfig& pe = system_.config().sip.cube.pe;
        const sim::Time around = pe.cpu.clock.time_for(pe.cpu.dispatch_cycles) + commands * pe.scheduler.overhead;
        std::vector<sim::Time> result;
        for (const abi::PeSpan& span : answer.spans)
            result.push_back(
                sim::Time::ps(static_cast<std::int64_t>(span.exec_end_ps - span.fence_ps - span.exec_start_ps)) -
                around);
        return result;
    }

    System& system_;
    std::uint64_t next_cookie_ = 1;
    std::uint64_t next_address_ = 0x7000'0000'0000;  ///< virtual; far from where tensors are
};

}  // namespace ahbm::test
