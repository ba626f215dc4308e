// SPDX-License-Identifier: Apache-2.0
/// What TilePipeline tells the data shadow: one operation per output tile, on panels put together from the values that
/// its fetches have bound. Never called with the shadow off.
#include "models/pe_scheduler/tile_pipeline.h"

#include "models/pe_scheduler/piece_values.h"

namespace ahbm {

void TilePipeline::collect(JobSlot& fetch, const Tile& tile) {
    std::size_t next = 0;
    for (std::size_t operand = 0; operand < plan_->operands(); ++operand) {
        if (!plan_->needs(operand, tile)) continue;
        Panel& collected = panel(tile.output, operand);
        collected.address = fetch.tcm[next].address;
        if (plan_->streamed(operand)) {
            collected.bytes.append(std::move(fetch.values[next++]));
            continue;
        }
        const Rect rect = plan_->rect(operand, tile);
        pieces_.clear();
        append_pieces(plan_->region(operand), rect, pieces_);
        append_dense(pieces_, std::span(fetch.values).subspan(next, pieces_.size()), rect.rows, collected.bytes);
        next += pieces_.size();
    }
}

void TilePipeline::record(const JobSlot& gemm, const Tile& tile) {
    std::vector<shadow::BoundOperand> operands;
    operands.reserve(plan_->operands());
    for (std::size_t operand = 0; operand < plan_->operands(); ++operand) {
        Panel& collected = panel(tile.output, operand);
        operands.push_back({plan_->panel(operand, tile), collected.bytes.take(), {tcm_name_, collected.address}});
    }
    const View result{{static_cast<std::uint32_t>(tile.m.count), static_cast<std::uint32_t>(tile.n.count)},
                      plan_->output().view.dtype,
                      {}};
    const shadow::Provenance who{component_, to_string(kind_), gemm.started, gemm.ended};
    const shadow::Place where{tcm_name_,
                              plan_->output_streamed() ? plan_->output_buffer(tile) : plan_->output().address};
    results_[tile.output % results_.size()] =
        recorder_.record(who, plan_->operation(), std::move(operands), result, where);
}

}  // namespace ahbm
