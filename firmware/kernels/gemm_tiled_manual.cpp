// SPDX-License-Identifier: Apache-2.0
/// gemm_tiled_manual: C = A B on this PE's shards as a loop over tiles, written out in the kernel language; what
/// `composite` does in hardware, one command at a time.
/// Tensors: A (M, K), B (K, N), C (M, N). In blocked layouts the tiles are the layout's; those of A, B and C must
/// match.
#include "firmware/kernels/builtin.h"
#include "firmware/tl/program.h"

#include <algorithm>

namespace ahbm::kernels {
namespace {

void gemm_tiled_manual(tl::Program& tl, const tl::KernelArgs& args) {
    const tl::TensorArg &a = args.tensor(0, "A"), &b = args.tensor(1, "B"), &c = args.tensor(2, "C");
    const std::uint64_t all_m = c.shape[0], all_n = c.shape[1], all_k = a.shape[1];
    const auto pick = [](std::uint32_t one, std::uint32_t other, std::uint32_t otherwise) -> std::uint64_t {
        return one ? one : other ? other : otherwise;
    };
    const tl::Backend::GemmTile tile = tl.gemm_tile();
    const std::uint64_t tile_m = pick(c.layout.block_rows, a.layout.block_rows, tile.m);
    const std::uint64_t tile_n = pick(c.layout.block_cols, b.layout.block_cols, tile.n);
    const std::uint64_t tile_k = pick(a.layout.block_cols, b.layout.block_rows, tile.k);

    for (std::uint64_t row = 0; row < all_m; row += tile_m) {
        const std::uint64_t m = std::min(tile_m, all_m - row);
        for (std::uint64_t col = 0; col < all_n; col += tile_n) {
            const std::uint64_t n = std::min(tile_n, all_n - col);
            tl::Tensor sum, left, right;  // each replaced after its successor is loaded: loads run ahead of products
            for (std::uint64_t inner = 0; inner < all_k; inner += tile_k) {
                const std::uint64_t k = std::min(tile_k, all_k - inner);
                left = tl.load(tl.view(a, row, inner, m, k));
                right = tl.load(tl.view(b, inner, col, k, n));
                sum = sum ? tl.dot(left, right, sum) : tl.dot(left, right, Dtype::f32);
            }
            tl.store(tl.view(c, row, col, m, n), c.dtype == Dtype::f32 ? sum : tl.cast(sum, c.dtype));
        }
    }
}

}  // namespace

void register_gemm_tiled_manual(tl::KernelRegistry& registry) {
    registry.add({"gemm_tiled_manual", "C = A B as a loop of load, dot, store over tiles", gemm_tiled_manual});
}

}  // namespace ahbm::kernels
