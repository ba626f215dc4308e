// SPDX-License-Identifier: Apache-2.0
#include "firmware/kernels/builtin.h"

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
