// SPDX-License-Identifier: Apache-2.0
#include "firmware/kernels/collectives/tree.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

namespace ahbm::kernels {
namespace {

/// The tiles of a part of a shard, for the queues of a tree.
class Tiles {
public:
    /// `tiles_held`: how many a participant has in TCM at once.
    Tiles(tl::Program& tl, const CollectiveArguments& args, const Operands& operands, const TreePart& part,
          std::uint64_t tiles_held = 8)
        : tl_(tl), operands_(operands), part_(part) {
        // A tile fits the slots of every queue it meets; what waits for its result fits half of TCM.
        size_ = args.tile_that_fits(operands.input.dtype, tiles_held);
        for (const std::string& direction : {part.edges.any(), std::string("global_E"), std::string("global_W"),
                                             std::string("global_S"), std::string("global_N")}) {
            if (!tl.has_queue(direction)) continue;
            const Tiling tiling(tl, args, direction, operands.input.dtype);
            size_ = std::min(size_, tiling.tile);
            if (!part.edges.alone()) slots_ = tiling.slots;
        }
        slots_ =
            std::min(slots_, std::max<std::uint64_t>(1, args.tile_room / 2 / (size_ * size_of(operands.input.dtype))));
    }
    std::uint64_t count() const { return tl::Program::cdiv(part_.count, size_); }
    std::uint64_t slots() const { return slots_; }
    tl::GlobalView view(const tl::TensorArg& shard, std::uint64_t index) const {
        const std::uint64_t at = index * size_;
        return tl_.flat(shard, part_.first + at, std::min(size_, part_.count - at));
    }
    tl::Tensor load(std::uint64_t index) const { return tl_.load(view(operands_.input, index)); }
    void store(std::uint64_t index, const tl::Tensor& tile) const { tl_.store(view(operands_.output, index), tile); }

private:
    tl::Program& tl_;
    const Operands& operands_;
    TreePart part_;
    std::uint64_t size_ = 1, slots_ = 1;
};

/// One tree's all-reduce, driven by what arrives: partial results from the children, in their order for each tile, and
/// results from the parent.
class TreeAllReduce {
public:
    TreeAllReduce(tl::Program& tl, const CollectiveArguments& args, const Operands& operands, const TreePart& part,
                  const Exchange& exchange)
        : tl_(tl),
          reducer_(tl, args),
          tiles_(tl, args, operands, part, exchange.tiles_held),
          edges_(part.edges),
          exchange_(exchange) {}

    bool finished() const { return down_ == tiles_.count(); }
    /// Whatever can be done before something arrives.
    void work() {
        while (may_go_up()) {
            if (!total_) start_tile();
            if (child_ < edges_.children.size()) return;
            complete_tile();
        }
    }
    void awaited(std::vector<std::string>& directions) const {
        if (may_go_up() && child_ < edges_.children.size()) directions.push_back(edges_.children[child_]);
        if (!is_root() && down_ < up_) directions.push_back(edges_.parent);
        if (!with_other_root_.empty()) directions.push_back(exchange_.pair->from);
    }
    /// Returns whether it was for this tree.
    bool take(const tl::Program::Arrival& arrival) {
        if (arrival.direction == edges_.parent) return deliver(arrival.tile), true;
        if (!with_other_root_.empty() && arrival.direction == exchange_.pair->from) return join(arrival.tile), true;
        if (std::find(edges_.children.begin(), edges_.children.end(), arrival.direction) == edges_.children.end())
            return false;
        total_ = reducer_.combine(total_, arrival.tile);
        ++child_;
        return true;
    }

private:
    bool is_root() const { return edges_.parent.empty(); }
    /// As many tiles may be without their result as the rings have slots: so whoever waits for a slot at its parent has
    /// taken every result there is, and no two wait for each other.
    bool may_go_up() const { return up_ < tiles_.count() && up_ - down_ < tiles_.slots(); }
    void start_tile() {
        total_ = up_ == 0 ? tiles_.load(0) : std::move(loaded_);
        if (up_ + 1 < tiles_.count()) loaded_ = tiles_.load(up_ + 1);  // before waiting for anybody
    }
    void complete_tile() {
        tl::Tensor total = std::move(total_);
        total_ = {};
        child_ = 0;
        ++up_;
        if (!is_root()) return tl_.send(edges_.parent, total);
        if (up_ == 1 && (exchange_.pair || exchange_.among_all)) tl_.phase("exchange");
        if (exchange_.pair) {
            tl_.send(exchange_.pair->to, total);
            with_other_root_.push_back(std::move(total));
            return;
        }
        if (exchange_.among_all) total = exchange_.among_all(total);
        deliver(reducer_.finish(total));
    }
    /// The other root's part of the oldest tile.
    void join(const tl::Tensor& others) {
        const tl::Tensor mine = std::move(with_other_root_.front());
        with_other_root_.pop_front();
        const bool mine_first = exchange_.pair->mine_first;
        deliver(reducer_.finish(reducer_.combine(mine_first ? mine : others, mine_first ? others : mine)));
    }
    void deliver(const tl::Tensor& result) {
        tl_.phase("broadcast");  // the reduction of later tiles goes on beside it
        for (const std::string& child : edges_.children) tl_.send(child, result);
        tiles_.store(down_++, result);
    }

    tl::Program& tl_;
    Reducer reducer_;
    Tiles tiles_;
    TreeEdges edges_;
    const Exchange& exchange_;
    std::uint64_t up_ = 0, down_ = 0;  ///< tiles sent towards the root; results in memory
    std::size_t child_ = 0;            ///< whose part of tile up_ comes next
    tl::Tensor total_, loaded_;
    std::deque<tl::Tensor> with_other_root_;  ///< sent to it, its part not yet here
};

}  // namespace

void tree_all_reduce(tl::Program& tl, const CollectiveArguments& args, const Operands& operands,
                     const std::vector<TreePart>& parts, const Exchange& exchange) {
    tl.phase("reduce");
    std::deque<TreeAllReduce> trees;
    for (const TreePart& part : parts)
        if (part.count != 0) trees.emplace_back(tl, args, operands, part, exchange);
    std::vector<std::string> directions;
    for (;;) {
        directions.clear();
        for (TreeAllReduce& tree : trees) {
            tree.work();
            tree.awaited(directions);
        }
        if (directions.empty()) return;
        const tl::Program::Arrival arrival = tl.recv_any(directions);
        for (TreeAllReduce& tree : trees)
            if (tree.take(arrival)) break;
    }
}

void tree_reduce(tl::Program& tl, const CollectiveArguments& args, const Operands& operands, const TreeEdges& edges) {
    tl.phase("reduce");
    const Tiles tiles(tl, args, operands, {edges, 0, operands.input.shape.elements()});
    const Reducer reducer(tl, args);
    tl::Tensor next = tiles.load(0);
    for (std::uint64_t tile = 0; tile < tiles.count(); ++tile) {
        tl::Tensor total = std::move(next);
        if (tile + 1 < tiles.count()) next = tiles.load(tile + 1);  // before waiting for anybody
        for (const std::string& child : edges.children) total = reducer.combine(total, tl.recv(child));
        if (edges.parent.empty())
            tiles.store(tile, reducer.finish(total));
        else
            tl.send(edges.parent, total);
    }
}

void tree_broadcast(tl::Program& tl, const CollectiveArguments& args, const Operands& operands,
                    const TreeEdges& edges) {
    tl.phase("broadcast");
    const Tiles tiles(tl, args, operands, {edges, 0, operands.input.shape.elements()});
    for (std::uint64_t tile = 0; tile < tiles.count(); ++tile) {
        const tl::Tensor result = edges.parent.empty() ? tiles.load(tile) : tl.recv(edges.parent);
        for (const std::string& child : edges.children) tl.send(child, result);
        tiles.store(tile, result);
    }
}

}  // namespace ahbm::kernels
