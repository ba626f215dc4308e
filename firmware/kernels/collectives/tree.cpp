// SPDX-License-Identifier: Apache-2.0
#include "firmware/kernels/collectives/tree.h"

#include <algorithm>
#include <deque>

namespace ahbm::kernels {
namespace {

/// One tree's tiles on their way up and down.
class TreeStream {
public:
    TreeStream(tl::Program& tl, const CollectiveArguments& args, const tl::TensorArg& shard, const TreePart& part)
        : tl_(tl), reducer_(tl, args), shard_(shard), part_(part) {
        // A tile fits the slots of every queue it meets, and TCM where there is none.
        tile_ = tl.elements_that_fit(shard.dtype, 8);
        for (const std::string& direction : {part.edges.any(), std::string("global_E"), std::string("global_W"),
                                             std::string("global_S"), std::string("global_N")}) {
            if (!tl.has_queue(direction)) continue;
            const Tiling tiling(tl, args, direction, shard.dtype);
            tile_ = std::min(tile_, tiling.tile);
            if (!part.edges.alone()) lag_ = tiling.slots;
        }
    }

    std::uint64_t tiles() const { return tl::Program::cdiv(part_.count, tile_); }
    std::uint64_t lag() const { return lag_; }

    /// Own and children's parts of a tile, towards the root; the root keeps it.
    void up(std::uint64_t index, const Exchange& exchange) {
        tl::Tensor total = index == 0 ? load(0) : std::move(loaded_);
        if (index + 1 < tiles()) loaded_ = load(index + 1);  // before waiting for anybody
        for (const std::string& child : part_.edges.children) total = reducer_.combine(total, tl_.recv(child));
        if (!part_.edges.parent.empty()) return tl_.send(part_.edges.parent, total);
        if (exchange) total = exchange(total);
        totals_.push_back(reducer_.finish(total));
    }
    void down(std::uint64_t index) {
        tl::Tensor result;
        if (part_.edges.parent.empty()) {
            result = std::move(totals_.front());
            totals_.pop_front();
        } else {
            result = tl_.recv(part_.edges.parent);
        }
        for (const std::string& child : part_.edges.children) tl_.send(child, result);
        tl_.store(view(index), result);
    }
    void keep(std::uint64_t index) {
        if (!part_.edges.parent.empty()) return;
        tl_.store(view(index), totals_.front());
        totals_.pop_front();
    }
    /// The root's tile, as it is.
    void begin_broadcast(std::uint64_t index) {
        if (part_.edges.parent.empty()) totals_.push_back(load(index));
    }

private:
    tl::GlobalView view(std::uint64_t index) const {
        const std::uint64_t at = index * tile_;
        return tl_.flat(shard_, part_.first + at, std::min(tile_, part_.count - at));
    }
    tl::Tensor load(std::uint64_t index) { return tl_.load(view(index)); }

    tl::Program& tl_;
    Reducer reducer_;
    const tl::TensorArg& shard_;
    TreePart part_;
    std::uint64_t tile_ = 1, lag_ = 0;
    tl::Tensor loaded_;
    std::deque<tl::Tensor> totals_;
};

}  // namespace

void tree_all_reduce(tl::Program& tl, const CollectiveArguments& args, const tl::TensorArg& shard,
                     const std::vector<TreePart>& parts, const Exchange& exchange) {
    std::deque<TreeStream> streams;
    std::uint64_t steps = 0;
    for (const TreePart& part : parts) {
        if (part.count == 0) continue;
        const TreeStream& stream = streams.emplace_back(tl, args, shard, part);
        steps = std::max(steps, stream.tiles() + stream.lag());
    }
    for (std::uint64_t step = 0; step < steps; ++step) {
        for (TreeStream& stream : streams)
            if (step < stream.tiles()) stream.up(step, exchange);
        for (TreeStream& stream : streams)
            if (step >= stream.lag() && step - stream.lag() < stream.tiles()) stream.down(step - stream.lag());
    }
}

void tree_reduce(tl::Program& tl, const CollectiveArguments& args, const tl::TensorArg& shard, const TreeEdges& edges) {
    TreeStream stream(tl, args, shard, {edges, 0, shard.shape.elements()});
    for (std::uint64_t tile = 0; tile < stream.tiles(); ++tile) {
        stream.up(tile, nullptr);
        stream.keep(tile);
    }
}

void tree_broadcast(tl::Program& tl, const CollectiveArguments& args, const tl::TensorArg& shard,
                    const TreeEdges& edges) {
    TreeStream stream(tl, args, shard, {edges, 0, shard.shape.elements()});
    for (std::uint64_t tile = 0; tile < stream.tiles(); ++tile) {
        stream.begin_broadcast(tile);
        stream.down(tile);
    }
}

}  // namespace ahbm::kernels
