// SPDX-License-Identifier: Apache-2.0
/// softmax_rows: softmax over each row of this PE's shard, a block of rows at a time.
/// Tensors: src, dst (same shard shape and element type).
/// Scalars: 0 for the fused operation (default), 1 for its steps one by one; rows per block (default: what fits).
#include "firmware/kernels/builtin.h"
#include "firmware/tl/program.h"

#include <algorithm>

namespace ahbm::kernels {
namespace {

/// The numerically safe form: subtracting the maximum keeps exp from overflowing.
tl::Tensor softmax_by_steps(tl::Program& tl, const tl::Tensor& x) {
    const tl::Tensor numerator = tl.exp(x - tl.max(x, -1));
    return numerator / tl.sum(numerator, -1);
}

/// Rows whose working set fits in TCM: input, at most four tensors of its size on the way, and the previous block's
/// input and output, which are still on the move.
std::uint64_t fitting_rows(const tl::Program& tl, const tl::TensorArg& shard) {
    constexpr std::uint64_t live_tensors = 8;
    const std::uint64_t row_bytes = shard.shape[1] * size_of(shard.dtype);
    const std::uint64_t rows = tl.tcm_room() / live_tensors / row_bytes;
    const std::uint64_t tile = shard.layout.blocked() ? shard.layout.block_rows : 1;
    return std::max(rows / tile * tile, tile);
}

void softmax_rows(tl::Program& tl, const tl::KernelArgs& args) {
    const tl::TensorArg &source = args.tensor(0, "src"), &target = args.tensor(1, "dst");
    const bool by_steps = args.scalar(0, 0.0) != 0.0;
    const auto asked = static_cast<std::uint64_t>(std::max(args.scalar(1, 0.0), 0.0));
    const std::uint64_t block = asked ? asked : fitting_rows(tl, source);
    const std::uint64_t rows = source.shape[0], cols = source.shape[1];

    tl::Tensor x, y;  // each replaced after its successor is made, so that blocks overlap
    for (std::uint64_t row = 0; row < rows; row += block) {
        const std::uint64_t count = std::min(block, rows - row);
        x = tl.load(tl.view(source, row, 0, count, cols));
        y = by_steps ? softmax_by_steps(tl, x) : tl.softmax(x);
        tl.store(tl.view(target, row, 0, count, cols), y);
    }
}

}  // namespace

void register_softmax_rows(tl::KernelRegistry& registry) {
    registry.add({"softmax_rows", "softmax over each row, a block of rows at a time", softmax_rows});
}

}  // namespace ahbm::kernels
