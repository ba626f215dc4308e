// SPDX-License-Identifier: Apache-2.0
/// rank_ring_*: every collective over a ring of one PE per rank, east to west; what a process group does without an
/// algorithm of its own. Tiles are at most a slot large, and a PE receives as often as it sends, so one slot is
/// enough. Tensors: input and output, see Operands. Scalars: CollectiveArguments; `sip` is the place in the ring.
#include "firmware/kernels/builtin.h"
#include "firmware/kernels/collectives/arguments.h"
#include "firmware/tl/program.h"

#include <algorithm>
#include <vector>

namespace ahbm::kernels {
namespace {

constexpr std::string_view next = "E", previous = "W";

class RankRing {
public:
    RankRing(tl::Program& program, const tl::KernelArgs& args)
        : tl_(program),
          args_(program, args),
          reducer_(program, args_),
          self_(args_.sip),
          ranks_(args_.sips),
          root_(args_.root),
          operands_(args) {}

    void all_reduce() {
        // Reduce-scatter, then all-gather, of as many tiles as there are ranks: each tile is summed in one order, so
        // all ranks end with the same bits.
        const tl::TensorArg &input = operands_.input, &output = operands_.output;
        const std::uint64_t count = input.shape.elements(), tile = tile_elements(input.dtype, ranks_ + 2);
        for (std::uint64_t first = 0; first < count; first += tile * ranks_) {
            const std::uint64_t block = std::min(tile * ranks_, count - first), per = tl::Program::cdiv(block, ranks_);
            const auto part = [&](const tl::TensorArg& x, std::uint32_t owner) {
                const std::uint64_t from = std::min(per * owner, block);
                return tl_.flat(x, first + from, std::min(per, block - from));
            };
            const auto empty = [&](std::uint32_t owner) { return per * owner >= block; };
            tl::Tensor moving;
            tl_.phase("reduce_scatter");
            if (!empty(before(1))) moving = tl_.load(part(input, before(1)));
            for (std::uint32_t step = 2; step <= ranks_; ++step) {
                const std::uint32_t arriving = before(step);
                moving = pass_on(moving, !empty(arriving));
                if (moving) moving = reducer_.combine(moving, tl_.load(part(input, arriving)));
            }
            if (moving) moving = reducer_.finish(moving);
            tl_.phase("all_gather");
            for (std::uint32_t step = 0; step < ranks_; ++step) {
                if (moving) tl_.store(part(output, before(step)), moving);
                if (step + 1 < ranks_) moving = pass_on(moving, !empty(before(step + 1)));
            }
        }
    }

    void reduce() {
        const tl::TensorArg &input = operands_.input, &output = operands_.output;
        const std::uint32_t behind_root = (self_ + ranks_ - root_) % ranks_;
        for_each_tile(input, [&](std::uint64_t first, std::uint64_t count) {
            tl::Tensor sum = tl_.load(tl_.flat(input, first, count));
            if (behind_root != 1 && ranks_ > 1) sum = reducer_.combine(tl_.recv(previous), sum);
            if (behind_root == 0)
                tl_.store(tl_.flat(output, first, count), reducer_.finish(sum));
            else
                tl_.send(next, sum);
        });
    }

    void broadcast() {
        const tl::TensorArg &input = operands_.input, &output = operands_.output;
        const std::uint32_t behind_root = (self_ + ranks_ - root_) % ranks_;
        for_each_tile(input, [&](std::uint64_t first, std::uint64_t count) {
            const tl::Tensor tile = behind_root == 0 ? tl_.load(tl_.flat(input, first, count)) : tl_.recv(previous);
            if (behind_root + 1 != ranks_) tl_.send(next, tile);
            if (behind_root != 0 || !operands_.in_place) tl_.store(tl_.flat(output, first, count), tile);
        });
    }

    void all_gather() {
        const tl::TensorArg &input = operands_.input, &output = operands_.output;
        const std::uint64_t n = output.shape.elements() / ranks_, own = operands_.own_part(self_, n);
        for_each_tile(input.dtype, n, [&](std::uint64_t first, std::uint64_t count) {
            tl::Tensor moving = tl_.load(tl_.flat(input, own + first, count));
            for (std::uint32_t step = 0; step < ranks_; ++step) {
                if (step != 0 || !operands_.in_place)
                    tl_.store(tl_.flat(output, before(step) * n + first, count), moving);
                if (step + 1 < ranks_) moving = pass_on(moving, true);
            }
        });
    }

    void reduce_scatter() {
        const tl::TensorArg &input = operands_.input, &output = operands_.output;
        const std::uint64_t n = input.shape.elements() / ranks_, own = operands_.own_part(self_, n);
        for_each_tile(output.dtype, n, [&](std::uint64_t first, std::uint64_t count) {
            tl::Tensor moving = tl_.load(tl_.flat(input, before(1) * n + first, count));
            for (std::uint32_t step = 2; step <= ranks_; ++step) {
                moving = pass_on(moving, true);
                moving = reducer_.combine(moving, tl_.load(tl_.flat(input, before(step) * n + first, count)));
            }
            tl_.store(tl_.flat(output, own + first, count), reducer_.finish(moving));
        });
    }

    /// Parts that are as far to the left as to the right change places, so both are read before either is written:
    /// that is all that in place needs.
    void all_to_all() {
        const tl::TensorArg &input = operands_.input, &output = operands_.output;
        const std::uint64_t n = input.shape.elements() / ranks_, tile = tile_elements(input.dtype, 4);
        for (std::uint64_t first = 0; first < n; first += tile) {
            const std::uint64_t count = std::min(tile, n - first);
            const auto part = [&](const tl::TensorArg& x, std::uint32_t owner) {
                return tl_.flat(x, owner * n + first, count);
            };
            const auto pass = [&](tl::Tensor& moving, std::uint32_t distance) {
                for (std::uint32_t hop = 0; hop < distance; ++hop) moving = pass_on(moving, true);
                tl_.store(part(output, before(distance)), moving);
            };
            if (!operands_.in_place) tl_.copy(part(output, self_), part(input, self_));
            for (std::uint32_t distance = 1; 2 * distance <= ranks_; ++distance) {
                tl::Tensor near = tl_.load(part(input, before(ranks_ - distance))), far;
                if (2 * distance < ranks_) far = tl_.load(part(input, before(distance)));
                pass(near, distance);
                tl_.release(near);
                if (far) pass(far, ranks_ - distance);
            }
        }
    }

private:
    /// So many places back in the ring.
    std::uint32_t before(std::uint32_t places) const { return (self_ + 2 * ranks_ - places) % ranks_; }

    std::uint64_t tile_elements(Dtype dtype, std::uint64_t tiles) const {
        const std::uint64_t fit = args_.tile_that_fits(dtype, tiles);
        return ranks_ == 1 ? fit : std::min(fit, tl_.slot_elements(next, dtype));
    }

    template <class Visit>
    void for_each_tile(const tl::TensorArg& x, Visit visit) {
        for_each_tile(x.dtype, x.shape.elements(), visit);
    }
    template <class Visit>
    void for_each_tile(Dtype dtype, std::uint64_t elements, Visit visit) {
        const std::uint64_t tile = tile_elements(dtype, 4);
        for (std::uint64_t first = 0; first < elements; first += tile) visit(first, std::min(tile, elements - first));
    }

    /// Sends a tile (if there is one) and receives the next (if one comes); the slot of the first is given back before.
    tl::Tensor pass_on(tl::Tensor& tile, bool another) {
        if (tile) tl_.send(next, tile);
        tl_.release(tile);
        if (!another) return {};
        // With one slot nobody may hold a tile in it while sending: all would wait for all.
        if (tl_.queue(previous).n_slots == 1) return tl_.scale(tl_.recv(previous), 1.0);
        return tl_.recv(previous);
    }

    tl::Program& tl_;
    CollectiveArguments args_;
    Reducer reducer_;
    std::uint32_t self_, ranks_, root_;
    Operands operands_;
};

}  // namespace

void register_rank_ring(tl::KernelRegistry& registry) {
    const auto add = [&](const char* name, const char* description, void (RankRing::*work)()) {
        registry.add(
            {name, description, [work](tl::Program& tl, const tl::KernelArgs& args) { (RankRing(tl, args).*work)(); }});
    };
    add("rank_ring_all_reduce", "one PE per rank: the reduction of all", &RankRing::all_reduce);
    add("rank_ring_reduce", "one PE per rank: the reduction of all, at the root", &RankRing::reduce);
    add("rank_ring_broadcast", "one PE per rank: the root's tensor everywhere", &RankRing::broadcast);
    add("rank_ring_all_gather", "one PE per rank: everybody's input, in order", &RankRing::all_gather);
    add("rank_ring_reduce_scatter", "one PE per rank: its part of the reduction", &RankRing::reduce_scatter);
    add("rank_ring_all_to_all", "one PE per rank: a part of everybody's input", &RankRing::all_to_all);
}

}  // namespace ahbm::kernels
