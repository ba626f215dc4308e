// SPDX-License-Identifier: Apache-2.0
#include "interconnect/topology/geometry.h"

#include "sim/config/config.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace ahbm {

namespace {

/// The row or column, of `lines`, that a connection of a port is in line with; may lie between two.
double spread(unsigned connection, unsigned connections, unsigned lines) {
    const unsigned first = connections + 2 <= lines ? 1 : 0;
    const unsigned last = lines - 1 - first;
    return connections == 1 ? first : first + double(last - first) * connection / (connections - 1);
}

}  // namespace

std::string_view to_string(Direction direction) {
    static constexpr std::string_view names[] = {"north", "east", "south", "west", "local"};
    return names[static_cast<unsigned>(direction)];
}

CubeGeometry::CubeGeometry(const CubeNocConfig& config, const UcieConfig& ucie)
    : config_(config), connections_(ucie.connections) {
    config::validate(config_);
    config::validate(ucie);
    if (connections_ > config_.rows || connections_ > config_.columns)
        throw ConfigError("", "ucie.connections",
                          fmt::format("{} per port do not fit a side of a {}x{} router grid", connections_,
                                      config_.rows, config_.columns));
    for (unsigned row = 0; row < config_.rows; ++row) {
        for (unsigned column = 0; column < config_.columns; ++column) {
            if (config_.is_hole(row, column)) {
                routers_.emplace_back();
            } else {
                routers_.emplace_back(CubeRouterId{router_count()});
                cells_.push_back({row, column});
            }
        }
    }
    attach_ports();
}

sim::Millimetres CubeGeometry::width() const {
    return {2 * config_.first_router.x.value + config_.column_pitch.value * (config_.columns - 1)};
}

sim::Millimetres CubeGeometry::height() const {
    return {2 * config_.first_router.y.value + config_.row_pitch.value * (config_.rows - 1)};
}

std::string CubeGeometry::name(CubeRouterId router) const {
    return fmt::format("r{}c{}", cell(router).row, cell(router).column);
}

std::optional<CubeRouterId> CubeGeometry::router_at(GridCell cell) const {
    if (cell.row >= config_.rows || cell.column >= config_.columns) return {};
    return routers_[cell.row * config_.columns + cell.column];
}

std::optional<CubeRouterId> CubeGeometry::neighbour(CubeRouterId router, Direction side) const {
    auto [row, column] = cell(router);
    switch (side) {  // a step off the north or west edge wraps to a huge number, which is beyond the grid too
        case Direction::north: --row; break;
        case Direction::south: ++row; break;
        case Direction::east: ++column; break;
        case Direction::west: --column; break;
        case Direction::local: return {};
    }
    return router_at({row, column});
}

Attachment CubeGeometry::nearest(sim::Position block) const {
    const auto micrometres_to = [&](CubeRouterId router) {
        return std::llround(sim::distance(position(router), block).value * 1e3);
    };
    CubeRouterId best{0};
    for (CubeRouterId router{1}; router.value < router_count(); ++router.value) {
        if (micrometres_to(router) < micrometres_to(best)) best = router;
    }
    return {best, sim::distance(position(best), block)};
}

Attachment CubeGeometry::pe(PeId pe) const {
    if (pe.value >= pe_count()) throw std::out_of_range(fmt::format("pe{}: a cube has {} PEs", pe.value, pe_count()));
    return nearest(config_.pe_position(pe.value));
}

const Attachment& CubeGeometry::ucie(Direction side, unsigned connection) const {
    if (side == Direction::local) throw std::invalid_argument("local is no side of a cube");
    if (connection >= connections_)
        throw std::out_of_range(fmt::format("connection {}: a UCIe port has {}", connection, connections_));
    return ports_[static_cast<unsigned>(side)][connection];
}

sim::Position CubeGeometry::ucie_position(Direction side, unsigned connection) const {
    const double x =
        config_.first_router.x.value + config_.column_pitch.value * spread(connection, connections_, config_.columns);
    const double y =
        config_.first_router.y.value + config_.row_pitch.value * spread(connection, connections_, config_.rows);
    switch (side) {
        case Direction::north: return {{x}, {0}};
        case Direction::east: return {width(), {y}};
        case Direction::south: return {{x}, height()};
        case Direction::west: return {{0}, {y}};
        case Direction::local: break;
    }
    throw std::invalid_argument("local is no side of a cube");
}

void CubeGeometry::attach_ports() {
    // On the row or column in line with the connection, the lower one of two that are equally near.
    const auto line = [this](unsigned connection, unsigned lines) {
        return static_cast<unsigned>(std::ceil(spread(connection, connections_, lines) - 0.5));
    };
    for (unsigned connection = 0; connection < connections_; ++connection) {
        const unsigned row = line(connection, config_.rows), column = line(connection, config_.columns);
        const GridCell cells[] = {{0, column}, {row, config_.columns - 1}, {config_.rows - 1, column}, {row, 0}};
        for (const Direction side : kSides) {
            const CubeRouterId router = router_at(cells[static_cast<unsigned>(side)]).value();  // no hole at the edge
            ports_[static_cast<unsigned>(side)].push_back(
                {router, sim::distance(position(router), ucie_position(side, connection))});
        }
    }
}

sim::Position CubeGeometry::position(GridCell cell) const {
    return {{config_.first_router.x.value + config_.column_pitch.value * cell.column},
            {config_.first_router.y.value + config_.row_pitch.value * cell.row}};
}

}  // namespace ahbm
