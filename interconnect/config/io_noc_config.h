// SPDX-License-Identifier: Apache-2.0
/// Configuration of the IO chiplet's NoC and of its PHYs. PHY p faces the north port of cube p.
#pragma once

#include "interconnect/config/hop_limits.h"
#include "sim/config/check.h"
#include "sim/config/codec.h"
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
        v("phys", phys, "UCIe PHYs; those without a cube to face stay unconnected (specification)",
          config::range(1, 16));
        v("overhead", overhead, "switching time (specification)");
        v("link_bandwidth", link_bandwidth, "per direction: pcie_ep, io_cpu (assumption: one UCIe side)");
        v("phy_distance", phy_distance, "from a PHY connection (assumption)");
        v("block_distance", block_distance, "from pcie_ep or io_cpu (assumption)");
    }

    void validate(config::Check& check) const {
        if (phys == 0 || phys > 16) check.fail("phys", "1 to 16 are expected: one for each cube that it may face");
        if (overhead < sim::Time{} || overhead > max_hop_overhead) check.fail("overhead", "0 to 1 ms expected");
        if (link_bandwidth <= sim::Bandwidth{}) check.fail("link_bandwidth", "must be positive");
        if (!(phy_distance.value >= 0 && phy_distance <= max_wire)) check.fail("phy_distance", "0 to 1000 mm expected");
        if (!(block_distance.value >= 0 && block_distance <= max_wire))
            check.fail("block_distance", "0 to 1000 mm expected");
    }
};

}  // namespace ahbm
