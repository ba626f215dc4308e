// SPDX-License-Identifier: Apache-2.0
/// The routers of a SIP as one grid: those of a cube by wires, those of neighbouring cubes by UCIe connections, and the
/// IO chiplet above the north row. All SIPs of a platform are alike and share one.
/// Not here: the choice of routes, contention.
#pragma once

#include "interconnect/config/cube_noc_config.h"
#include "interconnect/config/io_noc_config.h"
#include "interconnect/config/ucie_config.h"
#include "interconnect/topology/geometry.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace ahbm {

/// A link from one router to the next, over a UCIe crossing where it leaves the cube.
struct GridLink {
    RouterId to;
    std::optional<unsigned> connection;  ///< of the UCIe ports it crosses
    sim::Time cost;                      ///< wires, crossing and the next router's overhead
};

/// A connection of an IO chiplet's PHY and the router it faces.
struct PhyConnection {
    unsigned phy = 0;
    unsigned connection = 0;
    RouterId router;
    sim::Time cost;  ///< of crossing between router and IO chiplet
};

class SipGrid {
public:
    /// PHY p of the IO chiplet faces the north port of cube p, if the north row has one. Throws ConfigError.
    SipGrid(const CubeMeshConfig& mesh, const CubeNocConfig& noc, const UcieConfig& ucie, const IoNocConfig& io);

    const CubeGeometry& cube() const { return cube_; }
    unsigned cube_count() const { return mesh_.w * mesh_.h; }
    unsigned router_count() const { return cube_count() * cube_.router_count(); }

    RouterId router(CubeId cube, CubeRouterId local) const {
        return RouterId{cube.value * cube_.router_count() + local.value};
    }
    CubeId cube_of(RouterId router) const { return CubeId{router.value / cube_.router_count()}; }
    CubeRouterId local(RouterId router) const { return CubeRouterId{router.value % cube_.router_count()}; }
    /// "cube3.r0c1"
    std::string name(RouterId router) const;
    CubeId middle_cube() const { return CubeId{mesh_.h / 2 * mesh_.w + mesh_.w / 2}; }
    std::optional<CubeId> neighbour(CubeId cube, Direction side) const;

    const std::optional<GridLink>& link(RouterId from, Direction side) const {
        return links_.at(from.value)[static_cast<unsigned>(side)];
    }
    /// By PHY, then connection; those that face a cube.
    const std::vector<PhyConnection>& phy_connections() const { return phy_connections_; }
    /// The rows of the whole grid from north to south, each from west to east.
    const std::vector<std::vector<RouterId>>& rows() const { return rows_; }

private:
    void join_routers(CubeId cube, const CubeNocConfig& noc);
    void join_cubes(CubeId cube, Direction side, const CubeNocConfig& noc, const UcieConfig& ucie);
    void join_io_chiplet(const IoNocConfig& io, const CubeNocConfig& noc, const UcieConfig& ucie);
    void order_rows(const CubeNocConfig& noc);

    CubeMeshConfig mesh_;
    CubeGeometry cube_;
    std::vector<std::array<std::optional<GridLink>, 4>> links_;
    std::vector<PhyConnection> phy_connections_;
    std::vector<std::vector<RouterId>> rows_;
};

}  // namespace ahbm
