// SPDX-License-Identifier: Apache-2.0
#include "interconnect/topology/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace ahbm {

using Kind = RouteNode::Kind;

namespace {

bool is_end(Kind kind) {
    return kind == Kind::router || kind == Kind::io_cpu || kind == Kind::pcie_ep || kind == Kind::host;
}

}  // namespace

RouteWalker::RouteWalker(const SipRouting& sip, const SystemRouting& system, const Config& config)
    : sip_(sip), system_(system), config_(config), grid_(sip.grid()) {}

std::vector<Hop> RouteWalker::route(const RouteNode& from, const RouteNode& to) const {
    std::vector<Hop> hops;
    route(from, to, hops);
    return hops;
}

void RouteWalker::route(const RouteNode& from, const RouteNode& to, std::vector<Hop>& hops) const {
    if (!is_end(from.kind) || !is_end(to.kind))
        throw std::invalid_argument(fmt::format("a route does not start at {} or end at {}", name(from), name(to)));
    hops.clear();
    hops.push_back({from, {}, {}});
    if (from == to) return;

    const auto visit = [&hops](const RouteNode& node, sim::Time wire) {
        if (hops.back().node != node) hops.push_back({node, wire, {}});
    };
    const sim::Time io_wire = config_.noc.wire_delay.over(config_.io_noc.block_distance);
    const sim::Time pcie_wire = config_.fabric_switch.link_delay;
    const bool in_one_sip = from.kind != Kind::host && to.kind != Kind::host && from.sip == to.sip;

    // Up to the IO NoC, unless the route stays in the grid or starts beyond.
    if (from.kind == Kind::router && to.kind == Kind::router && in_one_sip)
        return walk_grid(from.sip, sip_.layer(from.router, to.router), to.router, hops);
    if (from.kind == Kind::router) walk_up(from.sip, hops);
    if (from.kind == Kind::io_cpu) visit(RouteNode::of_sip(Kind::io_noc, from.sip), io_wire);

    // Over to the other SIP or the host.
    if (!in_one_sip) {
        if (from.kind != Kind::host) visit(RouteNode::of_sip(Kind::pcie_ep, from.sip), io_wire);
        const bool to_host = to.kind == Kind::host;
        const bool by_link = from.kind != Kind::host && !to_host && system_.linked(from.sip, to.sip);
        if (!by_link) visit(RouteNode::fabric_switch(), pcie_wire);
        visit(to_host ? to : RouteNode::of_sip(Kind::pcie_ep, to.sip), pcie_wire);
    }
    if (hops.back().node == to) return;

    // Down from the IO NoC.
    visit(RouteNode::of_sip(Kind::io_noc, to.sip), io_wire);
    if (to.kind == Kind::router) return walk_down(to.sip, to.router, hops);
    visit(to, io_wire);
}

void RouteWalker::walk_grid(SipId sip, Layer layer, RouterId dst, std::vector<Hop>& hops) const {
    for (RouterId here = hops.back().node.router; here != dst; here = hops.back().node.router)
        step(sip, here, sip_.next(layer, here, dst), layer, hops);
}

void RouteWalker::walk_up(SipId sip, std::vector<Hop>& hops) const {
    RouterId here = hops.back().node.router;
    const Layer layer = sip_.layer_up(here);
    for (Direction side; (side = sip_.next_up(layer, here)) != Direction::local; here = hops.back().node.router)
        step(sip, here, side, layer, hops);

    const auto& phys = grid_.phy_connections();
    const auto phy =
        std::find_if(phys.begin(), phys.end(), [here](const PhyConnection& p) { return p.router == here; });
    if (phy == phys.end())
        throw std::runtime_error(fmt::format("the route up ends at {}, which has no PHY", grid_.name(here)));
    hops.push_back({port(sip, here, Direction::north, phy->connection),
                    wire(port_distance(Direction::north, phy->connection)), layer});
    hops.push_back(
        {{Kind::phy, sip, here, Direction::local, phy->phy, phy->connection}, wire(config_.ucie.die_gap), layer});
    hops.push_back({RouteNode::of_sip(Kind::io_noc, sip), wire(config_.io_noc.phy_distance), {}});
}

void RouteWalker::walk_down(SipId sip, RouterId dst, std::vector<Hop>& hops) const {
    const IoEntry& entry = sip_.entry(dst);
    hops.push_back({{Kind::phy, sip, entry.router, Direction::local, entry.phy, entry.connection},
                    wire(config_.io_noc.phy_distance),
                    {}});
    hops.push_back(
        {port(sip, entry.router, Direction::north, entry.connection), wire(config_.ucie.die_gap), entry.layer});
    hops.push_back({RouteNode::at_router(sip, entry.router), wire(port_distance(Direction::north, entry.connection)),
                    entry.layer});
    walk_grid(sip, entry.layer, dst, hops);
}

void RouteWalker::step(SipId sip, RouterId here, Direction side, Layer layer, std::vector<Hop>& hops) const {
    const auto& link = grid_.link(here, side);
    if (!link)
        throw std::runtime_error(
            fmt::format("the route leaves {} to the {}, where nothing is", grid_.name(here), to_string(side)));
    const CubeGeometry& cube = grid_.cube();
    if (!link->connection) {
        const auto between = sim::distance(cube.position(grid_.local(here)), cube.position(grid_.local(link->to)));
        hops.push_back({RouteNode::at_router(sip, link->to), wire(between), layer});
        return;
    }
    const unsigned connection = *link->connection;
    hops.push_back({port(sip, here, side, connection), wire(port_distance(side, connection)), layer});
    hops.push_back({port(sip, link->to, opposite(side), connection), wire(config_.ucie.die_gap), layer});
    hops.push_back({RouteNode::at_router(sip, link->to), wire(port_distance(opposite(side), connection)), layer});
}

RouteNode RouteWalker::port(SipId sip, RouterId router, Direction side, unsigned connection) const {
    return {Kind::ucie, sip, router, side, 0, connection};
}

sim::Millimetres RouteWalker::port_distance(Direction side, unsigned connection) const {
    return grid_.cube().ucie(side, connection).distance;
}

sim::Time RouteWalker::fabric_latency(const std::vector<Hop>& hops) const {
    sim::Time total;
    for (const Hop& hop : hops) {
        total += hop.wire;
        switch (hop.node.kind) {
            case Kind::router: total += config_.noc.router_overhead; break;
            case Kind::ucie:
            case Kind::phy: total += config_.ucie.port_overhead; break;
            case Kind::io_noc: total += config_.io_noc.overhead; break;
            case Kind::fabric_switch: total += config_.fabric_switch.overhead; break;
            case Kind::io_cpu:
            case Kind::pcie_ep:
            case Kind::host: break;
        }
    }
    return total;
}

std::string RouteWalker::name(const RouteNode& node) const {
    const std::string io = fmt::format("sip{}.io0", node.sip.value);
    const auto cube = [&] { return fmt::format("sip{}.cube{}", node.sip.value, grid_.cube_of(node.router).value); };
    switch (node.kind) {
        case Kind::router: return fmt::format("sip{}.{}", node.sip.value, grid_.name(node.router));
        case Kind::ucie: return fmt::format("{}.ucie_{}.{}", cube(), to_string(node.side), node.connection);
        case Kind::phy: return fmt::format("{}.phy{}.{}", io, node.phy, node.connection);
        case Kind::io_noc: return io + ".io_noc";
        case Kind::io_cpu: return io + ".io_cpu";
        case Kind::pcie_ep: return io + ".pcie_ep";
        case Kind::fabric_switch: return "switch0";
        case Kind::host: break;
    }
    return "host";
}

}  // namespace ahbm
