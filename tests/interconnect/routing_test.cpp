// SPDX-License-Identifier: Apache-2.0
/// Routes inside a SIP and between SIPs: complete, short, free of loops and free of deadlock.
#include "interconnect/topology/routing.h"

#include "interconnect/topology/route.h"
#include "interconnect/topology/system_routing.h"
#include "sim/config/error.h"
#include "tests/interconnect/dependency_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <queue>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ahbm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;
using Kind = RouteNode::Kind;

/// A routed system; SIPs without a network of their own, as the tables are all there is.
struct Fixture {
    explicit Fixture(SipsConfig sips = {}, CubeMeshConfig mesh = {}, RouteWalker::Config config = {})
        : sip(SipGrid(mesh, config.noc, config.ucie, config.io_noc)), system(sips), walker(sip, system, config) {}

    const SipGrid& grid() const { return sip.grid(); }
    unsigned routers() const { return grid().router_count(); }
    RouterId at(unsigned cube, GridCell cell) const {
        return grid().router(CubeId{cube}, *grid().cube().router_at(cell));
    }
    RouteNode node(unsigned sip_id, unsigned cube, GridCell cell) const {
        return RouteNode::at_router(SipId{sip_id}, at(cube, cell));
    }
    std::vector<std::string> names(const RouteNode& from, const RouteNode& to) const {
        std::vector<std::string> all;
        for (const Hop& hop : walker.route(from, to)) all.push_back(walker.name(hop.node));
        return all;
    }

    SipRouting sip;
    SystemRouting system;
    RouteWalker walker;
};

SipsConfig sips(unsigned count, SipTopology topology = SipTopology::ring_1d, unsigned w = 0, unsigned h = 0,
                SipFabric fabric = SipFabric::via_switch) {
    return {count, topology, w, h, fabric};
}

/// Shortest times to `dst` over all links, turns of any kind allowed; inside the cube of `dst` without UCIe.
std::vector<sim::Time> dijkstra(const SipGrid& grid, RouterId dst) {
    std::vector<sim::Time> best(grid.router_count(), sim::Time::max());
    using Entry = std::pair<sim::Time, RouterId>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
    best[dst.value] = {};
    open.push({{}, dst});
    while (!open.empty()) {
        const auto [time, here] = open.top();
        open.pop();
        if (time > best[here.value]) continue;
        for (const Direction side : kSides) {  // links cost the same both ways
            const auto& link = grid.link(here, side);
            if (!link || time + link->cost >= best[link->to.value]) continue;
            if (link->connection && grid.cube_of(link->to) == grid.cube_of(dst)) continue;
            best[link->to.value] = time + link->cost;
            open.push({best[link->to.value], link->to});
        }
    }
    return best;
}

/// What a walk along the tables saw.
struct Walk {
    sim::Time time;
    unsigned crossings = 0;
};

Walk walk(const SipRouting& routing, RouterId src, RouterId dst) {
    Walk seen;
    const Layer layer = routing.layer(src, dst);
    for (RouterId here = src; here != dst;) {
        const auto& link = routing.grid().link(here, routing.next(layer, here, dst));
        seen.time += link.value().cost;
        seen.crossings += link->connection.has_value();
        here = link->to;
    }
    return seen;
}

TEST(SipRouting, RoutesWithinACubeStayInside) {
    const Fixture f;
    for (const unsigned cube : {0u, 5u, 15u}) {
        for (unsigned src = 0; src < 32; ++src) {
            for (unsigned dst = 0; dst < 32; ++dst) {
                EXPECT_EQ(walk(f.sip, RouterId{cube * 32 + src}, RouterId{cube * 32 + dst}).crossings, 0u);
            }
        }
    }
    EXPECT_THAT(f.names(f.node(0, 0, {1, 2}), f.node(0, 0, {4, 2})),  // around the HBM stack
                ElementsAre("sip0.cube0.r1c2", "sip0.cube0.r1c1", "sip0.cube0.r2c1", "sip0.cube0.r3c1",
                            "sip0.cube0.r4c1", "sip0.cube0.r4c2"));
}

TEST(SipRouting, EastAndWestComeFirst) {
    const Fixture f;
    EXPECT_THAT(f.names(f.node(0, 0, {0, 0}), f.node(0, 0, {1, 1})),
                ElementsAre("sip0.cube0.r0c0", "sip0.cube0.r0c1", "sip0.cube0.r1c1"));
    EXPECT_THAT(f.names(f.node(0, 0, {1, 1}), f.node(0, 0, {0, 0})),
                ElementsAre("sip0.cube0.r1c1", "sip0.cube0.r1c0", "sip0.cube0.r0c0"));
}

// All 262144 pairs. Two turn models cannot serve every pair by its very shortest way: one whose shortest way needs,
// say, both south-west and north-west turns takes a detour of a few mm inside a cube, never over another UCIe crossing.
TEST(SipRouting, ShortestByAnIndependentSearch) {
    const Fixture f;
    unsigned detours = 0;
    sim::Time longest;
    for (RouterId dst{0}; dst.value < f.routers(); ++dst.value) {
        const auto best = dijkstra(f.grid(), dst);
        for (RouterId src{0}; src.value < f.routers(); ++src.value) {
            const sim::Time extra = walk(f.sip, src, dst).time - best[src.value];
            ASSERT_GE(extra, 0_ps) << f.grid().name(src) << " -> " << f.grid().name(dst);
            detours += extra > 0_ps;
            longest = std::max(longest, extra);
        }
    }
    EXPECT_EQ(detours, 2160u);
    EXPECT_EQ(longest, 60_ps);
}

TEST(SipRouting, EveryHopComesNearer) {
    const Fixture f(sips(1), {2, 2});
    for (RouterId dst{0}; dst.value < f.routers(); ++dst.value) {
        for (RouterId src{0}; src.value < f.routers(); ++src.value) {
            const Layer layer = f.sip.layer(src, dst);
            sim::Time left = walk(f.sip, src, dst).time;
            std::set<RouterId> seen{src};
            for (RouterId here = src; here != dst;) {
                const auto& link = f.grid().link(here, f.sip.next(layer, here, dst));
                left -= link->cost;
                here = link->to;
                ASSERT_TRUE(seen.insert(here).second) << f.grid().name(src) << " -> " << f.grid().name(dst);
            }
            ASSERT_EQ(left, 0_ps);
        }
    }
}

TEST(SipRouting, UpLeavesByTheNearestPhyAndDownEntersThere) {
    const Fixture f;
    EXPECT_THAT(f.names(f.node(0, 5, {0, 0}), RouteNode::of_sip(Kind::io_cpu, SipId{0})),
                ElementsAre("sip0.cube5.r0c0", "sip0.cube5.r0c1", "sip0.cube5.ucie_north.0", "sip0.cube1.ucie_south.0",
                            "sip0.cube1.r5c1", "sip0.cube1.r4c1", "sip0.cube1.r3c1", "sip0.cube1.r2c1",
                            "sip0.cube1.r1c1", "sip0.cube1.r0c1", "sip0.cube1.ucie_north.0", "sip0.io0.phy1.0",
                            "sip0.io0.io_noc", "sip0.io0.io_cpu"));
    EXPECT_THAT(f.names(RouteNode::of_sip(Kind::io_cpu, SipId{0}), f.node(0, 2, {1, 2})),
                ElementsAre("sip0.io0.io_cpu", "sip0.io0.io_noc", "sip0.io0.phy2.1", "sip0.cube2.ucie_north.1",
                            "sip0.cube2.r0c2", "sip0.cube2.r1c2"));
    const IoEntry& entry = f.sip.entry(f.at(15, {5, 5}));
    EXPECT_EQ(entry.phy, 3u);
    EXPECT_EQ(entry.connection, 3u);
    EXPECT_EQ(f.grid().name(entry.router), "cube3.r0c4");
}

TEST(SipRouting, CubesWithoutAPhyOfTheirOwnGoByANeighbour) {
    const Fixture f(sips(1), {8, 2});
    EXPECT_EQ(f.sip.entry(f.at(7, {0, 0})).phy, 3u);
    const auto up = f.names(f.node(0, 7, {0, 0}), RouteNode::host());
    EXPECT_THAT(up, testing::Contains("sip0.io0.phy3.3"));
    EXPECT_EQ(up.back(), "host");
}

TEST(SipRouting, ALayerWithoutAWayNamesBothEnds) {
    const Fixture f;
    EXPECT_THAT(
        [&] {
            f.sip.next(Layer::south_last, f.at(3, {1, 2}), f.at(3, {4, 2}));
        },
        ThrowsMessage<std::logic_error>("no route from cube3.r1c2 to cube3.r4c2 on south_last"));
}

TEST(SystemRouting, Neighbours) {
    using D = Direction;
    const auto of = [](const SipsConfig& config, unsigned sip) {
        std::vector<std::pair<D, unsigned>> all;
        for (const SipNeighbour& n : sip_neighbours(config, SipId{sip})) all.emplace_back(n.direction, n.sip.value);
        return all;
    };
    using Pairs = std::vector<std::pair<D, unsigned>>;
    EXPECT_THAT(of(sips(1), 0), IsEmpty());
    EXPECT_EQ(of(sips(2), 0), (Pairs{{D::east, 1}, {D::west, 1}}));
    EXPECT_EQ(of(sips(4), 0), (Pairs{{D::east, 1}, {D::west, 3}}));
    EXPECT_EQ(of(sips(6, SipTopology::torus_2d, 3, 2), 0),
              (Pairs{{D::north, 3}, {D::east, 1}, {D::south, 3}, {D::west, 2}}));
    EXPECT_EQ(of(sips(6, SipTopology::mesh_2d_no_wrap, 3, 2), 4), (Pairs{{D::north, 1}, {D::east, 5}, {D::west, 3}}));
    EXPECT_EQ(of(sips(9, SipTopology::mesh_2d_no_wrap), 4),
              (Pairs{{D::north, 1}, {D::east, 5}, {D::south, 7}, {D::west, 3}}));
    EXPECT_EQ(of(sips(3, SipTopology::torus_2d, 3, 1), 2), (Pairs{{D::east, 0}, {D::west, 1}}));
}

TEST(SystemRouting, RejectsTopologiesThatDoNotExist) {
    const auto build = [](const SipsConfig& config) { return [config] { SystemRouting{config}; }; };
    const auto fails_with = [](const char* text) { return ThrowsMessage<ConfigError>(HasSubstr(text)); };
    EXPECT_THAT(build(sips(6, SipTopology::torus_2d)),
                fails_with("6 SIPs are no square: a 2-D topology needs w and h"));
    EXPECT_THAT(build(sips(6, SipTopology::torus_2d, 2, 2)), fails_with("w: w x h = 2 x 2 is not the count, 6"));
    EXPECT_THAT(build(sips(6, SipTopology::mesh_2d_no_wrap, 6, 0)), fails_with("w: w x h = 6 x 0 is not the count, 6"));
    EXPECT_THAT(build(sips(6, SipTopology::ring_1d, 3, 2)), fails_with("w: a ring_1d has no w and h"));
    EXPECT_THAT(build(sips(17)), fails_with("count: 1 to 16 SIPs expected"));
    EXPECT_THROW(sip_neighbours(sips(2), SipId{2}), std::out_of_range);
}

TEST(SystemRouting, DirectLinksJoinNeighboursOnly) {
    const Fixture f(sips(4, SipTopology::ring_1d, 0, 0, SipFabric::direct));
    const auto ep = [](unsigned sip) { return RouteNode::of_sip(Kind::pcie_ep, SipId{sip}); };
    EXPECT_THAT(f.names(ep(0), ep(3)), ElementsAre("sip0.io0.pcie_ep", "sip3.io0.pcie_ep"));
    EXPECT_THAT(f.names(ep(0), ep(2)), ElementsAre("sip0.io0.pcie_ep", "switch0", "sip2.io0.pcie_ep"));
    EXPECT_THAT(f.names(ep(0), RouteNode::host()), ElementsAre("sip0.io0.pcie_ep", "switch0", "host"));
    EXPECT_FALSE(Fixture(sips(4)).system.linked(SipId{0}, SipId{1}));
}

TEST(RouteWalker, LatencyIsTheSumOfWiresAndOverheads) {
    const Fixture f;
    const auto latency = [&f](const RouteNode& from, const RouteNode& to) {
        return f.walker.fabric_latency(f.walker.route(from, to));
    };
    EXPECT_EQ(latency(f.node(0, 0, {0, 0}), f.node(0, 0, {0, 0})), 0_ps);
    EXPECT_EQ(latency(f.node(0, 0, {0, 0}), f.node(0, 0, {1, 1})), 55_ps);
    EXPECT_EQ(latency(f.node(0, 0, {1, 5}), f.node(0, 1, {1, 0})), 16'040_ps);
    // Host: the switch's 5 ns; io: 3 + 3 mm; one crossing with 1 + 1.5 mm.
    EXPECT_EQ(latency(RouteNode::host(), f.node(1, 0, {0, 1})), 21'085_ps);
    EXPECT_EQ(latency(f.node(0, 3, {0, 1}), f.node(1, 0, {0, 1})), 37'170_ps);
    EXPECT_THROW(f.walker.route(RouteNode::fabric_switch(), RouteNode::host()), std::invalid_argument);
}

/// A number per node, dense enough to pack two of them and a layer into a channel.
std::uint64_t number(const RouteNode& node) {
    const std::uint64_t kind = static_cast<std::uint64_t>(node.kind);
    return ((std::uint64_t{node.sip.value} << 12 | node.router.value) << 3 | static_cast<std::uint64_t>(node.side))
               << 3 |
           kind;
}

/// Adds what routes of a walker depend on. Links outside the grid have one channel per direction.
class RouteCollector {
public:
    explicit RouteCollector(const RouteWalker& walker, bool merge_layers = false)
        : walker_(walker), merge_layers_(merge_layers) {}

    void add(const RouteNode& from, const RouteNode& to) {
        walker_.route(from, to, hops_);
        channels_.clear();
        for (std::size_t i = 1; i < hops_.size(); ++i) {
            const std::uint64_t layer =
                hops_[i].layer && !merge_layers_ ? static_cast<std::uint64_t>(*hops_[i].layer) : 0;
            channels_.push_back((number(hops_[i - 1].node) << 28 | number(hops_[i].node)) << 3 | layer);
        }
        graph.add_route(channels_);
    }

    DependencyGraph graph;

private:
    const RouteWalker& walker_;
    bool merge_layers_;
    std::vector<Hop> hops_;
    std::vector<DependencyGraph::Channel> channels_;
};

/// The dependencies of all routes of a system, from fewer walks. SIPs are alike, so inner routes are walked in one and
/// shifted to the others. A route to another SIP goes up as one to the host does and comes down as one from the host
/// does.
DependencyGraph dependencies(const Fixture& f, bool merge_layers = false) {
    const auto router = [](SipId sip, unsigned id) { return RouteNode::at_router(sip, RouterId{id}); };
    const unsigned routers = f.routers();
    RouteCollector inner(f.walker, merge_layers);
    for (unsigned src = 0; src < routers; ++src)
        for (unsigned dst = 0; dst < routers; ++dst) inner.add(router(SipId{0}, src), router(SipId{0}, dst));

    RouteCollector all(f.walker, merge_layers);
    for (SipId sip{0}; sip.value < f.system.sip_count(); ++sip.value) {
        const std::uint64_t shift =
            number(RouteNode::of_sip(Kind{}, sip)) - number(RouteNode::of_sip(Kind{}, SipId{0}));
        for (const auto& [held, wanted] : inner.graph.dependencies())
            all.graph.add_dependency(held + (shift << 28 | shift) * 8, wanted + (shift << 28 | shift) * 8);

        const RouteNode io_cpu = RouteNode::of_sip(Kind::io_cpu, sip);
        for (const RouteNode& outside : {io_cpu, RouteNode::of_sip(Kind::pcie_ep, sip), RouteNode::host()}) {
            for (unsigned id = 0; id < routers; ++id) {
                all.add(router(sip, id), outside);
                all.add(outside, router(sip, id));
            }
        }
        all.add(io_cpu, RouteNode::host());
        all.add(RouteNode::host(), io_cpu);
        for (SipId other{0}; other.value < f.system.sip_count(); ++other.value) {
            if (other == sip) continue;
            all.add(router(sip, routers - 1), router(other, 0));
        }
    }
    return std::move(all.graph);
}

struct ShippedTopology {
    const char* name;
    SipsConfig sips;
    CubeMeshConfig mesh;
    unsigned pe_per_corner;
};

void PrintTo(const ShippedTopology& topology, std::ostream* out) { *out << topology.name; }

class DeadlockFreedom : public testing::TestWithParam<ShippedTopology> {};

TEST_P(DeadlockFreedom, ChannelDependenciesHaveNoCycle) {
    RouteWalker::Config config;
    config.noc.pe_per_corner = GetParam().pe_per_corner;
    const Fixture f(GetParam().sips, GetParam().mesh, config);
    const DependencyGraph graph = dependencies(f);
    EXPECT_TRUE(graph.acyclic());
    EXPECT_GT(graph.dependencies().size(), graph.channels());
}

INSTANTIATE_TEST_SUITE_P(
    Shipped, DeadlockFreedom,
    testing::Values(ShippedTopology{"mini", sips(1), {2, 2}, 1}, ShippedTopology{"default", sips(2), {4, 4}, 2},
                    ShippedTopology{"torus6", sips(6, SipTopology::torus_2d, 3, 2), {4, 4}, 2},
                    ShippedTopology{
                        "torus6_direct", sips(6, SipTopology::torus_2d, 3, 2, SipFabric::direct), {2, 2}, 2},
                    ShippedTopology{"full16", sips(16), {4, 4}, 2}),
    [](const auto& shipped) { return std::string(shipped.param.name); });

// What an architect may try: other meshes, cubes and ports, and links that cost nothing.
TEST(DeadlockControl, HoldsForOtherShapes) {
    struct Shape {
        CubeMeshConfig mesh;
        unsigned connections;
        unsigned hole;
        sim::WireDelay wire;
    };
    for (const Shape& shape :
         {Shape{{4, 1}, 1, 0, {10}}, Shape{{3, 3}, 2, 2, {10}}, Shape{{1, 4}, 3, 2, {10}}, Shape{{6, 2}, 4, 0, {10}},
          Shape{{2, 3}, 5, 2, {0}}, Shape{{3, 2}, 6, 3, {10}}, Shape{{1, 1}, 4, 2, {0}}}) {
        SCOPED_TRACE(testing::Message() << shape.mesh.w << "x" << shape.mesh.h << " cubes, " << shape.connections
                                        << " connections");
        RouteWalker::Config config;
        config.noc.hole_rows = config.noc.hole_columns = shape.hole;
        config.noc.wire_delay = shape.wire;
        config.ucie.connections = shape.connections;
        if (shape.wire.ps_per_mm == 0) config.ucie.port_overhead = 0_ns;
        EXPECT_TRUE(dependencies(Fixture(sips(2), shape.mesh, config)).acyclic());
    }
}

// The checker can find cycles, and each measure is needed.
TEST(DeadlockControl, OneLayerForAllWouldDeadlock) {
    const Fixture f(sips(1), {2, 2});
    EXPECT_TRUE(dependencies(f).acyclic());
    EXPECT_FALSE(dependencies(f, true).acyclic());
}

TEST(DeadlockControl, UnrestrictedShortestPathsWouldDeadlock) {
    const SipGrid grid({2, 2}, {}, {}, {});
    DependencyGraph graph;
    std::vector<DependencyGraph::Channel> channels;
    for (RouterId dst{0}; dst.value < grid.router_count(); ++dst.value) {
        const auto best = dijkstra(grid, dst);
        for (RouterId src{0}; src.value < grid.router_count(); ++src.value) {
            channels.clear();
            for (RouterId here = src; here != dst;) {
                for (const Direction side : {Direction::east, Direction::west, Direction::north, Direction::south}) {
                    const auto& link = grid.link(here, side);
                    if (!link || link->cost + best[link->to.value] != best[here.value]) continue;
                    channels.push_back(std::uint64_t{here.value} << 16 | link->to.value);
                    here = link->to;
                    break;
                }
            }
            graph.add_route(channels);
        }
    }
    EXPECT_FALSE(graph.acyclic());
}

}  // namespace
}  // namespace ahbm
