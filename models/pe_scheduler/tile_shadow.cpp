// SPDX-License-Identifier: Apache-2.0
/// What TilePipeline tells the data shadow: one operation per output tile, on panels put together from the values that
/// its fetches have bound. Never called with the shadow off.
#include "models/pe_scheduler/tile_pipeline.h"

#include "models/pe_scheduler/piece_values.h"

namespace ahbm {

void TilePipeline::collect(const JobSlot& fetch, const Tile& tile) {
    Panels& panels = panels_[tile.output % panels_.size()];
    std::size_t next = 0;
    for (std::size_t operand = 0; operand < plan_->operands(); ++operand) {
        if (!plan_->needs(operand, tile)) continue;
        const Rect rect = plan_->rect(operand, tile);
        pieces_.clear();
        if (plan_->streamed(operand))
            pieces_.emplace_back();
        else
            append_pieces(plan_->region(operand), rect, pieces_);
        panels.places[operand] = {tcm_name_, fetch.tcm[next].address};
        if (panels.operands[operand].empty()) panels.operands[operand].reserve(plan_->k_tiles());
        const std::span values(fetch.values.data() + next, pieces_.size());
        next += pieces_.size();
        if (values.size() == 1)
            panels.operands[operand].append(values.front());
        else
            append_dense(pieces_, values, rect.rows, panels.operands[operand]);
    }
}

void TilePipeline::record(const JobSlot& gemm, const Tile& tile) {
    Panels& panels = panels_[tile.output % panels_.size()];
    std::vector<shadow::BoundOperand> operands;
    operands.reserve(plan_->operands());
    for (std::size_t operand = 0; operand < plan_->operands(); ++operand) {
        operands.push_back({plan_->panel(operand, tile), std::move(panels.operands[operand]), panels.places[operand]});
        panels.operands[operand].clear();
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
