// SPDX-License-Identifier: Apache-2.0
/// Where things are on a cube: routers in a grid with a hole, and blocks on the router nearest to their position.
/// Not here: cost of links, routes.
#pragma once

#include "interconnect/config/cube_noc_config.h"
#include "interconnect/config/ucie_config.h"
#include "sim/ids.h"
#include "sim/units.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm {

using CubeRouterId = Id<struct CubeRouterTag>;  ///< router within a cube: dense, row by row, the hole left out
using RouterId = Id<struct RouterTag>;  ///< router within a SIP: cube * routers per cube + router within the cube

/// The ways out of a router; the first four also name the sides of a cube.
enum class Direction : std::uint8_t { north, east, south, west, local };
constexpr Direction kSides[] = {Direction::north, Direction::east, Direction::south, Direction::west};

std::string_view to_string(Direction direction);
/// Of the four sides only.
constexpr Direction opposite(Direction side) { return static_cast<Direction>((static_cast<unsigned>(side) + 2) % 4); }

/// Row and column in a grid of routers.
struct GridCell {
    unsigned row = 0;
    unsigned column = 0;
    constexpr auto operator<=>(const GridCell&) const = default;
};

/// The router a block hangs on and the length of the wire between them.
struct Attachment {
    CubeRouterId router;
    sim::Millimetres distance;
};

class CubeGeometry {
public:
    /// Throws ConfigError for a configuration that describes no cube.
    CubeGeometry(const CubeNocConfig& config, const UcieConfig& ucie);

    unsigned router_count() const { return static_cast<unsigned>(cells_.size()); }
    unsigned pe_count() const { return config_.pe_count(); }
    unsigned connections() const { return connections_; }  ///< of each UCIe port
    sim::Millimetres width() const;
    sim::Millimetres height() const;

    GridCell cell(CubeRouterId router) const { return cells_.at(router.value); }
    sim::Position position(CubeRouterId router) const { return position(cell(router)); }
    /// "r0c0"
    std::string name(CubeRouterId router) const;
    /// Empty for the hole and beyond the grid.
    std::optional<CubeRouterId> router_at(GridCell cell) const;
    std::optional<CubeRouterId> neighbour(CubeRouterId router, Direction side) const;

    /// Smallest wire distance; the lowest id of equals, compared in whole micrometres.
    Attachment nearest(sim::Position position) const;
    /// Also the attachment of the PE's HBM controller, which hangs on its PE's router only.
    Attachment pe(PeId pe) const;
    Attachment m_cpu() const { return nearest(config_.m_cpu_position); }
    Attachment sram() const { return nearest(config_.sram_position); }
    /// Connections of a port are spread evenly over its side, off the corners while there is room. Those of facing
    /// ports meet, each on a router of its own.
    const Attachment& ucie(Direction side, unsigned connection) const;
    /// On the edge of the die.
    sim::Position ucie_position(Direction side, unsigned connection) const;

private:
    sim::Position position(GridCell cell) const;
    void attach_ports();

    CubeNocConfig config_;
    unsigned connections_;
    std::vector<GridCell> cells_;                       // by router
    std::vector<std::optional<CubeRouterId>> routers_;  // by cell, row by row
    std::array<std::vector<Attachment>, 4> ports_;      // by side, then connection
};

}  // namespace ahbm
