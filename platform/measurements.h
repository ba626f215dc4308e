// SPDX-License-Identifier: Apache-2.0
/// What a finished run says about where its time went: read from the blocks, without changing them.
#pragma once

#include "platform/system.h"

#include <string>
#include <vector>

namespace ahbm {

/// Busy time of one kind of engine over the PEs that did anything.
struct EngineUse {
    std::string engine;
    sim::Time mean;
    sim::Time busiest;
};

struct PathUse {
    std::string access;
    std::string path;
    Fabric::Totals totals;
};

struct LinkUse {
    std::string port;
    Link::Stats stats;
};

struct Measurements {
    unsigned busy_pes = 0;
    std::vector<EngineUse> engines;
    std::vector<PathUse> paths;  ///< classes with traffic
    std::vector<LinkUse> busiest_links;
    std::vector<LinkUse> top_contenders;  ///< links that heads waited for longest
    std::uint64_t transactions = 0, hops = 0, flit_hops = 0, events = 0;
};

Measurements measure(System& system, std::size_t links = 5);

/// Blocks by kind: "router" -> 1024, ...
std::vector<std::pair<std::string, unsigned>> inventory(const PlatformConfig& config);

}  // namespace ahbm
