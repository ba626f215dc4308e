// SPDX-License-Identifier: Apache-2.0
/// Configuration of what joins host and SIPs: the switch, and who neighbours whom.
#pragma once

#include "sim/units.h"

#include <cstdint>
#include <span>
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
        v("link_bandwidth", link_bandwidth, "per PCIe link and direction, Gen5 x16 (assumption)");
        v("link_delay", link_delay, "propagation of a PCIe link (assumption: part of the overheads at its ends)");
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
        v("count", count, "SIPs of the system, 1..16 (specification)");
        v("topology", topology, "who neighbours whom for collectives (specification)");
        v("w", w, "SIPs per row of a 2-D topology; with h left out: square");
        v("h", h, "rows of SIPs of a 2-D topology");
        v("fabric", fabric, "switch: all SIP-to-SIP traffic; direct: neighbours have a link of their own (specification)");
    }
};

}  // namespace ahbm
