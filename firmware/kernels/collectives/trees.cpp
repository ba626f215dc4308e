// SPDX-License-Identifier: Apache-2.0
/// tree_allreduce, double_tree_allreduce, intercube_allreduce, hierarchical_allreduce, ring_broadcast, ring_reduce:
/// what differs is which tree the participants form, and whether its roots, one per SIP, exchange their results.
/// Tensors: input and output, see Operands. Scalars: CollectiveArguments.
#include "firmware/kernels/builtin.h"
#include "firmware/kernels/collectives/ring.h"
#include "firmware/kernels/collectives/tree.h"

namespace ahbm::kernels {
namespace {

/// The binary tree whose queues begin with `prefix`: whoever has no queue in a direction is at that edge of the tree.
TreeEdges binary_tree(const tl::Program& tl, const std::string& prefix) {
    TreeEdges edges;
    if (tl.has_queue(prefix + "parent")) edges.parent = prefix + "parent";
    for (const char* child : {"child_left", "child_right"})
        if (tl.has_queue(prefix + child)) edges.children.push_back(prefix + child);
    return edges;
}

/// A ring cut open opposite to its root: two arms that lead to it. `ahead` is how many places a program is behind the
/// root in ring direction; `next` and `previous` are its directions.
void add_arms(TreeEdges& edges, std::uint32_t ahead, std::uint32_t size, const std::string& next,
              const std::string& previous) {
    const std::uint32_t first_arm = size / 2;  // places 1 .. first_arm; the other arm has the rest
    if (ahead > 0) edges.parent = ahead <= first_arm ? previous : next;
    if (ahead < first_arm) edges.children.push_back(next);
    if (ahead == 0 ? size - 1 > first_arm : ahead > first_arm + 1) edges.children.push_back(previous);
}

/// Rows of cubes to the root's column, the column to the root.
TreeEdges cube_mesh_tree(const CollectiveArguments& args) {
    const std::uint32_t column = args.cube % args.cube_w, row = args.cube / args.cube_w;
    const std::uint32_t root = args.root % args.per_sip / args.pes_per_cube, root_column = root % args.cube_w,
                        root_row = root / args.cube_w;
    TreeEdges edges;
    if (column <= root_column && column > 0) edges.children.push_back("W");
    if (column >= root_column && column + 1 < args.cube_w) edges.children.push_back("E");
    if (column != root_column) {
        edges.parent = column < root_column ? "E" : "W";
        return edges;
    }
    if (row <= root_row && row > 0) edges.children.push_back("N");
    if (row >= root_row && row + 1 < args.cube_h) edges.children.push_back("S");
    if (row != root_row) edges.parent = row < root_row ? "S" : "N";
    return edges;
}

/// Where a cube stands in a walk over the mesh of cubes that turns at the end of each row.
std::uint32_t snake_place(std::uint32_t cube, std::uint32_t w) {
    const std::uint32_t row = cube / w, column = cube % w;
    return row * w + (row % 2 == 0 ? column : w - 1 - column);
}

/// PEs of a cube to its first PE, first PEs of the cubes to the root's.
TreeEdges hierarchy(const CollectiveArguments& args) {
    TreeEdges edges;
    add_arms(edges, args.pe, args.pes_per_cube, "intra_E", "intra_W");
    if (args.pe != 0) return edges;
    const std::uint32_t cubes = args.per_sip / args.pes_per_cube, root = args.root % args.per_sip / args.pes_per_cube;
    const std::uint32_t place = snake_place(args.cube, args.cube_w), root_place = snake_place(root, args.cube_w);
    add_arms(edges, (place + cubes - root_place) % cubes, cubes, "E", "W");
    return edges;
}

void tree_allreduce(tl::Program& tl, const tl::KernelArgs& args) {
    const Operands operands(args);
    tree_all_reduce(tl, {tl, args}, operands, {{binary_tree(tl, ""), 0, operands.input.shape.elements()}});
}

void double_tree_allreduce(tl::Program& tl, const tl::KernelArgs& args) {
    const Operands operands(args);
    const std::uint64_t all = operands.input.shape.elements(), half = all / 2;
    tree_all_reduce(tl, {tl, args}, operands,
                    {{binary_tree(tl, ""), 0, half}, {binary_tree(tl, "b_"), half, all - half}}, {16, {}, {}});
}

void with_exchange(tl::Program& tl, const CollectiveArguments& args, const Operands& operands, const TreeEdges& edges) {
    Exchange exchange;
    exchange.tiles_held = args.sips == 1 ? 8 : 16 + 2 * args.sips;
    if (args.sips == 2 && args.sip_wiring == CollectiveArguments::SipWiring::ring)
        exchange.pair = {"global_E", "global_W", args.sip == 0};
    else if (args.sips > 1)
        exchange.among_all = [&](const tl::Tensor& total) { return exchange_between_sips(tl, args, total); };
    tree_all_reduce(tl, args, operands, {{edges, 0, operands.input.shape.elements()}}, exchange);
}

void intercube_allreduce(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    with_exchange(tl, arguments, Operands(args), cube_mesh_tree(arguments));
}

void hierarchical_allreduce(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    with_exchange(tl, arguments, Operands(args), hierarchy(arguments));
}

/// From the root all the way round.
TreeEdges ring_chain(const CollectiveArguments& args, bool towards_root) {
    const RingPlace ring = ring_of_all(args);
    const std::uint32_t root = args.west ? args.participants - 1 - args.root : args.root;
    const std::uint32_t ahead = ring.back(root);
    TreeEdges edges;
    const std::string &parent = towards_root ? ring.to : ring.from, &child = towards_root ? ring.from : ring.to;
    const bool last = towards_root ? ahead == 1 : ahead + 1 == ring.size;
    if (ahead != 0) edges.parent = parent;
    if (ring.size > 1 && !last) edges.children.push_back(child);
    return edges;
}

void ring_reduce(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    tree_reduce(tl, arguments, Operands(args), ring_chain(arguments, true));
}

void ring_broadcast(tl::Program& tl, const tl::KernelArgs& args) {
    const CollectiveArguments arguments(tl, args);
    tree_broadcast(tl, arguments, Operands(args), ring_chain(arguments, false));
}

}  // namespace

void register_tree_collectives(tl::KernelRegistry& registry) {
    registry.add({"tree_allreduce", "up and down a binary tree, tiles pipelined", tree_allreduce});
    registry.add(
        {"double_tree_allreduce", "two binary trees with half of the data each, side by side", double_tree_allreduce});
    registry.add({"intercube_allreduce", "cube mesh to its root cube, roots of the SIPs among each other, and back",
                  intercube_allreduce});
    registry.add({"hierarchical_allreduce", "PEs of a cube, cubes of a SIP, SIPs, and back", hierarchical_allreduce});
    registry.add({"ring_reduce", "partial results once round the ring to the root", ring_reduce});
    registry.add({"ring_broadcast", "the root's shard once round the ring", ring_broadcast});
}

}  // namespace ahbm::kernels
