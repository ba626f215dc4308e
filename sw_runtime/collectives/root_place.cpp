// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/collectives/root_place.h"

#include <algorithm>

namespace ahbm::runtime {
namespace {

struct Place {
    std::uint32_t row = 0, column = 0;
};

Place beside_io(const RootChoice& of) { return {0, std::min(of.cube_w / 2, of.io_columns - 1)}; }
Place centre(const RootChoice& of) { return {of.cube_h / 2, of.cube_w / 2}; }

/// Cubes from the root to the farthest one: a tree along rows and columns is so deep.
std::uint32_t depth(const RootChoice& of, Place root) {
    return std::max(root.column, of.cube_w - 1 - root.column) + std::max(root.row, of.cube_h - 1 - root.row);
}

/// A tile's way from a cube to the next, and its sum there. The rest, loads, slots and queues, is what it took on the
/// default configuration (assumption).
double hop_ps(const CubeHop& hop, std::uint64_t tile_bytes) {
    const double rest = 28'000, rest_per_kib = 10'000, kib = static_cast<double>(tile_bytes) / 1024;
    return static_cast<double>(hop.crossing_ps) + rest +
           (static_cast<double>(hop.link_ps_per_kib + hop.sum_ps_per_kib) + rest_per_kib) * kib;
}

/// How long the centre is busy with a tile: it takes one from each of four neighbours and sums them, and its links
/// carry it both ways. Beside the sum, 8 ns per KiB (assumption, as above).
double work_of_centre_ps(const CubeHop& hop, std::uint64_t tile_bytes) {
    const double kib = static_cast<double>(tile_bytes) / 1024;
    return kib *
           std::max(4 * (static_cast<double>(hop.sum_ps_per_kib) + 8000), 2 * static_cast<double>(hop.link_ps_per_kib));
}

/// More than two tiles stream, and the rate counts. When SIPs exchange in several rounds, the root bounds it, and a
/// corner takes tiles from two neighbours only, others from up to four. Otherwise the slots of the queues may bound it
/// instead, the fewer the more: then the nearest to all is best. A short stream is as long as its way.
bool streams_to_centre(const RootChoice& of, std::uint64_t tiles, std::uint64_t tile_bytes) {
    if (of.rounds > 1) return false;
    if (tiles <= of.n_slots) return of.hop.link_ps_per_kib > of.hop.sum_ps_per_kib;
    const double ways = depth(of, {0, 0}) + depth(of, centre(of));
    return static_cast<double>(of.n_slots) * work_of_centre_ps(of.hop, tile_bytes) < ways * hop_ps(of.hop, tile_bytes);
}

/// A call of one or two tiles pays latency: a cube farther from the root costs a hop of the reduction and one of the
/// broadcast, a cube deeper in the mesh a crossing out and one in per round of the exchange, tile by tile.
/// A walk closes to a ring when the rows are even, and then all cubes are alike; if not, its arms are shortest from the
/// middle. docs/collectives.md has the measurements.
RootPlace cheapest(const RootChoice& of, std::uint64_t tiles, std::uint64_t tile_bytes) {
    if (of.walks) return of.cube_h % 2 == 0 ? RootPlace::beside_io : RootPlace::centre;
    if (tiles > 2) return streams_to_centre(of, tiles, tile_bytes) ? RootPlace::centre : RootPlace::corner;
    if (of.rounds == 0) return RootPlace::centre;
    const double nearer = static_cast<double>(depth(of, beside_io(of))) - static_cast<double>(depth(of, centre(of)));
    const double deeper = 2.0 * static_cast<double>(centre(of).row * of.rounds * tiles * of.hop.crossing_ps);
    return nearer * hop_ps(of.hop, tile_bytes) > deeper ? RootPlace::centre : RootPlace::beside_io;
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

RootPlace RootChoice::chosen(std::uint64_t elements, std::uint64_t element_bytes) const {
    if (place != RootPlace::automatic) return place;
    const std::uint64_t fits = std::max<std::uint64_t>(chunk == 0 ? slot_bytes / element_bytes : chunk, 1);
    return cheapest(*this, (elements + fits - 1) / fits, std::min(elements, fits) * element_bytes);
}

std::uint32_t RootChoice::cube(std::uint64_t elements, std::uint64_t element_bytes) const {
    const auto number = [&](Place at) { return at.row * cube_w + at.column; };
    switch (chosen(elements, element_bytes)) {
        case RootPlace::beside_io: return number(beside_io(*this));
        case RootPlace::centre: return number(centre(*this));
        case RootPlace::far_corner: return number({cube_h - 1, cube_w - 1});
        case RootPlace::corner:
        case RootPlace::automatic: break;
    }
    return 0;
}

RootChoice root_choice(const AlgorithmConfig& config, const TopologyInfo& topology, const CollectiveMachine& in_use,
                       const QueuePolicy& queues) {
    return {
        .place = config.root,
        .cube_w = in_use.cube_w,
        .cube_h = in_use.cube_h,
        .io_columns = in_use.io_columns == 0 ? in_use.cube_w : in_use.io_columns,
        .walks = topology.walks,
        .rounds = rounds_of(in_use),
        .slot_bytes = queues.slot_size.value,
        .n_slots = queues.n_slots,
        .chunk = config.chunk,
        .hop = in_use.cube_hop,
    };
}

}  // namespace ahbm::runtime
