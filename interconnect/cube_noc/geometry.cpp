// SPDX-License-Identifier: Apache-2.0
#include "interconnect/cube_noc/geometry.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace ahbm {

std::string_view to_string(Direction direction) {
    static constexpr std::string_view names[] = {"north", "east", "south", "west", "local"};
    return names[static_cast<unsigned>(direction)];
}

CubeGeometry::CubeGeometry(const CubeNocConfig& config, const UcieConfig& ucie)
    : config_(config), connections_(ucie.connections) {
    config_.validate();
    if (connections_ == 0 || connections_ > config_.rows || connections_ > config_.columns)
        throw std::invalid_argument(fmt::format("ucie.connections: {} per port do not fit a side of a {}x{} router grid",
                                                connections_, config_.rows, config_.columns));
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
    const std::size_t slots_per_corner = config_.pe_slots.size() / 4;
    const std::size_t corner = pe.value / config_.pe_per_corner;
    return nearest(config_.pe_slots[corner * slots_per_corner + pe.value % config_.pe_per_corner]);
}

const Attachment& CubeGeometry::ucie(Direction side, unsigned connection) const {
    if (side == Direction::local) throw std::invalid_argument("local is no side of a cube");
    if (connection >= connections_)
        throw std::out_of_range(fmt::format("connection {}: a UCIe port has {}", connection, connections_));
    return ports_[static_cast<unsigned>(side)][connection];
}

void CubeGeometry::attach_ports() {
    for (unsigned connection = 0; connection < connections_; ++connection) {
        const unsigned row = (config_.rows - connections_) / 2 + connection;
        const unsigned column = (config_.columns - connections_) / 2 + connection;
        const sim::Position in_line = position(GridCell{row, column});
        const sim::Position on_side[] = {{in_line.x, {0}}, {width(), in_line.y}, {in_line.x, height()}, {{0}, in_line.y}};
        for (const Direction side : all_sides)
            ports_[static_cast<unsigned>(side)].push_back(nearest(on_side[static_cast<unsigned>(side)]));
    }
}

sim::Position CubeGeometry::position(GridCell cell) const {
    return {{config_.first_router.x.value + config_.column_pitch.value * cell.column},
            {config_.first_router.y.value + config_.row_pitch.value * cell.row}};
}

}  // namespace ahbm
