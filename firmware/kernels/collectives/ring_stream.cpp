// SPDX-License-Identifier: Apache-2.0
/// ring_allreduce_bandwidth, ring_reduce_scatter, ring_all_gather, ring_all_to_all: every step moves one segment one
/// place on, cut into tiles. A program sends tiles ahead before it looks for the first one that must have come, so
/// links stay busy over the latency of a step: half as many as the queues have slots. With all of them, every send
/// would wait for the credit of the tile that its peer has just received. Tensors: input and
/// output, see Operands. Scalars: CollectiveArguments.
#include "firmware/kernels/builtin.h"
#include "firmware/kernels/collectives/ring.h"

#include <algorithm>
#include <functional>

namespace ahbm::kernels {
namespace {

/// A segment of a shard in memory, as tiles.
struct Segment {
    const tl::TensorArg* shard = nullptr;
    std::uint64_t first = 0, count = 0;
};

class RingStream {
public:
    RingStream(tl::Program& tl, const CollectiveArguments& args, Dtype dtype, std::uint64_t segment)
        : tl_(tl),
          reducer_(tl, args),
          ring_(ring_of_all(args)),
          tiling_(tl, args, ring_.to, dtype),
          dtype_(dtype),
          tiles_(std::max<std::uint64_t>(1, tl::Program::cdiv(segment, tiling_.tile))),
          ahead_(std::clamp<std::uint64_t>(tiling_.slots / 2, 1, tiles_)),
          moving_(tiles_),
          own_(tiles_) {}

    using Place = std::function<Segment(std::uint32_t who)>;

    /// Segment w of everybody is reduced and ends at participant w, in `moving_`.
    void reduce_scatter(const Place& part) {
        tl_.phase("reduce_scatter");
        steps(
            ring_.size - 1,
            [&](std::uint32_t step, std::uint64_t tile) {
                if (step == 0) moving_[tile] = load(part(ring_.back(1)), tile);
                own_[tile] = load(part(ring_.back(step + 2)), tile);  // early: it is needed when the tile has come
            },
            [&](std::uint32_t step, std::uint64_t tile) {
                tl::Tensor& total = moving_[tile];
                if (has(part(ring_.back(step + 2)), tile))
                    total = reducer_.combine(tl_.recv(ring_.from), own_[tile]);
                else
                    total = {};
                if (step + 2 == ring_.size && total) total = reducer_.finish(total);
            });
    }
    /// `moving_` of everybody, or `own` where it is given, comes to everybody.
    void all_gather(const Place& place, const Segment* own = nullptr) {
        tl_.phase("all_gather");
        steps(
            ring_.size - 1,
            [&](std::uint32_t step, std::uint64_t tile) {
                if (step > 0) return;
                if (own != nullptr) moving_[tile] = load(*own, tile);
                if (own == nullptr || !same(*own, place(ring_.self))) store(place(ring_.self), tile);
            },
            [&](std::uint32_t step, std::uint64_t tile) {
                const Segment segment = place(ring_.back(step + 1));
                moving_[tile] = has(segment, tile) ? receive(segment, tile) : tl::Tensor();
                store(segment, tile);
            });
    }
    void store_own(const Segment& segment) {
        for (std::uint64_t tile = 0; tile < tiles_; ++tile) store(segment, tile);
    }

private:
    /// `count` steps of `tiles_` tiles each: sends moving_[tile] and lets `arrive` take what comes, at most `ahead_`
    /// sends in front. A tile of a step is what arrived as the same tile of the step before: ahead_ is at most tiles_.
    template <class Prepare, class Arrive>
    void steps(std::uint32_t count, Prepare prepare, Arrive arrive) {
        const std::uint64_t all = count * tiles_;
        for (std::uint64_t i = 0; i < all + ahead_ - 1; ++i) {
            if (i < all) {
                prepare(static_cast<std::uint32_t>(i / tiles_), i % tiles_);
                if (moving_[i % tiles_]) tl_.send(ring_.to, moving_[i % tiles_]);
            }
            if (i + 1 >= ahead_)
                arrive(static_cast<std::uint32_t>((i + 1 - ahead_) / tiles_), (i + 1 - ahead_) % tiles_);
        }
    }

    static bool same(const Segment& a, const Segment& b) {
        return a.shard->base == b.shard->base && a.first == b.first;
    }
    bool has(const Segment& segment, std::uint64_t tile) const { return tile * tiling_.tile < segment.count; }
    tl::GlobalView view(const Segment& segment, std::uint64_t tile) const {
        const std::uint64_t at = tile * tiling_.tile;
        return tl_.flat(*segment.shard, segment.first + at, std::min(tiling_.tile, segment.count - at));
    }
    tl::Tensor load(const Segment& segment, std::uint64_t tile) {
        return has(segment, tile) ? tl_.load(view(segment, tile)) : tl::Tensor();
    }
    void store(const Segment& segment, std::uint64_t tile) {
        if (has(segment, tile)) tl_.store(view(segment, tile), moving_[tile]);
    }
    /// Out of the slot: it is sent on when the tiles in front of it are gone.
    tl::Tensor receive(const Segment& segment, std::uint64_t tile) {
        tl::Tensor target = tl_.empty(view(segment, tile).shape(), dtype_);
        tl_.recv(ring_.from, target);
        return target;
    }

    tl::Program& tl_;
    Reducer reducer_;
    RingPlace ring_;
    Tiling tiling_;
    Dtype dtype_;
    std::uint64_t tiles_, ahead_;
    std::vector<tl::Tensor> moving_, own_;
};

/// Elements of a segment so that three copies of one fit TCM.
std::uint64_t largest_segment(const CollectiveArguments& args, Dtype dtype) { return args.tile_that_fits(dtype, 4); }

void ring_allreduce_bandwidth(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    const Operands operands(args);
    const tl::TensorArg& shard = operands.input;
    const std::uint64_t n = arguments.participants, count = shard.shape.elements();
    if (n == 1) return operands.copy(tl);
    for (std::uint64_t first = 0; first < count; first += n * largest_segment(arguments, shard.dtype)) {
        const std::uint64_t block = std::min(count - first, n * largest_segment(arguments, shard.dtype)),
                            segment = tl::Program::cdiv(block, n);
        const auto part_of = [&](const tl::TensorArg& of, std::uint32_t who) {
            const std::uint64_t from = std::min(who * segment, block);
            return Segment{&of, first + from, std::min(segment, block - from)};
        };
        RingStream stream(tl, arguments, shard.dtype, segment);
        stream.reduce_scatter([&](std::uint32_t who) { return part_of(operands.input, who); });
        stream.all_gather([&](std::uint32_t who) { return part_of(operands.output, who); });
    }
}

void ring_reduce_scatter(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    const Operands operands(args);
    const tl::TensorArg &input = operands.input, &output = operands.output;
    if (arguments.participants == 1) return operands.copy(tl);
    const std::uint64_t n = input.shape.elements() / arguments.participants,
                        step = largest_segment(arguments, input.dtype);
    for (std::uint64_t first = 0; first < n; first += step) {
        const std::uint64_t count = std::min(step, n - first);
        RingStream stream(tl, arguments, input.dtype, count);
        const auto place = [&](std::uint32_t who) { return arguments.west ? arguments.participants - 1 - who : who; };
        stream.reduce_scatter([&](std::uint32_t who) { return Segment{&input, place(who) * n + first, count}; });
        stream.store_own({&output, operands.own_part(arguments.self, n) + first, count});
    }
}

void ring_all_gather(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    const Operands operands(args);
    const tl::TensorArg &input = operands.input, &output = operands.output;
    if (arguments.participants == 1) return operands.copy(tl);
    const std::uint64_t n = output.shape.elements() / arguments.participants,
                        step = largest_segment(arguments, input.dtype);
    for (std::uint64_t first = 0; first < n; first += step) {
        const std::uint64_t count = std::min(step, n - first);
        RingStream stream(tl, arguments, input.dtype, count);
        const auto place = [&](std::uint32_t who) { return arguments.west ? arguments.participants - 1 - who : who; };
        const Segment own{&input, operands.own_part(arguments.self, n) + first, count};
        stream.all_gather([&](std::uint32_t who) { return Segment{&output, place(who) * n + first, count}; }, &own);
    }
}

/// Everything travels round the ring until it is where it belongs: in step s every participant sends on what still has
/// a way to go, nearest target first. All parts of a tile are read before any is written: so it may work in place.
void ring_all_to_all(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    const Operands operands(args);
    const tl::TensorArg &input = operands.input, &output = operands.output;
    const RingPlace ring = ring_of_all(arguments);
    const auto place = [&](std::uint32_t who) { return arguments.west ? ring.size - 1 - who : who; };
    const std::uint64_t n = input.shape.elements() / arguments.participants;
    if (!operands.in_place) tl.copy(tl.flat(output, arguments.self * n, n), tl.flat(input, arguments.self * n, n));
    if (arguments.participants == 1) return;
    Tiling tiling(tl, arguments, ring.to, input.dtype);
    tiling.tile = std::min(tiling.tile, arguments.tile_that_fits(input.dtype, 2 * ring.size));
    for (std::uint64_t first = 0; first < n; first += tiling.tile) {
        const std::uint64_t count = std::min(tiling.tile, n - first);
        const auto part = [&](const tl::TensorArg& shard, std::uint32_t who) {
            return tl.flat(shard, place(who) * n + first, count);
        };
        std::vector<tl::Tensor> travelling;
        for (std::uint32_t i = 1; i < ring.size; ++i)
            travelling.push_back(tl.load(part(input, (ring.self + i) % ring.size)));
        for (std::uint32_t step = 1; step < ring.size; ++step) {
            const std::size_t ahead = std::min<std::size_t>(tiling.slots, travelling.size());
            std::vector<tl::Tensor> arrived;
            for (std::size_t i = 0; i < travelling.size() + ahead - 1; ++i) {
                if (i < travelling.size()) tl.send(ring.to, travelling[i]);
                if (i + 1 < ahead) continue;
                tl::Tensor& tile = arrived.emplace_back(tl.empty({1, static_cast<std::uint32_t>(count)}, input.dtype));
                tl.recv(ring.from, tile);
            }
            tl.store(part(output, ring.back(step)), arrived.front());  // the nearest target is this participant
            arrived.erase(arrived.begin());
            travelling = std::move(arrived);
        }
    }
}

}  // namespace

void register_ring_streams(tl::KernelRegistry& registry) {
    registry.add({"ring_allreduce_bandwidth", "reduce-scatter and all-gather round the ring; for large tensors",
                  ring_allreduce_bandwidth});
    registry.add({"ring_reduce_scatter", "every participant ends with its part of the reduction", ring_reduce_scatter});
    registry.add({"ring_all_gather", "every participant ends with everybody's shard", ring_all_gather});
    registry.add({"ring_all_to_all", "part q of participant p becomes part p of participant q", ring_all_to_all});
}

}  // namespace ahbm::kernels
