// SPDX-License-Identifier: Apache-2.0
#include "firmware/kernels/builtin.h"

#include <map>

namespace ahbm::tl {

void register_builtin_kernels(KernelRegistry& registry) {
    kernels::register_noop(registry);
    kernels::register_point_to_point(registry);
    kernels::register_rank_ring(registry);
    kernels::register_ring_collectives(registry);
    kernels::register_ring_streams(registry);
    kernels::register_tree_collectives(registry);
    kernels::register_copy(registry);
    kernels::register_gemm(registry);
    kernels::register_gemm_tiled_manual(registry);
    kernels::register_path_probes(registry);
    kernels::register_softmax_rows(registry);
    kernels::register_vector_add(registry);
    kernels::register_va_offset_probe(registry);
}

}  // namespace ahbm::tl

namespace ahbm::kernels {

std::optional<std::set<std::string>> topologies_of(const std::string& kernel) {
    using Names = std::set<std::string>;
    // A ring of all is also a row of SIPs that wraps, the cubes of one SIP, the PEs of one cube.
    static const Names ring{"ring_1d", "ring_1d_unidir", "torus_2d", "hierarchical_3level", "intracube_pe_ring"};
    const auto ring_and = [](Names others) {
        others.insert(ring.begin(), ring.end());
        return others;
    };
    static const Names chain = ring_and({"mesh_2d_no_wrap", "intercube_multisip"}),
                       rows = ring_and({"mesh_2d", "mesh_2d_no_wrap", "intercube_multisip"});
    static const std::map<std::string, Names> collectives{{"ring_allreduce", ring},
                                                          {"ring_allreduce_bandwidth", ring},
                                                          {"ring_reduce_scatter", ring},
                                                          {"ring_all_gather", ring},
                                                          {"ring_all_to_all", ring},
                                                          {"ring_reduce", chain},
                                                          {"ring_broadcast", chain},
                                                          {"hello_send", rows},
                                                          {"intercube_allreduce", rows},
                                                          {"hierarchical_allreduce", rows},
                                                          {"mesh_allreduce", {"mesh_2d", "torus_2d"}},
                                                          {"tree_allreduce", {"tree_binary", "tree_double"}},
                                                          {"double_tree_allreduce", {"tree_double"}}};
    if (const auto found = collectives.find(kernel); found != collectives.end()) return found->second;
    tl::KernelRegistry shipped;
    tl::register_builtin_kernels(shipped);
    return shipped.find(kernel) == nullptr ? std::nullopt : std::optional(Names());
}

}  // namespace ahbm::kernels
