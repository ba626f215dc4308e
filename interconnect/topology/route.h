// SPDX-License-Identifier: Apache-2.0
/// The complete way between two places, hop by hop: for tests, probes and closed-form latencies. Walks the same tables
/// as packets do. Not here: the links between a block and its router, overheads of blocks, contention.
#pragma once

#include "interconnect/config/io_noc_config.h"
#include "interconnect/config/switch_config.h"
#include "interconnect/topology/routing.h"
#include "interconnect/topology/sip_grid.h"
#include "interconnect/topology/system_routing.h"
#include "sim/ids.h"
#include "sim/units.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ahbm {

/// A place that a route starts at, ends at or passes. Fields that a kind does not have keep their defaults.
struct RouteNode {
    enum class Kind : std::uint8_t { router, ucie, phy, io_noc, io_cpu, pcie_ep, fabric_switch, host };
    Kind kind = Kind::host;
    SipId sip;
    RouterId router;                    ///< router; ucie and phy: the router it serves
    Direction side = Direction::local;  ///< ucie: of the cube
    unsigned phy = 0;
    unsigned connection = 0;  ///< ucie, phy

    static RouteNode at_router(SipId sip, RouterId router) { return {Kind::router, sip, router}; }
    static RouteNode of_sip(Kind kind, SipId sip) { return {kind, sip, {}}; }
    static RouteNode host() { return {}; }
    static RouteNode fabric_switch() { return {Kind::fabric_switch, {}, {}}; }
    constexpr auto operator<=>(const RouteNode&) const = default;
};

struct Hop {
    RouteNode node;
    sim::Time wire;              ///< delay of the link that leads here; 0 at the start
    std::optional<Layer> layer;  ///< of that link; empty outside the grid, where there is only one
    constexpr bool operator==(const Hop&) const = default;
};

class RouteWalker {
public:
    struct Config {
        CubeNocConfig noc;
        UcieConfig ucie;
        IoNocConfig io_noc;
        SwitchConfig fabric_switch;
    };
    RouteWalker(const SipRouting& sip, const SystemRouting& system, const Config& config);

    /// From and to a router, an io_cpu, a pcie_ep or the host, both ends included. Throws std::invalid_argument for
    /// other ends, std::runtime_error if there is no way.
    std::vector<Hop> route(const RouteNode& from, const RouteNode& to) const;
    /// The same into a buffer that the caller keeps.
    void route(const RouteNode& from, const RouteNode& to, std::vector<Hop>& hops) const;
    /// Wires, and overheads of what the fabric itself consists of: routers, UCIe ports, IO NoC and switch.
    sim::Time fabric_latency(const std::vector<Hop>& hops) const;
    /// "sip0.cube3.r0c1", "sip0.cube3.ucie_east.1", "sip0.io0.phy2.1", "sip0.io0.pcie_ep", "switch0", "host"
    std::string name(const RouteNode& node) const;

private:
    void walk_grid(SipId sip, Layer layer, RouterId dst, std::vector<Hop>& hops) const;
    void walk_up(SipId sip, std::vector<Hop>& hops) const;
    void walk_down(SipId sip, RouterId dst, std::vector<Hop>& hops) const;
    void step(SipId sip, RouterId here, Direction side, Layer layer, std::vector<Hop>& hops) const;
    RouteNode port(SipId sip, RouterId router, Direction side, unsigned connection) const;
    sim::Millimetres port_distance(Direction side, unsigned connection) const;
    sim::Time wire(sim::Millimetres length) const { return config_.noc.wire_delay.over(length); }

    const SipRouting& sip_;
    const SystemRouting& system_;
    Config config_;
    const SipGrid& grid_;
};

}  // namespace ahbm
