// SPDX-License-Identifier: Apache-2.0
/// send_tensor, recv_tensor: one rank's shards to the equal shards of another rank, PE by PE, slot by slot.
/// Tensors: the tensor. The queue group is that of the pair: a ring of two, in which "E" of one leads to "W" of the
/// other. ring_barrier: ends when the PEs of all ranks are in it. Scalar 0: how many ranks; the queues form a ring, E
/// to W.
#include "firmware/kernels/builtin.h"
#include "firmware/tl/program.h"

#include <algorithm>

namespace ahbm::kernels {
namespace {

constexpr std::string_view to_peer = "E", from_peer = "W";

/// Calls `move(first, count)` for parts of the shard that fill a slot each.
template <class Move>
void for_each_slot(tl::Program& tl, std::string_view direction, const tl::TensorArg& shard, Move move) {
    const std::uint64_t elements = shard.shape.elements(), slot = tl.slot_elements(direction, shard.dtype);
    for (std::uint64_t first = 0; first < elements; first += slot) move(first, std::min(slot, elements - first));
}

void send_tensor(tl::Program& tl, const tl::KernelArgs& args) {
    const tl::TensorArg& shard = args.tensor(0, "tensor");
    for_each_slot(tl, to_peer, shard, [&](std::uint64_t first, std::uint64_t count) {
        tl.send(to_peer, tl.load(tl.flat(shard, first, count)));
    });
}

void recv_tensor(tl::Program& tl, const tl::KernelArgs& args) {
    const tl::TensorArg& shard = args.tensor(0, "tensor");
    for_each_slot(tl, from_peer, shard, [&](std::uint64_t first, std::uint64_t count) {
        tl.store(tl.flat(shard, first, count), tl.recv(from_peer));
    });
}

void ring_barrier(tl::Program& tl, const tl::KernelArgs& args) {
    const auto ranks = static_cast<std::uint32_t>(args.scalar(0, 1));
    if (ranks == 1) return;
    // The token of the n-th hop tells that the rank n places back is there: it was sent after the one of the hop before
    // had come. None is kept in its slot, so one slot is enough.
    const tl::Tensor token = tl.zeros({1, 1}, Dtype::i32);
    for (std::uint32_t hop = 1; hop < ranks; ++hop) {
        tl.send(to_peer, token);
        tl.recv(from_peer);
    }
}

}  // namespace

void register_point_to_point(tl::KernelRegistry& registry) {
    registry.add({"send_tensor", "each PE sends its shard to the PE of the same number of another rank", send_tensor});
    registry.add(
        {"recv_tensor", "each PE receives its shard from the PE of the same number of another rank", recv_tensor});
    registry.add({"ring_barrier", "ends when one PE of every rank is in it", ring_barrier});
}

}  // namespace ahbm::kernels
