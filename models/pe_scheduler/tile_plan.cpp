// SPDX-License-Identifier: Apache-2.0
#include "models/pe_scheduler/tile_plan.h"

#include <fmt/format.h>

#include <stdexcept>

namespace ahbm {
namespace {

std::uint64_t tiles_of(std::uint64_t extent, std::uint64_t tile) { return (extent + tile - 1) / tile; }

/// Buffers start at multiples of this, so that a tile's DMA never begins inside a burst.
constexpr std::uint64_t buffer_alignment = 256;

}  // namespace

TilePlan::TilePlan(const tl::Command& command, tl::Backend::GemmTile tile, const TileBuffers& buffers)
    : extent_(tile),
      operand_buffers_(buffers.operands),
      output_buffers_(buffers.outputs),
      output_(command.output),
      operation_(command.op) {
    std::vector<View> views;
    for (const tl::Region& input : command.inputs) views.push_back(input.view);
    if (command.op.code != OpCode::matmul) throw std::invalid_argument("a tiled command must be a matmul");
    const View result = infer_result(command.op, views);
    if (result.shape.rows() != output_.rows() || result.shape.cols() != output_.cols()) {
        throw std::invalid_argument(
            fmt::format("the product is {}, but it goes to {}", to_string(result.shape), describe(output_)));
    }
    const tl::Region &a = command.inputs[0], &b = command.inputs[1];
    m_ = a.rows(), k_ = a.cols(), n_ = b.cols();
    if (m_ * k_ * n_ == 0)
        throw std::invalid_argument(fmt::format("matmul: {} and {}: empty", describe(a), describe(b)));
    m_tiles_ = tiles_of(m_, tile.m), k_tiles_ = tiles_of(k_, tile.k), n_tiles_ = tiles_of(n_, tile.n);
    operands_ = {{Role::a, a, false}, {Role::b, b, false}};
    add_epilogues(command);
    place_buffers(buffers);
    operation_.k_tile = tile.k;
}

void TilePlan::add_epilogues(const tl::Command& command) {
    std::size_t input = 2;
    for (const Epilogue& step : command.op.epilogues) {
        const bool each_k = step.scope == EpilogueScope::k_tile;
        if (each_k && command.op.k_tile != extent_.k) {
            throw std::invalid_argument(
                fmt::format("matmul: the command's k_tile is {}, but a k_tile epilogue runs behind "
                            "the engine's tiles of {}",
                            command.op.k_tile, extent_.k));
        }
        Epilogues& cost = each_k ? k_epilogues_ : output_epilogues_;
        ++(is_transcendental(step.code) ? cost.transcendental : cost.simple);
        if (!takes_operand(step)) continue;
        const tl::Region& row = command.inputs[input++];
        operands_.push_back({row.rows() == 1 ? Role::row : Role::row_per_k, row, each_k});
    }
}

void TilePlan::place_buffers(const TileBuffers& buffers) {
    const auto align = [](std::uint64_t bytes) {
        return (bytes + buffer_alignment - 1) / buffer_alignment * buffer_alignment;
    };
    const Tile largest = tile(0);
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
        if (!streamed(i)) continue;
        any_streamed_ = true;
        const Rect tile_rect = rect(i, largest);
        operands_[i].buffer = end;
        operands_[i].buffer_bytes = align(tile_rect.rows * tile_rect.cols * size_of(region(i).view.dtype));
        end += operands_[i].buffer_bytes * buffers.operands;
    }
    if (output_streamed()) {
        output_base_ = end;
        output_bytes_ = align(largest.m.count * largest.n.count * size_of(output_.view.dtype));
        end += output_bytes_ * buffers.outputs;
    }
    if (end > buffers.reserved) {
        throw std::invalid_argument(
            fmt::format("tile buffers need {} bytes of TCM, scheduler_reserved is {}", end, buffers.reserved));
    }
}

std::uint64_t TilePlan::output_buffer(const Tile& tile) const {
    return output_base_ + tile.output % output_buffers_ * output_bytes_;
}

View TilePlan::panel(std::size_t operand, const Tile& last) const {
    const auto m = static_cast<std::uint32_t>(last.m.count), n = static_cast<std::uint32_t>(last.n.count);
    const auto k = static_cast<std::uint32_t>(k_);
    const Dtype dtype = region(operand).view.dtype;
    switch (operands_[operand].role) {
        case Role::a: return {{m, k}, dtype, {m, extent_.k}};
        case Role::b: return {{k, n}, dtype, {extent_.k, n}};
        case Role::row: break;
        case Role::row_per_k: return {{static_cast<std::uint32_t>(k_tiles_), n}, dtype, {}};
    }
    return {{1, n}, dtype, {}};
}

TilePlan::Epilogues TilePlan::epilogues(const Tile& tile) const {
    Epilogues cost = k_epilogues_;
    if (tile.last_k) {
        cost.simple += output_epilogues_.simple;
        cost.transcendental += output_epilogues_.transcendental;
    }
    return cost;
}

}  // namespace ahbm
