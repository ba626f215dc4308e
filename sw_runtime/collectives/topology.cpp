// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/collectives/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace ahbm::runtime {
namespace {

using Wires = std::vector<Wire>;
using Pes = std::span<const PeCoord>;

/// `names`: to the next one and to the previous one. Nobody neighbours itself; of two, each is both.
void add_ring(Wires& wires, const std::vector<PeCoord>& ring, const std::string& next, const std::string& previous) {
    const std::size_t n = ring.size();
    for (std::size_t i = 0; i < n && n > 1; ++i) {
        wires.push_back({ring[i], next, ring[(i + 1) % n]});
        wires.push_back({ring[i], previous, ring[(i + n - 1) % n]});
    }
}

void add_chain(Wires& wires, const std::vector<PeCoord>& chain, const std::string& next, const std::string& previous) {
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        wires.push_back({chain[i], next, chain[i + 1]});
        wires.push_back({chain[i + 1], previous, chain[i]});
    }
}

/// Rows and columns of a grid, each a ring or a chain.
void add_grid(Wires& wires, const std::vector<PeCoord>& cells, std::size_t w, bool wraps,
              const std::string& prefix = "") {
    const std::size_t h = cells.size() / w;
    const auto add = wraps ? add_ring : add_chain;
    for (std::size_t y = 0; y < h; ++y) {
        const auto row = cells.begin() + static_cast<std::ptrdiff_t>(y * w);
        add(wires, {row, row + static_cast<std::ptrdiff_t>(w)}, prefix + "E", prefix + "W");
    }
    for (std::size_t x = 0; x < w; ++x) {
        std::vector<PeCoord> column;
        for (std::size_t y = 0; y < h; ++y) column.push_back(cells[y * w + x]);
        add(wires, column, prefix + "S", prefix + "N");
    }
}

Wires ring(const CollectiveMachine&, Pes pes) {
    Wires wires;
    add_ring(wires, {pes.begin(), pes.end()}, "E", "W");
    return wires;
}

std::size_t side_of_square(Pes pes) {
    std::size_t side = 1;
    while (side * side < pes.size()) ++side;
    if (side * side != pes.size())
        throw CollectiveError(
            fmt::format("{} participants do not form a square mesh: another topology is needed", pes.size()));
    return side;
}

Wires mesh(const CollectiveMachine&, Pes pes) {
    Wires wires;
    add_grid(wires, {pes.begin(), pes.end()}, side_of_square(pes), true);
    return wires;
}

/// The grid of the SIPs where each has one participant, else a square.
Wires grid(const CollectiveMachine& machine, Pes pes, bool wraps) {
    const bool of_sips = pes.size() == machine.sips.size() && machine.sip_w * machine.sip_h == pes.size();
    Wires wires;
    add_grid(wires, {pes.begin(), pes.end()}, of_sips ? machine.sip_w : side_of_square(pes), wraps);
    return wires;
}

void add_tree(Wires& wires, const std::vector<PeCoord>& nodes, const std::string& prefix) {
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        const PeCoord parent = nodes[(i - 1) / 2];
        wires.push_back({parent, prefix + (i % 2 == 1 ? "child_left" : "child_right"), nodes[i]});
        wires.push_back({nodes[i], prefix + "parent", parent});
    }
}

Wires double_tree(const CollectiveMachine&, Pes pes) {
    Wires wires;
    std::vector<PeCoord> nodes(pes.begin(), pes.end());
    add_tree(wires, nodes, "");
    std::reverse(nodes.begin(), nodes.end());  // who has children in one tree is a leaf of the other
    add_tree(wires, nodes, "b_");
    return wires;
}

/// Participants by SIP, then by cube.
std::map<SipId, std::map<CubeId, std::vector<PeCoord>>> by_cube(Pes pes) {
    std::map<SipId, std::map<CubeId, std::vector<PeCoord>>> all;
    for (const PeCoord at : pes) all[at.sip][at.cube].push_back(at);
    return all;
}

/// The same place of every SIP, connected as the SIPs are.
void add_sip_wires(Wires& wires, const CollectiveMachine& machine, Pes pes) {
    std::map<std::pair<CubeId, PeId>, std::vector<PeCoord>> places;
    for (const PeCoord at : pes) places[{at.cube, at.pe}].push_back(at);
    for (const auto& [place, column] : places) {
        if (machine.wiring == SipWiring::ring)
            add_ring(wires, column, "global_E", "global_W");
        else
            add_grid(wires, column, machine.sip_w, machine.wiring == SipWiring::torus, "global_");
    }
}

std::vector<PeCoord> leaders(const std::map<CubeId, std::vector<PeCoord>>& cubes) {
    std::vector<PeCoord> all;
    for (const auto& [cube, pes] : cubes) all.push_back(pes.front());
    return all;
}

Wires intercube(const CollectiveMachine& machine, Pes pes) {
    Wires wires;
    std::vector<PeCoord> firsts;
    for (const auto& [sip, cubes] : by_cube(pes)) {
        const std::vector<PeCoord> mesh = leaders(cubes);
        add_grid(wires, mesh, std::min<std::size_t>(machine.cube_w, mesh.size()), false);
        firsts.insert(firsts.end(), mesh.begin(), mesh.end());
    }
    add_sip_wires(wires, machine, firsts);
    return wires;
}

Wires hierarchical(const CollectiveMachine& machine, Pes pes) {
    Wires wires;
    std::vector<PeCoord> firsts;
    for (const auto& [sip, cubes] : by_cube(pes)) {
        for (const auto& [cube, inside] : cubes) add_ring(wires, inside, "intra_E", "intra_W");
        // A walk that turns at the end of each row of cubes: neighbours in the ring are neighbours in the mesh.
        std::vector<PeCoord> walk = leaders(cubes);
        firsts.insert(firsts.end(), walk.begin(), walk.end());
        const std::size_t w = std::min<std::size_t>(machine.cube_w, walk.size());
        for (std::size_t row = 1; row * w < walk.size(); row += 2) {
            const auto begin = walk.begin() + static_cast<std::ptrdiff_t>(row * w);
            std::reverse(begin, begin + static_cast<std::ptrdiff_t>(w));
        }
        add_ring(wires, walk, "E", "W");
    }
    add_sip_wires(wires, machine, firsts);
    return wires;
}

Wires cube_rings(const CollectiveMachine&, Pes pes) {
    Wires wires;
    for (const auto& [sip, cubes] : by_cube(pes))
        for (const auto& [cube, inside] : cubes) add_ring(wires, inside, "E", "W");
    return wires;
}

}  // namespace

std::map<std::string, TopologyInfo> builtin_topologies() {
    return {
        {"ring_1d", {"all participants in a ring, E and W", ring}},
        {"ring_1d_unidir", {"the same; tiles go E only, W is where they come from", ring}},
        {"mesh_2d", {"a square of participants, rows and columns wrap", mesh}},
        {"torus_2d",
         {"the grid of SIPs, or a square, that wraps",
          [](const auto& machine, Pes pes) { return grid(machine, pes, true); }}},
        {"mesh_2d_no_wrap",
         {"the grid of SIPs, or a square, that does not wrap",
          [](const auto& machine, Pes pes) { return grid(machine, pes, false); }}},
        {"tree_binary",
         {"parent, child_left, child_right",
          [](const CollectiveMachine&, Pes pes) {
              Wires wires;
              add_tree(wires, {pes.begin(), pes.end()}, "");
              return wires;
          }}},
        {"tree_double", {"two binary trees; the second one's directions begin with b_", double_tree}},
        {"hierarchical_3level",
         {"intra_ ring of a cube's PEs, ring of cubes, global_ as the SIPs are connected", hierarchical, true}},
        {"intercube_multisip", {"mesh of cubes, global_ as the SIPs are connected", intercube}},
        {"intracube_pe_ring", {"a ring within each cube", cube_rings}},
        {"none", {"no queues", [](const CollectiveMachine&, Pes) { return Wires(); }}},
    };
}

bool are_opposite(std::string_view a, std::string_view b) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> opposites{
        {{"E", "W"}, {"N", "S"}, {"parent", "child_left"}, {"parent", "child_right"}}};
    const auto same_prefix = [](std::string_view x, std::string_view x_end, std::string_view y,
                                std::string_view y_end) {
        return x.ends_with(x_end) && y.ends_with(y_end) &&
               x.substr(0, x.size() - x_end.size()) == y.substr(0, y.size() - y_end.size());
    };
    return std::any_of(opposites.begin(), opposites.end(), [&](const auto& pair) {
        return same_prefix(a, pair.first, b, pair.second) || same_prefix(a, pair.second, b, pair.first);
    });
}

std::vector<Link> pair_wires(std::span<const Wire> wires) {
    std::set<std::pair<PeCoord, std::string>> named;
    std::map<std::pair<PeCoord, PeCoord>, std::vector<std::size_t>> between;
    for (std::size_t i = 0; i < wires.size(); ++i) {
        const Wire& wire = wires[i];
        if (wire.direction.empty() || wire.direction.size() > 15)
            throw CollectiveError(fmt::format("direction '{}' of {}: 1 to 15 characters are expected", wire.direction,
                                              to_string(wire.from)));
        if (!named.emplace(wire.from, wire.direction).second)
            throw CollectiveError(
                fmt::format("{} has two wires in direction {}", to_string(wire.from), wire.direction));
        between[{wire.from, wire.to}].push_back(i);
    }
    std::vector<std::optional<std::size_t>> other(wires.size());
    const auto match = [&](bool opposite_only) {
        for (std::size_t i = 0; i < wires.size(); ++i) {
            if (other[i]) continue;
            for (const std::size_t back : between[{wires[i].to, wires[i].from}]) {
                if (other[back] || back == i ||
                    (opposite_only && !are_opposite(wires[i].direction, wires[back].direction)))
                    continue;
                other[i] = back;
                other[back] = i;
                break;
            }
        }
    };
    match(true);
    match(false);
    std::vector<Link> links;
    for (std::size_t i = 0; i < wires.size(); ++i) {
        if (!other[i])
            throw CollectiveError(fmt::format("{} reaches {} by {}, but has no wire back", to_string(wires[i].from),
                                              to_string(wires[i].to), wires[i].direction));
        links.push_back({wires[i], wires[*other[i]].direction});
    }
    std::stable_sort(links.begin(), links.end(),
                     [](const Link& a, const Link& b) { return a.wire.from < b.wire.from; });
    return links;
}

}  // namespace ahbm::runtime
