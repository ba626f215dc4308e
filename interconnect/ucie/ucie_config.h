// SPDX-License-Identifier: Apache-2.0
/// Configuration of UCIe ports, between cubes and between the IO chiplet and cubes.
#pragma once

#include "sim/config/check.h"
#include "sim/units.h"

namespace ahbm {

using namespace sim::literals;

struct UcieConfig {
    unsigned connections = 4;
    sim::Bandwidth connection_bandwidth = 128_GBps;
    sim::Time port_overhead = 8_ns;
    sim::Millimetres die_gap = 1.0_mm;

    template <class V>
    void fields(V& v) {
        v("connections", connections, "connections per port (specification)");
        v("connection_bandwidth", connection_bandwidth, "per connection and direction: x64 at 16 GT/s (specification)");
        v("port_overhead", port_overhead, "per port, so twice per crossing (specification)");
        v("die_gap", die_gap, "wire between the ports of two dies (assumption)");
    }

    void validate(config::Check& check) const {
        if (connections == 0 || connections > 64) check.fail("connections", "1 to 64 are expected");
        if (connection_bandwidth <= sim::Bandwidth{}) check.fail("connection_bandwidth", "must be positive");
        if (port_overhead < sim::Time{}) check.fail("port_overhead", "must not be negative");
        if (die_gap.value < 0) check.fail("die_gap", "must not be negative");
    }

    /// What the two ports of a crossing add to its wires.
    sim::Time crossing_overhead() const { return 2 * port_overhead; }
};

}  // namespace ahbm
