// SPDX-License-Identifier: Apache-2.0
/// The kernels that ship with the platform, one function per family. What arguments a kernel takes is told in its file.
#pragma once

#include "firmware/tl/kernel.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace ahbm::kernels {

/// Scalar 0 of `gemm`: how the operands reach the matrix engine.
enum class GemmMode : std::uint8_t { ref_ref, load_ref, load_load };
/// Scalar 1 of `gemm`: what follows the product (and the bias, where one is given).
enum class GemmEpilogue : std::uint8_t { none, relu, gelu };

void register_point_to_point(tl::KernelRegistry& registry);  ///< send_tensor, recv_tensor, ring_barrier
void register_rank_ring(tl::KernelRegistry& registry);       ///< rank_ring_all_reduce ... rank_ring_all_to_all
void register_ring_collectives(tl::KernelRegistry& registry);
void register_ring_streams(tl::KernelRegistry& registry);
void register_tree_collectives(tl::KernelRegistry& registry);
void register_noop(tl::KernelRegistry& registry);
void register_copy(tl::KernelRegistry& registry);
void register_gemm(tl::KernelRegistry& registry);
void register_gemm_tiled_manual(tl::KernelRegistry& registry);
void register_path_probes(tl::KernelRegistry& registry);  ///< dma_load, dma_store, queue_pass
void register_softmax_rows(tl::KernelRegistry& registry);
void register_vector_add(tl::KernelRegistry& registry);
void register_va_offset_probe(tl::KernelRegistry& registry);

/// Of a kernel that ships: the topologies that ship (sw_runtime/collectives/topology.h) on which it can serve a
/// collective, on some machine at least; none for what is no collective's kernel. Nothing is known of other kernels.
std::optional<std::set<std::string>> topologies_of(const std::string& kernel);

}  // namespace ahbm::kernels
