// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/collectives/root_place.h"

#include <algorithm>

namespace ahbm::runtime {
namespace {

struct Place {
    std::uint32_t row = 0, column = 0;
};

/// Cubes from the root to the farthest one: a tree along rows and columns is so deep.
std::uint32_t depth(const RootChoice& of, Place root) {
    return std::max(root.column, of.cube_w - 1 - root.column) + std::max(root.row, of.cube_h - 1 - root.row);
}

/// A call of more than two tiles streams: a cube receives from at most two neighbours at the corner, from up to four
/// elsewhere, and what the root can take in bounds the rate. A call of fewer pays latency: a cube farther from the root
/// costs a hop of the reduction and one of the broadcast, a cube deeper in the mesh a crossing out and in per round of
/// the exchange. On the default timing the former is 44 ns + 26 ns per KiB of a tile, the latter 32 ns (assumption:
/// their ratio is much the same elsewhere). A walk closes to a ring when the rows are even, and then all cubes are
/// alike; if not, its arms are shortest from the middle. docs/collectives.md has the measurements.
RootPlace cheapest(const RootChoice& of, std::uint64_t tiles, std::uint64_t tile_bytes, Place beside_io, Place centre) {
    if (of.walks) return of.cube_h % 2 == 0 ? RootPlace::beside_io : RootPlace::centre;
    if (tiles > 2) return RootPlace::corner;
    if (of.rounds == 0) return RootPlace::centre;
    const double hop = 44 + 26 * static_cast<double>(tile_bytes) / 1024, crossing = 32;
    const double nearer = static_cast<double>(depth(of, beside_io)) - static_cast<double>(depth(of, centre));
    return nearer * hop > centre.row * of.rounds * crossing ? RootPlace::centre : RootPlace::beside_io;
}

/// Steps one after the other: around a ring or both ways of a torus; on an open mesh there and back.
std::uint32_t rounds_of(const CollectiveMachine& machine) {
    const std::uint32_t ways = machine.sip_w - 1 + machine.sip_h - 1;
    switch (machine.wiring) {
        case SipWiring::ring: break;
        case SipWiring::torus: return ways;
        case SipWiring::open_mesh: return 2 * ways;
    }
    return static_cast<std::uint32_t>(machine.sips.size()) - 1;
}

}  // namespace

std::uint32_t RootChoice::cube(std::uint64_t elements, std::uint64_t element_bytes) const {
    const Place beside_io{0, std::min(cube_w / 2, io_columns - 1)}, centre{cube_h / 2, cube_w / 2};
    RootPlace chosen = place;
    if (place == RootPlace::automatic) {
        const std::uint64_t fits = std::max<std::uint64_t>(chunk == 0 ? slot_bytes / element_bytes : chunk, 1);
        chosen =
            cheapest(*this, (elements + fits - 1) / fits, std::min(elements, fits) * element_bytes, beside_io, centre);
    }
    const auto number = [&](Place at) { return at.row * cube_w + at.column; };
    switch (chosen) {
        case RootPlace::beside_io: return number(beside_io);
        case RootPlace::centre: return number(centre);
        case RootPlace::far_corner: return number({cube_h - 1, cube_w - 1});
        case RootPlace::corner:
        case RootPlace::automatic: break;
    }
    return 0;
}

RootChoice root_choice(const AlgorithmConfig& config, const TopologyInfo& topology, const CollectiveMachine& in_use,
                       std::uint64_t slot_bytes) {
    return {
        .place = config.root,
        .cube_w = in_use.cube_w,
        .cube_h = in_use.cube_h,
        .io_columns = in_use.io_columns == 0 ? in_use.cube_w : in_use.io_columns,
        .walks = topology.walks,
        .rounds = rounds_of(in_use),
        .slot_bytes = slot_bytes,
        .chunk = config.chunk,
    };
}

}  // namespace ahbm::runtime
