// SPDX-License-Identifier: Apache-2.0
/// Configuration of the IO chiplet's NoC and of its PHYs. PHY p faces the north port of cube p.
#pragma once

#include "sim/config/check.h"
#include "sim/units.h"

namespace ahbm {

using namespace sim::literals;

struct IoNocConfig {
    unsigned phys = 4;
    sim::Time overhead = 0_ns;
    sim::Bandwidth link_bandwidth = 512_GBps;
    sim::Millimetres phy_distance = 3.0_mm;
    sim::Millimetres block_distance = 3.0_mm;

    template <class V>
    void fields(V& v) {
        v("phys", phys, "UCIe PHYs; those without a cube to face stay unconnected (specification)");
        v("overhead", overhead, "switching time (specification)");
        v("link_bandwidth", link_bandwidth, "per direction: pcie_ep, io_cpu (assumption: one UCIe side)");
        v("phy_distance", phy_distance, "from a PHY connection (assumption)");
        v("block_distance", block_distance, "from pcie_ep or io_cpu (assumption)");
    }

    void validate(config::Check& check) const {
        if (phys == 0 || phys > 16) check.fail("phys", "1 to 16 are expected: one for each cube that it may face");
        if (overhead < sim::Time{}) check.fail("overhead", "must not be negative");
        if (link_bandwidth <= sim::Bandwidth{}) check.fail("link_bandwidth", "must be positive");
        if (phy_distance.value < 0) check.fail("phy_distance", "must not be negative");
        if (block_distance.value < 0) check.fail("block_distance", "must not be negative");
    }
};

}  // namespace ahbm
