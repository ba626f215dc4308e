// SPDX-License-Identifier: Apache-2.0
/// One SIP's CPUs, each running its real program, joined by in-memory mailboxes with latencies: enough of a machine to
/// test firmware without SystemC. Programs are threads that hand control to each other, one at a time and in the order
/// of simulated time, so every run is the same.
#pragma once

#include "firmware/abi/mailboxes.h"
#include "firmware/abi/mmu_registers.h"
#include "firmware/config.h"
#include "firmware/gather.h"
#include "firmware/tl/backend.h"

#include <functional>
#include <map>
#include <memory>
#include <semaphore>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::firmware {

class Cpu;

class Machine {
public:
    Machine(unsigned cubes, unsigned pes, const FirmwareConfig& config = {});
    ~Machine();

    /// The host writes a message to IO_CPU's mailbox; it arrives at `at`.
    void host_sends(abi::Message message, sim::Time at = {});
    /// Until nothing moves any more.
    void run();

    struct HostMail {
        sim::Time at;
        abi::Completion completion;
    };
    std::vector<HostMail> host;  ///< what was written to the host aperture, in order

    using Kernel = std::function<KernelOutcome(PeHal&, const tl::KernelArgs&)>;
    std::map<std::string, Kernel> kernels;

    sim::Time ps_per_byte = sim::Time::ps(4);                  ///< of the link every message of a sender shares
    std::map<std::uint64_t, sim::Time> hidden_delay;           ///< by destination: other traffic
    std::map<std::uint64_t, unsigned> delivered;               ///< messages by destination
    std::map<PeCoord, sim::Time> ready;                        ///< when PE_CPU first looked for the kernel
    std::map<PeCoord, std::vector<abi::MmuCommand>> mmu;       ///< commands by PE
    std::uint64_t mmu_refuses = 0;                             ///< virtual address whose mapping is refused
    std::set<PeCoord> unknown_on;                              ///< PEs that know no kernel
    std::set<std::uint64_t> aborted;                           ///< launches
    static constexpr sim::Time kSignal = sim::Time::ps(7000);  ///< latency of each wire of the launch barrier

    const Dropped& io_cpu_dropped() const;
    std::uint64_t dropped() const;  ///< of all CPUs

private:
    friend class Cpu;
    void at(sim::Time time, std::function<void()> action);
    void resume(Cpu& cpu);
    void deliver(std::uint64_t address, abi::Message message);
    struct Launch {
        unsigned missing = 0;
        bool aborted = false;
        std::vector<Cpu*> waiting;
    };
    void ready_for(std::uint64_t launch_id, Cpu& cpu);
    void abort(std::uint64_t launch_id);

    const unsigned cubes_;
    const unsigned pes_;
    sim::Time now_;
    std::uint64_t next_sequence_ = 0;
    std::map<std::pair<sim::Time, std::uint64_t>, std::function<void()>> events_;
    std::binary_semaphore scheduler_{0};
    bool shutdown_ = false;
    std::vector<std::unique_ptr<Cpu>> cpus_;
    std::map<std::uint64_t, Cpu*> mailboxes_;
    std::map<std::uint64_t, Launch> launches_;
};

/// A launch of `kernel` on every PE of `cubes` x `pes`, without tensors.
abi::KernelLaunch launch_everywhere(const std::string& kernel, unsigned cubes, unsigned pes);

}  // namespace ahbm::firmware
