// SPDX-License-Identifier: Apache-2.0
/// What a finished run says about where its time went: read from the blocks and from who looked on, without changing
/// anything. Engines, links and HBM slices are those of kernels, in the time in which kernels ran.
#pragma once

#include "platform/diagnostics/kernel_use.h"
#include "platform/system.h"

#include <string>
#include <vector>

namespace ahbm {

/// Busy time of one kind of engine over the PEs that ran kernels.
struct EngineUse {
    std::string engine;
    sim::Time mean;
    sim::Time busiest;
    sim::Time busiest_ran;  ///< kernels on that PE
    sim::Time sum;          ///< over all PEs
};

/// Kernels on PEs: until what they had started was done.
struct KernelTime {
    unsigned kernels = 0;                  ///< run by PEs: PEs x launches
    sim::Time any;                         ///< some PE ran one
    sim::Time mean, longest;               ///< of the PEs that did
    sim::Time mean_waited;                 ///< of it, for a tile, a credit or its stores
    sim::Time longest_waited, waiter_ran;  ///< by the PE that waited longest; its kernels
};

struct PathUse {
    TrafficClass traffic;
    Fabric::Totals totals;
};

struct LinkUse {
    std::string port;
    Link::Stats stats;
};

struct Measurements {
    unsigned pes = 0, busy_pes = 0;  ///< all; those that ran kernels
    KernelTime kernels;
    std::vector<EngineUse> engines;
    std::vector<PathUse> paths;  ///< classes with traffic, of kernels first
    std::vector<LinkUse> busiest_links;
    std::vector<LinkUse> top_contenders;  ///< links that heads waited for longest, whatever they were for
    std::vector<KernelUse::Resource> kernel_busiest,
        kernel_contenders;  ///< links, TCM ports, HBM slices; for kernels only
    std::uint64_t transactions = 0, hops = 0, flit_hops = 0, events = 0;
};

Measurements measure(System& system, const KernelUse& kernels, std::size_t links = 5);

/// Blocks by kind: "router" -> 1024, ...
std::vector<std::pair<std::string, unsigned>> inventory(const PlatformConfig& config);

}  // namespace ahbm
