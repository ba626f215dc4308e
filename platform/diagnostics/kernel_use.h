// SPDX-License-Identifier: Apache-2.0
/// What kernels used while they ran, apart from everything else: how long they took on each PE and what its engines
/// did meanwhile, their transactions, and the links and HBM channels that served them or made them wait. Looks on in
/// every run, with bounded memory and no effect on it.
#pragma once

#include "platform/diagnostics/traffic_class.h"
#include "platform/system.h"
#include "sim/interval_union.h"

#include <deque>

namespace ahbm {

class KernelUse final : private FabricObserver {
public:
    /// Attaches to all blocks; before the run.
    explicit KernelUse(System& system);
    ~KernelUse() override;
    KernelUse(const KernelUse&) = delete;

    static constexpr std::size_t kEngines = 6;
    static constexpr std::array<const char*, kEngines> kEngineNames{"DMA read", "DMA write", "FETCH",
                                                                    "STORE",    "GEMM",      "MATH"};
    using Busy = std::array<sim::Time, kEngines>;

    struct PeUse {
        sim::Time ran;     ///< kernels, until what they had started was done
        sim::Time waited;  ///< of it, for a tile, a credit or, at a fence, its stores
        Busy busy{};       ///< of it, each engine
        unsigned kernels = 0;
    };
    /// In the order of the system.
    std::vector<PeUse> pes() const;

    /// Of a link, a port of a TCM, or an HBM slice: then busy is that of its busiest pseudo-channel.
    struct Resource {
        std::string name;
        std::uint64_t packets = 0;
        sim::Time busy, waited;  ///< by, and in sum for, packets of kernels
    };
    /// Those that kernels used, in the order of construction.
    std::vector<Resource> links() const;
    std::vector<Resource> hbms() const;
    std::vector<Resource> tcm_ports() const;

    const Fabric::Totals& totals(TrafficClass traffic) const { return totals_[traffic.index()]; }
    /// Time in which a kernel ran on some PE, or what it had started was still under way.
    sim::Time ran() const { return ran_; }

private:
    class PeWatch;
    void served(const Packet&, sim::Time, sim::Time) override {}
    void completed(const Packet& packet, PathClass path, sim::Time end) override;
    void kernels_run(int change);
    /// Kernels ran, or what they had started was under way, from `from` to `until`.
    void extend(sim::Time from, sim::Time until);

    System& system_;
    std::deque<PeWatch> pes_;
    std::array<Fabric::Totals, TrafficClass::count> totals_{};
    unsigned running_ = 0;
    sim::Time counted_, ran_;  ///< up to when; the sum
};

}  // namespace ahbm
