// SPDX-License-Identifier: Apache-2.0
/// Where blocks attach on a cube, and how routers and cubes are joined.
#include "interconnect/topology/geometry.h"

#include "interconnect/config/ucie_config.h"
#include "interconnect/topology/sip_grid.h"
#include "sim/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace ahbm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::string> pe_routers(const CubeNocConfig& config) {
    const CubeGeometry cube(config, {});
    std::vector<std::string> names;
    for (PeId pe{0}; pe.value < cube.pe_count(); ++pe.value) names.push_back(cube.name(cube.pe(pe).router));
    return names;
}

std::vector<std::string> port_routers(const CubeGeometry& cube, Direction side) {
    std::vector<std::string> names;
    for (unsigned i = 0; i < cube.connections(); ++i) names.push_back(cube.name(cube.ucie(side, i).router));
    return names;
}

TEST(CubeGeometry, RoutersAreTheGridWithoutItsCentre) {
    const CubeGeometry cube({}, {});
    EXPECT_EQ(cube.router_count(), 32u);
    EXPECT_EQ(cube.name(CubeRouterId{0}), "r0c0");
    EXPECT_EQ(cube.name(CubeRouterId{13}), "r2c1");
    EXPECT_EQ(cube.name(CubeRouterId{14}), "r2c4");
    EXPECT_EQ(cube.name(CubeRouterId{31}), "r5c5");
    for (const GridCell hole : {GridCell{2, 2}, GridCell{2, 3}, GridCell{3, 2}, GridCell{3, 3}})
        EXPECT_FALSE(cube.router_at(hole));
    EXPECT_DOUBLE_EQ(cube.width().value, 18.0);
    EXPECT_DOUBLE_EQ(cube.height().value, 15.5);
}

TEST(CubeGeometry, NeighboursEndAtTheHoleAndAtTheEdge) {
    const CubeGeometry cube({}, {});
    const CubeRouterId above_hole = *cube.router_at({1, 2});
    EXPECT_FALSE(cube.neighbour(above_hole, Direction::south));
    EXPECT_EQ(cube.name(*cube.neighbour(above_hole, Direction::north)), "r0c2");
    EXPECT_FALSE(cube.neighbour(CubeRouterId{0}, Direction::north));
    EXPECT_FALSE(cube.neighbour(CubeRouterId{0}, Direction::west));
    EXPECT_FALSE(cube.neighbour(CubeRouterId{31}, Direction::south));
    EXPECT_FALSE(cube.neighbour(CubeRouterId{31}, Direction::east));
}

TEST(CubeGeometry, BlocksAttachToTheNearestRouter) {
    EXPECT_THAT(pe_routers({}), ElementsAre("r0c0", "r0c1", "r1c4", "r1c5", "r4c0", "r4c1", "r5c4", "r5c5"));
    const CubeGeometry cube({}, {});
    EXPECT_EQ(cube.name(cube.m_cpu().router), "r0c2");
    EXPECT_DOUBLE_EQ(cube.m_cpu().distance.value, 0.5);
    EXPECT_EQ(cube.name(cube.sram().router), "r3c0");
    EXPECT_DOUBLE_EQ(cube.sram().distance.value, 0.0);

    CubeNocConfig moved;
    moved.m_cpu_position = {13.6_mm, 13.9_mm};
    EXPECT_EQ(cube.name(CubeGeometry(moved, {}).m_cpu().router), "r5c4");
}

TEST(CubeGeometry, EqualDistancesGoToTheLowestRouter) {
    const CubeGeometry cube({}, {});
    EXPECT_EQ(cube.name(cube.nearest({3.0_mm, 1.5_mm}).router), "r0c0");
    EXPECT_EQ(cube.name(cube.nearest({1.5_mm, 5.25_mm}).router), "r1c0");
    EXPECT_EQ(cube.name(cube.nearest({9.0_mm, 7.75_mm}).router), "r1c2");  // the middle of the hole
}

TEST(CubeGeometry, FourToSixteenPesEachHaveARouterOfTheirOwn) {
    CubeNocConfig config;
    config.pe_per_corner = 1;
    EXPECT_THAT(pe_routers(config), ElementsAre("r0c0", "r1c4", "r4c0", "r5c4"));
    config.pe_per_corner = 4;
    EXPECT_THAT(pe_routers(config), ElementsAre("r0c0", "r0c1", "r1c0", "r1c1", "r1c4", "r1c5", "r0c4", "r0c5",  //
                                                "r4c0", "r4c1", "r5c0", "r5c1", "r5c4", "r5c5", "r4c4", "r4c5"));
}

TEST(CubeGeometry, UcieConnectionsFaceEachOther) {
    const CubeGeometry cube({}, {});
    EXPECT_THAT(port_routers(cube, Direction::north), ElementsAre("r0c1", "r0c2", "r0c3", "r0c4"));
    EXPECT_THAT(port_routers(cube, Direction::south), ElementsAre("r5c1", "r5c2", "r5c3", "r5c4"));
    EXPECT_THAT(port_routers(cube, Direction::west), ElementsAre("r1c0", "r2c0", "r3c0", "r4c0"));
    EXPECT_THAT(port_routers(cube, Direction::east), ElementsAre("r1c5", "r2c5", "r3c5", "r4c5"));
    EXPECT_DOUBLE_EQ(cube.ucie(Direction::east, 0).distance.value, 1.5);
}

TEST(CubeGeometry, FewerOrMoreUcieConnectionsSpreadOverTheSide) {
    const auto west = [](unsigned connections) {
        UcieConfig ucie;
        ucie.connections = connections;
        return port_routers(CubeGeometry({}, ucie), Direction::west);
    };
    EXPECT_THAT(west(1), ElementsAre("r1c0"));
    EXPECT_THAT(west(2), ElementsAre("r1c0", "r4c0"));
    EXPECT_THAT(west(3), ElementsAre("r1c0", "r2c0", "r4c0"));
    EXPECT_THAT(west(6), ElementsAre("r0c0", "r1c0", "r2c0", "r3c0", "r4c0", "r5c0"));
}

TEST(CubeGeometry, RejectsWhatIsNoCube) {
    const auto build = [](auto change) {
        return [change] {
            CubeNocConfig noc;
            UcieConfig ucie;
            change(noc, ucie);
            CubeGeometry(noc, ucie);
        };
    };
    using Noc = CubeNocConfig;
    using Ucie = UcieConfig;
    const auto fails_with = [](const char* text) { return ThrowsMessage<ConfigError>(HasSubstr(text)); };
    EXPECT_THAT(build([](Noc& noc, Ucie&) { noc.rows = 0; }), fails_with("rows: 1 to 32"));
    EXPECT_THAT(build([](Noc& noc, Ucie&) { noc.columns = 33; }), fails_with("columns: 1 to 32"));
    EXPECT_THAT(build([](Noc& noc, Ucie&) { noc.hole_row = 4; }),
                fails_with("hole_rows: the hole must leave routers north and south"));
    EXPECT_THAT(build([](Noc& noc, Ucie&) { noc.pe_per_corner = 5; }), fails_with("pe_per_corner: 1 to 4 expected"));
    EXPECT_THAT(build([](Noc& noc, Ucie&) { noc.pe_slots.resize(6); }), fails_with("pe_slots: equally many places"));
    EXPECT_THAT(build([](Noc&, Ucie& ucie) { ucie.connections = 7; }),
                fails_with("ucie.connections: 7 per port do not fit a side of a 6x6"));
}

TEST(CubeNocConfig, LoadsAndDumps) {
    const auto config = config::load_text<CubeNocConfig>(
        "pe_per_corner: 1\nhole_rows: 0\nm_cpu_position: [10.0 mm, 4.5 mm]\n", "cube.yaml");
    EXPECT_EQ(CubeGeometry(config, {}).router_count(), 36u);
    EXPECT_EQ(CubeGeometry(config, {}).name(CubeGeometry(config, {}).m_cpu().router), "r1c3");
    const std::string dump = config::dump(config);
    EXPECT_EQ(config::dump(config::load_text<CubeNocConfig>(dump, "dump.yaml")), dump);
    EXPECT_THAT(
        [] { config::load_text<CubeNocConfig>("rows: 4", "cube.yaml"); },
        ThrowsMessage<ConfigError>("cube.yaml:1:1: hole_rows: the hole must leave routers north and south of it"));
}

TEST(SipGrid, DefaultInventory) {
    const SipGrid grid({}, {}, {}, {});
    EXPECT_EQ(grid.router_count(), 512u);
    std::set<std::pair<CubeId, CubeId>> neighbours;
    unsigned crossings = 0;
    unsigned wires = 0;
    for (RouterId here{0}; here.value < grid.router_count(); ++here.value) {
        for (const Direction side : kSides) {
            const auto& link = grid.link(here, side);
            if (!link) continue;
            ++(link->connection ? crossings : wires);
            const auto& back = grid.link(link->to, opposite(side));
            ASSERT_TRUE(back && back->to == here && back->connection == link->connection && back->cost == link->cost)
                << grid.name(here);
            if (link->connection) neighbours.insert(std::minmax(grid.cube_of(here), grid.cube_of(link->to)));
        }
    }
    EXPECT_EQ(neighbours.size(), 24u);
    EXPECT_EQ(crossings, 24u * 4 * 2);
    EXPECT_EQ(wires, 16u * 48 * 2);  // a full 6x6 grid has 60 links, the hole takes 12
    EXPECT_EQ(grid.phy_connections().size(), 16u);
}

TEST(SipGrid, LinkCosts) {
    CubeNocConfig noc;
    const auto cost = [&noc](GridCell from, Direction side) {
        const SipGrid grid({}, noc, {}, {});
        return grid.link(grid.router(CubeId{0}, *grid.cube().router_at(from)), side)->cost;
    };
    EXPECT_EQ(cost({0, 0}, Direction::east), 30_ps);
    EXPECT_EQ(cost({0, 0}, Direction::south), 25_ps);
    EXPECT_EQ(cost({1, 5}, Direction::east), 16'040_ps);  // two ports, 1.5 + 1 + 1.5 mm
    noc.router_overhead = 2_ns;
    EXPECT_EQ(cost({0, 0}, Direction::east), 2'030_ps);
    EXPECT_EQ(cost({1, 5}, Direction::east), 18'040_ps);
}

TEST(SipGrid, PhysFaceTheNorthRow) {
    const SipGrid narrow({2, 2}, {}, {}, {});
    ASSERT_EQ(narrow.phy_connections().size(), 8u);
    EXPECT_EQ(narrow.name(narrow.phy_connections()[0].router), "cube0.r0c1");
    EXPECT_EQ(narrow.name(narrow.phy_connections()[7].router), "cube1.r0c4");
    EXPECT_EQ(SipGrid({16, 1}, {}, {}, {}).phy_connections().size(), 16u);
    EXPECT_THROW(SipGrid({17, 1}, {}, {}, {}), ConfigError);
    IoNocConfig without_phys;
    without_phys.phys = 0;
    EXPECT_THROW(SipGrid({4, 4}, {}, {}, without_phys), ConfigError);
}

}  // namespace
}  // namespace ahbm
