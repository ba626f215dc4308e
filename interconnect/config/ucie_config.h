// SPDX-License-Identifier: Apache-2.0
/// Configuration of UCIe ports, between cubes and between the IO chiplet and cubes.
#pragma once

#include "interconnect/config/hop_limits.h"
#include "sim/config/check.h"
#include "sim/config/codec.h"
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
        v("connections", connections, "connections per port (specification)", config::range(1, 64));
        v("connection_bandwidth", connection_bandwidth,
          "per connection and direction (specification; a UCIe x64 module at 16 GT/s, before coding)");
        v("port_overhead", port_overhead, "per port, so twice per crossing (specification)");
        v("die_gap", die_gap, "wire between the ports of two dies (assumption)");
    }

    void validate(config::Check& check) const {
        if (connections == 0 || connections > 64) check.fail("connections", "1 to 64 are expected");
        if (connection_bandwidth <= sim::Bandwidth{}) check.fail("connection_bandwidth", "must be positive");
        if (port_overhead < sim::Time{} || port_overhead > max_hop_overhead)
            check.fail("port_overhead", "0 to 1 ms expected");
        if (!(die_gap.value >= 0 && die_gap <= max_wire)) check.fail("die_gap", "0 to 1000 mm expected");
    }

    /// What the two ports of a crossing add to its wires.
    sim::Time crossing_overhead() const { return 2 * port_overhead; }
};

}  // namespace ahbm
