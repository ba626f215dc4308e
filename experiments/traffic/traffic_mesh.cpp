// SPDX-License-Identifier: Apache-2.0
#include "experiments/traffic/traffic_mesh.h"

#include "sim/config/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace ahbm {

std::span<const std::pair<std::string_view, TrafficRegion>> enum_names(TrafficRegion) {
    static constexpr std::pair<std::string_view, TrafficRegion> names[] = {{"cube", TrafficRegion::cube},
                                                                           {"sip", TrafficRegion::sip}};
    return names;
}
std::span<const std::pair<std::string_view, TrafficPattern>> enum_names(TrafficPattern) {
    static constexpr std::pair<std::string_view, TrafficPattern> names[] = {
        {"uniform", TrafficPattern::uniform},     {"transpose", TrafficPattern::transpose},
        {"neighbour", TrafficPattern::neighbour}, {"bit_complement", TrafficPattern::bit_complement},
        {"tornado", TrafficPattern::tornado},     {"hotspot", TrafficPattern::hotspot}};
    return names;
}

TrafficMesh::TrafficMesh(const SipGrid& grid, TrafficRegion region, unsigned k) : rows_(0), columns_(0) {
    const CubeGeometry& cube = grid.cube();
    std::vector<Node> all;
    if (region == TrafficRegion::cube) {
        for (CubeRouterId router{0}; router.value < cube.router_count(); ++router.value)
            all.push_back({cube.cell(router), grid.router(CubeId{0}, router)});
    } else {
        GridCell cell;
        for (CubeId at{0}; at.value < grid.cube_count(); ++at.value) {
            all.push_back({cell, grid.router(at, cube.pe(PeId{0}).router)});
            cell =
                grid.neighbour(at, Direction::east) ? GridCell{cell.row, cell.column + 1} : GridCell{cell.row + 1, 0};
        }
    }
    for (const Node& node : all) {
        rows_ = std::max(rows_, node.cell.row + 1);
        columns_ = std::max(columns_, node.cell.column + 1);
    }
    if (k > std::min(rows_, columns_))
        throw ConfigError("", "k", fmt::format("{}: the mesh has {} x {} nodes", k, rows_, columns_));
    if (k > 0) rows_ = columns_ = k;
    for (const Node& node : all)
        if (node.cell.row < rows_ && node.cell.column < columns_) nodes_.push_back(node);
}

std::optional<std::size_t> TrafficMesh::at(GridCell cell) const {
    const auto found = std::find_if(nodes_.begin(), nodes_.end(), [cell](const Node& n) { return n.cell == cell; });
    return found == nodes_.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - nodes_.begin()));
}

TrafficMatrix traffic_matrix(const TrafficMesh& mesh, TrafficPattern pattern, double hot_share) {
    const std::size_t n = mesh.nodes().size();
    const unsigned rows = mesh.rows(), columns = mesh.columns();
    if (pattern == TrafficPattern::transpose && rows != columns)
        throw ConfigError("", "pattern", fmt::format("a mesh of {} x {} nodes has no transpose: set k", rows, columns));
    TrafficMatrix matrix(n, std::vector<double>(n, 0.0));
    for (std::size_t source = 0; source < n; ++source) {
        const auto [row, column] = mesh.nodes()[source].cell;
        GridCell to;
        switch (pattern) {
            case TrafficPattern::uniform:
            case TrafficPattern::hotspot: {
                const double share = pattern == TrafficPattern::hotspot ? hot_share : 0.0;
                matrix[source].assign(n, (1.0 - share) / static_cast<double>(n));
                matrix[source][n / 2] += share;
                continue;
            }
            case TrafficPattern::transpose: to = {column, row}; break;
            case TrafficPattern::neighbour: to = {(row + 1) % rows, (column + 1) % columns}; break;
            case TrafficPattern::bit_complement: to = {rows - 1 - row, columns - 1 - column}; break;
            case TrafficPattern::tornado:
                to = {(row + (rows + 1) / 2 - 1) % rows, (column + (columns + 1) / 2 - 1) % columns};
                break;
        }
        if (const auto destination = mesh.at(to)) matrix[source][*destination] = 1.0;
    }
    return matrix;
}

TrafficForms traffic_forms(const RouteWalker& walker, const PlatformConfig& config, SipId sip, const TrafficMesh& mesh,
                           const TrafficMatrix& matrix, std::uint32_t bytes) {
    using Kind = RouteNode::Kind;
    const auto& nodes = mesh.nodes();
    const sim::Bandwidth local = config.sip.cube.noc.link_bandwidth;
    const auto is_port = [](const RouteNode& node) { return node.kind == Kind::ucie; };
    struct Way {
        std::size_t source, destination;
        double share;
    };
    struct Load {
        double load = 0;  // share of the link's time at full load of every source
        std::vector<Way> ways;
    };
    std::map<std::pair<RouteNode, RouteNode>, Load> links;
    std::vector<Load> injection(nodes.size()), ejection(nodes.size());
    TrafficForms forms;
    forms.crosses.assign(nodes.size(), std::vector<unsigned>(nodes.size(), 0));
    forms.zero_load.assign(nodes.size(), std::vector<sim::Time>(nodes.size()));

    double packets = 0;
    std::vector<Hop> hops;
    for (std::size_t s = 0; s < nodes.size(); ++s) {
        double sends = 0;
        for (std::size_t d = 0; d < nodes.size(); ++d) {
            if (matrix[s][d] == 0) continue;
            const Way way{s, d, matrix[s][d]};
            const auto put = [&way](Load& load, double time) {
                load.load += way.share * time;
                load.ways.push_back(way);
            };
            sends += way.share;
            put(injection[s], 1);
            put(ejection[d], 1);
            walker.route(RouteNode::at_router(sip, nodes[s].router), RouteNode::at_router(sip, nodes[d].router), hops);
            sim::Bandwidth narrow = local;
            unsigned routers = 0;
            for (std::size_t i = 1; i < hops.size(); ++i) {
                const bool die_to_die = is_port(hops[i - 1].node) && is_port(hops[i].node);
                const sim::Bandwidth link = die_to_die ? config.sip.ucie.connection_bandwidth : local;
                put(links[{hops[i - 1].node, hops[i].node}], local.bytes_per_ns() / link.bytes_per_ns());
                narrow = std::min(narrow, link);
                routers += hops[i].node.kind == Kind::router ? 1 : 0;
            }
            forms.zero_load[s][d] = walker.fabric_latency(hops) + narrow.time_for(bytes);
            forms.mean_hops += way.share * routers;
            forms.mean_zero_load += way.share * forms.zero_load[s][d].ns();
        }
        packets += sends;
        forms.sources += sends > 0 ? 1 : 0;
    }
    forms.mean_hops /= packets;
    forms.mean_zero_load /= packets;

    std::vector<std::pair<std::string, const Load*>> all;
    for (const auto& [ends, load] : links)
        all.emplace_back(walker.name(ends.first) + " -> " + walker.name(ends.second), &load);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const std::string name = walker.name(RouteNode::at_router(sip, nodes[i].router));
        all.emplace_back("the injector of " + name + " -> " + name, &injection[i]);
        all.emplace_back(name + " -> its injector", &ejection[i]);
    }
    double most = 0;
    for (const auto& [name, load] : all) most = std::max(most, load->load);
    forms.saturation = 1 / most;
    for (const auto& [name, load] : all) {
        if (load->load < most - 1e-9) continue;  // equal up to rounding
        if (forms.bottlenecks++ == 0) forms.bottleneck = name;
        for (const Way& way : load->ways) ++forms.crosses[way.source][way.destination];
    }
    return forms;
}

}  // namespace ahbm
