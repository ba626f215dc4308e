// SPDX-License-Identifier: Apache-2.0
#include "firmware/io_cpu/launch_barrier.h"

#include "firmware/abi/mailboxes.h"

#include <algorithm>
#include <bit>

namespace ahbm::firmware {

namespace {

/// Writes that one CPU issues back to back: the CPU takes its time for each, and the fabric may be slower than the CPU.
class WriteTrain {
public:
    WriteTrain(sim::Time begin, sim::Time issue_cost) : issued_(begin), issue_cost_(issue_cost) {}

    sim::Time next_arrival(const WriteTiming& timing) {
        issued_ += issue_cost_;
        const sim::Time departure = std::max(issued_, way_free_);
        way_free_ = departure + timing.occupancy;
        return departure + timing.latency;
    }

private:
    sim::Time issued_;
    sim::Time issue_cost_;
    sim::Time way_free_;
};

}  // namespace

sim::Time longest_dispatch(const Hal& hal, const FirmwareConfig& config, const abi::KernelLaunch& launch,
                           const Targets& targets) {
    const SipId sip = hal.identity().sip;
    const auto message_bytes = [&](int sections) {
        return abi::launch_bytes(launch.scalars.size(), launch.tensors.size(), static_cast<std::size_t>(sections));
    };
    sim::Time longest;
    WriteTrain to_cubes(sim::Time(), config.issue_cost);
    for (std::uint32_t cube = 0; cube < targets.size(); ++cube) {
        if (targets[cube] == 0) continue;
        const std::uint64_t m_cpu = abi::m_cpu_mailbox(sip, CubeId(cube));
        const Hal::Leg first{abi::io_cpu_mailbox(sip), m_cpu, message_bytes(std::popcount(targets[cube]))};
        const sim::Time at_m_cpu = to_cubes.next_arrival(hal.write_timing(first));

        WriteTrain to_pes(at_m_cpu + config.m_cpu_overhead, config.issue_cost);
        for (std::uint32_t pe = 0; pe < 16; ++pe) {
            if (((targets[cube] >> pe) & 1) == 0) continue;
            const Hal::Leg second{m_cpu, abi::pe_cpu_mailbox({sip, CubeId(cube), PeId(pe)}), message_bytes(1)};
            longest = std::max(longest, to_pes.next_arrival(hal.write_timing(second)) + config.pe_cpu_overhead);
        }
    }
    return longest;
}

}  // namespace ahbm::firmware
