// SPDX-License-Identifier: Apache-2.0
/// Who neighbours whom among the SIPs, and how traffic leaves a SIP: by the switch, or by a neighbour's own link.
/// Not modelled: routes through a third SIP.
#pragma once

#include "interconnect/config/switch_config.h"
#include "interconnect/topology/geometry.h"
#include "sim/ids.h"

#include <vector>

namespace ahbm {

struct SipNeighbour {
    Direction direction = Direction::east;
    SipId sip;
    constexpr auto operator<=>(const SipNeighbour&) const = default;
};

/// In the order north, east, south, west. A ring runs east and west; in a ring of two both lead to the same SIP; nobody
/// neighbours itself. Throws ConfigError for a configuration that describes no such topology.
std::vector<SipNeighbour> sip_neighbours(const SipsConfig& sips, SipId sip);

class SystemRouting {
public:
    /// Throws as sip_neighbours does.
    explicit SystemRouting(const SipsConfig& sips);

    unsigned sip_count() const { return static_cast<unsigned>(neighbours_.size()); }
    const std::vector<SipNeighbour>& neighbours(SipId sip) const { return neighbours_.at(sip.value); }
    /// Whether the pcie_eps of two SIPs have a link of their own. Everything else goes by the switch.
    bool linked(SipId from, SipId to) const;

private:
    SipFabric fabric_;
    std::vector<std::vector<SipNeighbour>> neighbours_;  // by SIP
};

}  // namespace ahbm
