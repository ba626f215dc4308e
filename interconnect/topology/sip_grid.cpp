// SPDX-License-Identifier: Apache-2.0
#include "interconnect/topology/sip_grid.h"

#include "sim/config/config.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm {

SipGrid::SipGrid(const CubeMeshConfig& mesh, const CubeNocConfig& noc, const UcieConfig& ucie, const IoNocConfig& io)
    : mesh_(mesh), cube_(noc, ucie) {
    config::validate(mesh_);
    config::validate(io);
    links_.resize(router_count());
    for (CubeId cube{0}; cube.value < cube_count(); ++cube.value) {
        join_routers(cube, noc);
        for (const Direction side : kSides) join_cubes(cube, side, noc, ucie);
    }
    join_io_chiplet(io, noc, ucie);
    order_rows(noc);
}

std::string SipGrid::name(RouterId router) const {
    return fmt::format("cube{}.{}", cube_of(router).value, cube_.name(local(router)));
}

std::optional<CubeId> SipGrid::neighbour(CubeId cube, Direction side) const {
    const unsigned row = cube.value / mesh_.w;
    const unsigned column = cube.value % mesh_.w;
    switch (side) {
        case Direction::north: return row > 0 ? std::optional(CubeId{cube.value - mesh_.w}) : std::nullopt;
        case Direction::south: return row + 1 < mesh_.h ? std::optional(CubeId{cube.value + mesh_.w}) : std::nullopt;
        case Direction::west: return column > 0 ? std::optional(CubeId{cube.value - 1}) : std::nullopt;
        case Direction::east: return column + 1 < mesh_.w ? std::optional(CubeId{cube.value + 1}) : std::nullopt;
        case Direction::local: break;
    }
    return {};
}

void SipGrid::join_routers(CubeId cube, const CubeNocConfig& noc) {
    for (CubeRouterId here{0}; here.value < cube_.router_count(); ++here.value) {
        for (const Direction side : kSides) {
            const auto next = cube_.neighbour(here, side);
            if (!next) continue;
            const sim::Millimetres wire = sim::distance(cube_.position(here), cube_.position(*next));
            links_[router(cube, here).value][static_cast<unsigned>(side)] =
                GridLink{router(cube, *next), {}, noc.wire_delay.over(wire) + noc.router_overhead};
        }
    }
}

void SipGrid::join_cubes(CubeId cube, Direction side, const CubeNocConfig& noc, const UcieConfig& ucie) {
    const auto next_cube = neighbour(cube, side);
    if (!next_cube) return;
    for (unsigned connection = 0; connection < cube_.connections(); ++connection) {
        const Attachment here = cube_.ucie(side, connection);
        const Attachment there = cube_.ucie(opposite(side), connection);
        const sim::Time wires = noc.wire_delay.over(here.distance) + noc.wire_delay.over(ucie.die_gap) +
                                noc.wire_delay.over(there.distance);
        links_[router(cube, here.router).value][static_cast<unsigned>(side)] = GridLink{
            router(*next_cube, there.router), connection, wires + ucie.crossing_overhead() + noc.router_overhead};
    }
}

void SipGrid::join_io_chiplet(const IoNocConfig& io, const CubeNocConfig& noc, const UcieConfig& ucie) {
    for (unsigned phy = 0; phy < std::min(io.phys, mesh_.w); ++phy) {
        for (unsigned connection = 0; connection < cube_.connections(); ++connection) {
            const Attachment at = cube_.ucie(Direction::north, connection);
            phy_connections_.push_back({phy, connection, router(CubeId{phy}, at.router),
                                        noc.wire_delay.over(at.distance) + noc.wire_delay.over(ucie.die_gap) +
                                            ucie.crossing_overhead() + noc.router_overhead});
        }
    }
}

void SipGrid::order_rows(const CubeNocConfig& noc) {
    for (unsigned row = 0; row < mesh_.h * noc.rows; ++row) {
        auto& in_row = rows_.emplace_back();
        for (unsigned column = 0; column < mesh_.w * noc.columns; ++column) {
            const CubeId cube{row / noc.rows * mesh_.w + column / noc.columns};
            if (const auto here = cube_.router_at({row % noc.rows, column % noc.columns}))
                in_row.push_back(router(cube, *here));
        }
    }
}

}  // namespace ahbm
