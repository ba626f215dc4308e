// SPDX-License-Identifier: Apache-2.0
/// Every geometry that a configuration may describe is routed completely and without deadlock, or is refused by name.
#include "interconnect/topology/routing.h"
#include "platform/config.h"
#include "sim/config/config.h"
#include "tests/interconnect/dependency_graph.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace ahbm {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct Shape {
    CubeMeshConfig mesh;
    CubeNocConfig noc;
    UcieConfig ucie;
};

std::string describe(const Shape& s) {
    return fmt::format("{}x{} cubes of {}x{} routers, hole {}+{} x {}+{}, {} connections", s.mesh.w, s.mesh.h,
                       s.noc.rows, s.noc.columns, s.noc.hole_row, s.noc.hole_rows, s.noc.hole_column,
                       s.noc.hole_columns, s.ucie.connections);
}

/// Walks every route of a SIP along the tables as routers do, and builds the graph of channels from what it sees.
class Walker {
public:
    explicit Walker(const SipRouting& routing) : routing_(routing), grid_(routing.grid()) {
        followed_.resize(kLayers * grid_.router_count() * 4);
    }

    void walk_all() {
        for (RouterId dst{0}; dst.value < grid_.router_count(); ++dst.value) {
            for (RouterId src{0}; src.value < grid_.router_count(); ++src.value)
                walk(src, dst, routing_.layer(src, dst));
            const IoEntry& entry = routing_.entry(dst);
            ASSERT_TRUE(faces_a_phy(entry.router)) << grid_.name(dst);
            ASSERT_GE(static_cast<std::size_t>(entry.layer), kRules) << "a layer of its own";
            walk(entry.router, dst, entry.layer);
            walk_up(dst);
            if (testing::Test::HasFatalFailure()) return;
        }
    }
    bool acyclic() const {
        DependencyGraph graph;
        for (std::uint32_t channel = 0; channel < followed_.size(); ++channel)
            for (const std::uint32_t next : followed_[channel]) graph.add_dependency(channel, next);
        return graph.acyclic();
    }
    bool uses(Layer layer) const { return layers_.contains(layer); }

private:
    void walk(RouterId src, RouterId dst, Layer layer) {
        const bool inside = grid_.cube_of(src) == grid_.cube_of(dst);
        begin(layer);
        RouterId here = src;
        for (unsigned hops = 0; here != dst; ++hops) {
            const Direction side = routing_.next(layer, here, dst);
            const auto& link = grid_.link(here, side);
            ASSERT_TRUE(link && hops < grid_.router_count()) << grid_.name(src) << " -> " << grid_.name(dst);
            ASSERT_FALSE(inside && link->connection && layer < Layer::down_south_last)
                << grid_.name(src) << " -> " << grid_.name(dst) << " leaves its cube";
            step(here, side);
            here = link->to;
        }
    }
    void walk_up(RouterId src) {
        const Layer layer = routing_.layer_up(src);
        begin(layer);
        RouterId here = src;
        unsigned hops = 0;
        for (Direction side; (side = routing_.next_up(layer, here)) != Direction::local; ++hops) {
            const auto& link = grid_.link(here, side);
            ASSERT_TRUE(link && hops < grid_.router_count()) << grid_.name(src) << " -> io";
            step(here, side);
            here = link->to;
        }
        ASSERT_TRUE(faces_a_phy(here)) << grid_.name(src) << " -> io";
    }
    bool faces_a_phy(RouterId router) const {
        const auto& all = grid_.phy_connections();
        return std::any_of(all.begin(), all.end(), [router](const PhyConnection& p) { return p.router == router; });
    }
    void begin(Layer layer) {
        layers_.insert(layer);
        layer_ = layer;
        held_.reset();
    }
    void step(RouterId here, Direction side) {
        const std::uint32_t wanted = (static_cast<std::uint32_t>(layer_) * grid_.router_count() + here.value) * 4 +
                                     static_cast<std::uint32_t>(side);
        if (held_) {
            auto& known = followed_[*held_];
            if (std::find(known.begin(), known.end(), wanted) == known.end()) known.push_back(wanted);
        }
        held_ = wanted;
    }

    const SipRouting& routing_;
    const SipGrid& grid_;
    std::vector<std::vector<std::uint32_t>> followed_;
    std::set<Layer> layers_;
    Layer layer_{};
    std::optional<std::uint32_t> held_;
};

/// Whether up and down was needed. Fails the test if a pair has no route or the routes could deadlock.
bool check(const Shape& shape) {
    SCOPED_TRACE(describe(shape));
    const SipRouting routing(SipGrid(shape.mesh, shape.noc, shape.ucie, {}));
    Walker walker(routing);
    walker.walk_all();
    EXPECT_TRUE(walker.acyclic());
    return walker.uses(Layer::up_down) || walker.uses(Layer::down_up_down);
}

/// All positions and sizes of a hole on a grid with `lines` rows or columns; {0, 0} is none.
std::vector<std::pair<unsigned, unsigned>> holes(unsigned lines) {
    std::vector<std::pair<unsigned, unsigned>> all{{0, 0}};
    for (unsigned first = 1; first + 1 < lines; ++first)
        for (unsigned size = 1; first + size < lines; ++size) all.emplace_back(first, size);
    return all;
}

std::vector<Shape> shapes(unsigned max_lines) {
    std::vector<Shape> all;
    for (unsigned rows = 1; rows <= max_lines; ++rows)
        for (unsigned columns = 1; columns <= max_lines; ++columns)
            for (const auto& [hole_row, hole_rows] : holes(rows))
                for (const auto& [hole_column, hole_columns] : holes(columns)) {
                    if ((hole_rows == 0) != (hole_columns == 0)) continue;
                    for (unsigned connections = 1; connections <= std::min({4u, rows, columns}); ++connections) {
                        Shape shape;
                        shape.noc.rows = rows;
                        shape.noc.columns = columns;
                        shape.noc.hole_row = hole_row;
                        shape.noc.hole_rows = hole_rows;
                        shape.noc.hole_column = hole_column;
                        shape.noc.hole_columns = hole_columns;
                        shape.ucie.connections = connections;
                        all.push_back(shape);
                    }
                }
    return all;
}

/// Every so many of all grids and holes, each in a mesh of cubes that a generator with a fixed seed picks.
void expect_routed(unsigned max_lines, unsigned every) {
    std::vector<CubeMeshConfig> meshes;
    for (unsigned w = 1; w <= 4; ++w)
        for (unsigned h = 1; w * h <= 6; ++h) meshes.push_back({w, h});
    std::mt19937 random(1);
    unsigned routed = 0, fallback = 0;
    for (Shape shape : shapes(max_lines)) {
        if (random() % every != 0) continue;
        shape.mesh = meshes[random() % meshes.size()];
        fallback += check(shape);
        ++routed;
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(routed, 300u);
    EXPECT_GT(fallback, 20u) << "the third rule is tried";
}

TEST(GeometryMatrix, EveryFourthGridAndHoleIsRouted) { expect_routed(6, 4); }

TEST(GeometryMatrixLong, GridsAndHolesOfEightLinesAreRouted) { expect_routed(8, 4); }

// All meshes of up to 16 cubes, with the shapes that turn models find hardest: a hole in line with the connections.
TEST(GeometryMatrix, EveryMeshOfCubesIsRouted) {
    for (unsigned w = 1; w <= 16; ++w)
        for (unsigned h = 1; w * h <= 16; ++h)
            for (const unsigned connections : {1u, 2u}) {
                Shape shape;
                shape.mesh = {w, h};
                shape.noc.rows = 3 + w % 2;
                shape.noc.columns = 3 + h % 3;
                shape.noc.hole_row = shape.noc.hole_column = shape.noc.hole_rows = shape.noc.hole_columns = 1;
                shape.ucie.connections = connections;
                check(shape);
                if (testing::Test::HasFailure()) return;
            }
}

// The shapes named in reports, each of which had "no route on any layer".
TEST(GeometryMatrix, ShapesThatWereNotRouted) {
    Shape one_connection, near_the_edge, both;
    one_connection.ucie.connections = 1;
    near_the_edge.noc.hole_row = 1;
    both.mesh = {4, 1};
    both.noc.hole_row = 1;
    both.ucie.connections = 1;
    for (Shape shape : {one_connection, near_the_edge, both}) {
        shape.mesh = shape.mesh.w * shape.mesh.h == 16 ? CubeMeshConfig{2, 2} : shape.mesh;
        check(shape);
    }
    EXPECT_TRUE(check(both));
}

// What the platform ships needs the turn models only, so its routes are as short as before.
TEST(GeometryMatrix, TheShippedShapeNeedsNoFallback) {
    EXPECT_FALSE(check({{2, 2}, {}, {}}));
    EXPECT_FALSE(check({{4, 4}, {}, {}}));
}

TEST(GeometryMatrix, OneToSixteenPes) {
    for (unsigned per_corner = 1; per_corner <= 4; ++per_corner)
        for (unsigned pes = 1; pes <= 4 * per_corner; ++pes) {
            CubeNocConfig all, some;
            all.pe_per_corner = some.pe_per_corner = per_corner;
            some.pes = pes;
            const CubeGeometry whole(all, {}), part(some, {});
            ASSERT_EQ(part.pe_count(), pes);
            std::set<CubeRouterId> routers;
            for (PeId pe{0}; pe.value < pes; ++pe.value) {
                EXPECT_EQ(part.pe(pe).router, whole.pe(pe).router);
                EXPECT_TRUE(routers.insert(part.pe(pe).router).second);
            }
            EXPECT_THROW(part.pe(PeId{pes}), std::out_of_range);
        }
}

// UCIe connections of facing ports are in line and have a router each, wherever routers are.
TEST(GeometryMatrix, ConnectionsHaveARouterEachWhateverThePitch) {
    for (const double pitch : {1e-6, 1e-3, 3.0, 900.0})
        for (const double margin : {0.0, 1.5, 1000.0})
            for (unsigned lines = 1; lines <= 8; ++lines)
                for (unsigned connections = 1; connections <= lines; ++connections) {
                    CubeNocConfig noc;
                    noc.rows = noc.columns = lines;
                    noc.hole_rows = 0;
                    noc.column_pitch = noc.row_pitch = {pitch};
                    noc.first_router = {{margin}, {margin}};
                    UcieConfig ucie;
                    ucie.connections = connections;
                    const CubeGeometry cube(noc, ucie);
                    for (const Direction side : kSides) {
                        std::set<CubeRouterId> routers;
                        for (unsigned i = 0; i < connections; ++i) {
                            const GridCell here = cube.cell(cube.ucie(side, i).router);
                            const GridCell there = cube.cell(cube.ucie(opposite(side), i).router);
                            EXPECT_TRUE(routers.insert(cube.ucie(side, i).router).second);
                            const bool vertical = side == Direction::north || side == Direction::south;
                            EXPECT_EQ(vertical ? here.column : here.row, vertical ? there.column : there.row);
                            EXPECT_EQ(vertical ? here.row : here.column,
                                      side == Direction::north || side == Direction::west ? 0 : lines - 1);
                        }
                    }
                }
}

// The longest hops that a configuration can describe, over many of them: costs do not overflow.
TEST(GeometryMatrix, TheSlowestLinksThatAreAcceptedAreRouted) {
    Shape slow;
    slow.mesh = {16, 1};
    slow.noc.rows = slow.noc.columns = 4;
    slow.noc.hole_rows = 0;
    slow.noc.router_overhead = slow.ucie.port_overhead = sim::Time::ps(1'000'000'000);
    slow.noc.wire_delay = {1e6};
    slow.noc.column_pitch = slow.noc.row_pitch = slow.ucie.die_gap = {1000};
    slow.noc.first_router = {{1000}, {1000}};
    slow.ucie.connections = 1;
    EXPECT_FALSE(check(slow));
}

TEST(GeometryMatrix, WhatIsNotRoutedIsRefusedByName) {
    const auto load = [](const char* text) { return [text] { config::load_text<PlatformConfig>(text, "p.yaml"); }; };
    const auto says = [](const char* text) { return ThrowsMessage<ConfigError>(HasSubstr(text)); };
    EXPECT_THAT(load("sip: {cube: {noc: {hole_row: 0}}}"), says("p.yaml:1:19: sip.cube.noc.hole_rows"));
    EXPECT_THAT(load("sip: {cube: {noc: {rows: 2}}}"), says("sip.cube.noc.hole_rows"));
    EXPECT_THAT(load("sip: {cube: {noc: {columns: 0}}}"), says("sip.cube.noc.columns"));
    EXPECT_THAT(load("sip: {ucie: {connections: 7}}"), says("p.yaml:1:27: sip.ucie.connections: as many"));
    EXPECT_THAT(load("sip: {ucie: {connections: 0}}"), says("sip.ucie.connections"));
    EXPECT_THAT(load("sip: {cube: {noc: {pes: 9}}}"), says("sip.cube.noc.pes: 9 PEs do not fit 4 corners"));
    EXPECT_THAT(load("sip: {cube: {noc: {pe_per_corner: 0}}}"), says("sip.cube.noc.pe_per_corner"));
    EXPECT_THAT(load("sip: {cube: {noc: {router_overhead: 2 ms}}}"), says("sip.cube.noc.router_overhead: 0 to 1 ms"));
    EXPECT_THAT(load("sip: {cube: {noc: {router_overhead: 1000 s}}}"), says("sip.cube.noc.router_overhead"));
    EXPECT_THAT(load("sip: {ucie: {port_overhead: 900 s}}"), says("sip.ucie.port_overhead: 0 to 1 ms"));
    EXPECT_THAT(load("sip: {cube: {noc: {wire_delay: 2000 ns/mm}}}"), says("sip.cube.noc.wire_delay"));
    EXPECT_THAT(load("sip: {ucie: {die_gap: 2000 mm}}"), says("sip.ucie.die_gap"));
    EXPECT_THAT(load("sip: {cube: {noc: {first_router: [-1 mm, 0 mm]}}}"), says("sip.cube.noc.first_router"));
    EXPECT_THAT(load("sip: {cube: {noc: {row_pitch: 0 mm}}}"), says("sip.cube.noc.row_pitch"));
    EXPECT_THAT(load("sip: {cube_mesh: {w: 5}}"), says("sip.cube_mesh.h: w x h of 1 to 16"));
}

}  // namespace
}  // namespace ahbm
