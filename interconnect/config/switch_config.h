// SPDX-License-Identifier: Apache-2.0
/// Configuration of what joins host and SIPs: the switch, and who neighbours whom.
#pragma once

#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ahbm {

using namespace sim::literals;

struct SwitchConfig {
    sim::Time overhead = 5_ns;
    sim::Bandwidth link_bandwidth = 64_GBps;
    sim::Time link_delay = 0_ns;

    template <class V>
    void fields(V& v) {
        v("overhead", overhead, "switching time (specification)");
        v("link_bandwidth", link_bandwidth,
          "per PCIe link and direction (assumption: PCIe 5.0 x16, 32 GT/s per lane, before coding)");
        v("link_delay", link_delay, "propagation of a PCIe link (assumption: part of the overheads at its ends)");
    }

    void validate(config::Check& check) const {
        if (overhead < sim::Time{}) check.fail("overhead", "must not be negative");
        if (link_bandwidth <= sim::Bandwidth{}) check.fail("link_bandwidth", "must be positive");
        if (link_delay < sim::Time{}) check.fail("link_delay", "must not be negative");
    }
};

enum class SipTopology : std::uint8_t { ring_1d, torus_2d, mesh_2d_no_wrap };
enum class SipFabric : std::uint8_t { via_switch, direct };

inline std::span<const std::pair<std::string_view, SipTopology>> enum_names(SipTopology) {
    static constexpr std::pair<std::string_view, SipTopology> names[] = {
        {"ring_1d", SipTopology::ring_1d},
        {"torus_2d", SipTopology::torus_2d},
        {"mesh_2d_no_wrap", SipTopology::mesh_2d_no_wrap},
    };
    return names;
}

inline std::span<const std::pair<std::string_view, SipFabric>> enum_names(SipFabric) {
    static constexpr std::pair<std::string_view, SipFabric> names[] = {
        {"switch", SipFabric::via_switch},
        {"direct", SipFabric::direct},
    };
    return names;
}

struct SipsConfig {
    unsigned count = 2;
    SipTopology topology = SipTopology::ring_1d;
    unsigned w = 0;
    unsigned h = 0;
    SipFabric fabric = SipFabric::via_switch;

    template <class V>
    void fields(V& v) {
        v("count", count, "SIPs of the system, 1..16 (specification)", config::range(1, 16));
        v("topology", topology, "who neighbours whom for collectives (specification)");
        v("w", w, "SIPs per row of a 2-D topology; with h left out: square (specification)", config::range(0, 16));
        v("h", h, "rows of SIPs of a 2-D topology (specification)", config::range(0, 16));
        v("fabric", fabric,
          "switch: all SIP-to-SIP traffic; direct: neighbours have a link of their own (specification)");
    }

    struct Shape {
        unsigned w;
        unsigned h;
    };
    /// A ring is one row; a 2-D topology without w and h is a square. Empty if the count is none.
    Shape shape() const {
        if (topology == SipTopology::ring_1d) return {count, 1};
        if (w != 0 || h != 0) return {w, h};
        unsigned side = 0;
        while (side * side < count) ++side;
        return side * side == count ? Shape{side, side} : Shape{0, 0};
    }

    void validate(config::Check& check) const {
        if (count == 0 || count > 16) check.fail("count", "1 to 16 SIPs expected: the limit of the address");
        if (topology == SipTopology::ring_1d && (w != 0 || h != 0)) check.fail("w", "a ring_1d has no w and h");
        const auto [columns, rows] = shape();
        if (columns == 0 && rows == 0)
            check.fail("count", std::to_string(count) + " SIPs are no square: a 2-D topology needs w and h");
        if (std::uint64_t{columns} * rows != count)
            check.fail("w", "w x h = " + std::to_string(columns) + " x " + std::to_string(rows) +
                                " is not the count, " + std::to_string(count));
    }
};

}  // namespace ahbm
