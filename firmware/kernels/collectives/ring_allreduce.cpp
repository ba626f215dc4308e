// SPDX-License-Identifier: Apache-2.0
/// ring_allreduce: n - 1 rounds in which every participant forwards the tile it got and keeps a copy; then all reduce
/// the n tiles in the same order. mesh_allreduce: the same along the rows of a square, then along its columns. Few
/// steps and n times the data: for small tensors. Tensors: input and output, see Operands. Scalars:
/// CollectiveArguments.
#include "firmware/kernels/builtin.h"
#include "firmware/kernels/collectives/ring.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ahbm::kernels {
namespace {

/// Works on as many tiles at once as the queues have slots, by `rings` one after the other.
void all_reduce_by_rings(tl::Program& tl, const CollectiveArguments& args, const Operands& operands,
                         const std::vector<RingPlace>& rings) {
    const tl::TensorArg& shard = operands.input;
    const Reducer reducer(tl, args);
    const std::uint64_t count = shard.shape.elements();
    if (args.participants == 1) return operands.copy(tl);
    Tiling tiling(tl, args, rings.front().to, shard.dtype);
    std::uint32_t longest = 1;
    for (const RingPlace& ring : rings) longest = std::max(longest, ring.size);
    const std::uint64_t held = 2 * (longest + 2);  // of one tile, by all of a ring
    tiling.tile = std::min(tiling.tile, args.tile_that_fits(shard.dtype, held));
    const std::uint64_t fit = args.tile_room / (held * tiling.tile * size_of(shard.dtype));
    const std::uint64_t at_once = std::max<std::uint64_t>(1, std::min<std::uint64_t>(tiling.slots, fit));

    for (std::uint64_t first = 0; first < count; first += at_once * tiling.tile) {
        std::vector<tl::GlobalView> targets;
        std::vector<tl::Tensor> tiles;
        for (std::uint64_t at = first; at < std::min(count, first + at_once * tiling.tile); at += tiling.tile) {
            const std::uint64_t elements = std::min(tiling.tile, count - at);
            tiles.push_back(tl.load(tl.flat(operands.input, at, elements)));
            targets.push_back(tl.flat(operands.output, at, elements));
        }
        for (const RingPlace& ring : rings)
            if (ring.size > 1) tiles = ring_exchange(tl, reducer, ring, tiles);
        for (std::size_t i = 0; i < tiles.size(); ++i) tl.store(targets[i], reducer.finish(tiles[i]));
    }
}

void ring_allreduce(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    all_reduce_by_rings(tl, arguments, Operands(args), {ring_of_all(arguments)});
}

void mesh_allreduce(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    const auto side = static_cast<std::uint32_t>(std::lround(std::sqrt(arguments.participants)));
    const RingPlace row{"E", "W", side, arguments.self % side}, column{"S", "N", side, arguments.self / side};
    all_reduce_by_rings(tl, arguments, Operands(args), {row, column});
}

void hello_send(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    const tl::TensorArg& shard = args.tensor(0, "tensor");
    if (arguments.participants == 1) return;
    const std::uint64_t count = shard.shape.elements(), tile = Tiling(tl, arguments, "E", shard.dtype).tile;
    for (std::uint64_t at = 0; at < count; at += tile) {
        const tl::GlobalView view = tl.flat(shard, at, std::min(tile, count - at));
        tl.send("E", tl.load(view));
        tl.store(view, tl.recv("W"));
    }
}

}  // namespace

void register_ring_collectives(tl::KernelRegistry& registry) {
    registry.add({"ring_allreduce", "forwards every tile round the ring; for small tensors", ring_allreduce});
    registry.add({"mesh_allreduce", "rings along the rows of a square, then along its columns", mesh_allreduce});
    registry.add({"hello_send", "sends its shard east and keeps what came from the west", hello_send});
}

}  // namespace ahbm::kernels
