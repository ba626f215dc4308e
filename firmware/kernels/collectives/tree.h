// SPDX-License-Identifier: Apache-2.0
/// Collectives along a tree, of which every program knows its own edges: partial results go up, the result comes down.
/// Tiles are pipelined: an all-reduce takes whatever comes first, and has as many tiles without their result as a queue
/// has slots.
#pragma once

#include "firmware/kernels/collectives/arguments.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ahbm::kernels {

struct TreeEdges {
    std::string parent;                 ///< empty: the root
    std::vector<std::string> children;  ///< reduced in this order, behind the own part
    std::string any() const { return parent.empty() && !children.empty() ? children.front() : parent; }
    bool alone() const { return parent.empty() && children.empty(); }
};

/// The part of a shard that a tree works on.
struct TreePart {
    TreeEdges edges;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

/// What a root makes of its tree's partial result, together with other roots.
struct Exchange {
    std::uint64_t tiles_held = 8;  ///< in TCM at once, those of the tree included
    /// Any number of roots: a tile at a time.
    std::function<tl::Tensor(const tl::Tensor&)> among_all;
    /// Two roots: a tile goes to the other and the other's comes while later ones are on their way up the tree.
    struct Pair {
        std::string to, from;
        bool mine_first = true;  ///< operand order, which must be the same at both
    };
    std::optional<Pair> pair;
};

/// Every output becomes the reduction of all inputs. Parts are worked on side by side.
void tree_all_reduce(tl::Program& tl, const CollectiveArguments& args, const Operands& operands,
                     const std::vector<TreePart>& parts, const Exchange& exchange = {});
/// The root's output does.
void tree_reduce(tl::Program& tl, const CollectiveArguments& args, const Operands& operands, const TreeEdges& edges);
/// Every output becomes the root's input.
void tree_broadcast(tl::Program& tl, const CollectiveArguments& args, const Operands& operands, const TreeEdges& edges);

}  // namespace ahbm::kernels
