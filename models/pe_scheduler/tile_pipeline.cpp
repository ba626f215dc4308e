// SPDX-License-Identifier: Apache-2.0
#include "models/pe_scheduler/tile_pipeline.h"

#include "models/pe_scheduler/piece_values.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm {

TilePipeline::TilePipeline(const PeSchedulerConfig& config, tl::Backend::GemmTile tile, sim::Bytes reserved,
                           JobDesk& desk, const sim::WheelPump& wheel, shadow::Recorder& recorder,
                           std::string_view component, std::string_view tcm_name)
    : config_(config),
      extent_(tile),
      reserved_(reserved),
      desk_(desk),
      wheel_(wheel),
      recorder_(recorder),
      component_(component),
      tcm_name_(tcm_name) {}

void TilePipeline::start(const tl::Command& command, std::uint32_t entry, std::uint64_t ticket,
                         std::uint32_t first_stream) {
    reset();
    plan_.emplace(command, extent_, TileBuffers{reserved_, config_.tile_buffers, config_.output_buffers});
    entry_ = entry;
    first_stream_ = first_stream;
    kind_ = command.kind;
    report_.command = ticket;
    report_.m = command.inputs[0].rows(), report_.k = command.inputs[0].cols(), report_.n = command.inputs[1].cols();
    report_.tiles = plan_->tiles();
    report_.start = wheel_.now();
    loads_pending_.assign(config_.tile_buffers, 0);
    outputs_pending_.assign(config_.output_buffers, 0);
    if (recorder_.enabled()) {
        outputs_in_flight_ = (config_.register_sets + plan_->k_tiles() - 1) / plan_->k_tiles() + 1;
        panels_.assign(outputs_in_flight_ * plan_->operands(), {});
        results_.assign(config_.accumulators, {});
    }
    if (!plan_->any_streamed()) loads_issued_ = plan_->tiles();
    advance();
}

void TilePipeline::advance() {
    if (error_.empty()) {
        load_tiles();
        fetch_tiles();
        multiply_tiles();
        store_outputs();
    }
    watch();
}

void TilePipeline::load_tiles() {
    // A tile's buffer is free again when the tile that used it before has been fetched.
    while (loads_issued_ < plan_->tiles() && loads_issued_ < fetched_ + config_.tile_buffers) {
        const Tile tile = plan_->tile(loads_issued_++);
        for (std::size_t operand = 0; operand < plan_->operands(); ++operand) {
            if (!plan_->streamed(operand) || !plan_->needs(operand, tile)) continue;
            const Rect rect = plan_->rect(operand, tile);
            pieces_.clear();
            append_pieces(plan_->region(operand), rect, pieces_);
            for (const Piece& piece : pieces_) {
                JobSlot& slot = job(JobKind::dma_read, tile.index);
                slot.stream = first_stream_;
                slot.global = piece.region;
                slot.tcm.push_back(place_in_copy(piece, plan_->buffer(operand, tile), rect.cols));
                ++loads_pending_[tile.index % config_.tile_buffers];
                ++reads_in_flight_;
                issue(slot);
            }
        }
    }
}

void TilePipeline::fetch_tiles() {
    while (fetches_issued_ < loads_issued_ && loads_pending_[fetches_issued_ % config_.tile_buffers] == 0 &&
           fetches_issued_ < multiplied_ + config_.register_sets) {
        const Tile tile = plan_->tile(fetches_issued_++);
        JobSlot& slot = job(JobKind::fetch, tile.index);
        pieces_.clear();
        for (std::size_t operand = 0; operand < plan_->operands(); ++operand) {
            if (!plan_->needs(operand, tile)) continue;
            const Rect rect = plan_->rect(operand, tile);
            if (plan_->streamed(operand)) {
                const View view{{static_cast<std::uint32_t>(rect.rows), static_cast<std::uint32_t>(rect.cols)},
                                plan_->region(operand).view.dtype,
                                {}};
                pieces_.push_back({{tl::Space::tcm, plan_->buffer(operand, tile), view, 0}, 0, 0});
            } else {
                append_pieces(plan_->region(operand), rect, pieces_);
            }
        }
        for (const Piece& piece : pieces_) slot.tcm.push_back(piece.region);
        issue(slot);
    }
}

void TilePipeline::multiply_tiles() {
    while (gemms_issued_ < fetched_) {
        const Tile tile = plan_->tile(gemms_issued_);
        if (tile.first_k && tile.output >= stored_ + config_.accumulators) break;
        if (!tile.first_k && plan_->every_k() && finished_ < gemms_issued_) break;
        ++gemms_issued_;
        JobSlot& slot = job(JobKind::gemm, tile.index);
        slot.m = tile.m.count, slot.k = tile.k.count, slot.n = tile.n.count;
        slot.dtype = plan_->region(0).view.dtype;
        issue(slot);
    }
}

void TilePipeline::store_outputs() {
    while (stores_issued_ < outputs_ready_) {
        const Tile tile = last_tile(stores_issued_);
        std::uint32_t& pending = outputs_pending_[tile.output % config_.output_buffers];
        if (plan_->output_streamed() && pending != 0) break;
        ++stores_issued_;
        JobSlot& slot = job(JobKind::store, tile.output);
        const Rect rect = TilePlan::output_rect(tile);
        if (plan_->output_streamed()) {
            pending = 1;
            const View view{{static_cast<std::uint32_t>(rect.rows), static_cast<std::uint32_t>(rect.cols)},
                            plan_->output().view.dtype,
                            {}};
            slot.tcm.push_back({tl::Space::tcm, plan_->output_buffer(tile), view, 0});
            if (recorder_.enabled()) slot.values.push_back(std::move(results_[tile.output % config_.accumulators]));
        } else {
            pieces_.clear();
            append_pieces(plan_->output(), rect, pieces_);
            for (const Piece& piece : pieces_) slot.tcm.push_back(piece.region);
            if (recorder_.enabled()) {
                const shadow::Bundle result = std::move(results_[tile.output % config_.accumulators]);
                split_dense(result, rect.cols, pieces_, slot.values);
            }
        }
        issue(slot);
    }
}

void TilePipeline::finished(JobSlot& slot) {
    --in_flight_;
    if (slot.kind == JobKind::dma_read) --reads_in_flight_;
    if (!slot.error.empty()) failed(slot);
    if (!error_.empty()) return watch();
    const sim::Time spent = slot.ended - slot.started;
    const auto charge = [&](Stage stage) {
        report_[stage].busy += spent;
        report_[stage].critical += spent;
    };
    switch (slot.kind) {
        case JobKind::dma_read: --loads_pending_[slot.product_tile % config_.tile_buffers]; break;
        case JobKind::fetch:
            charge(Stage::fetch);
            if (recorder_.enabled()) collect(slot, plan_->tile(slot.product_tile));
            ++fetched_;
            break;
        case JobKind::gemm:
            charge(Stage::gemm);
            multiplied(slot, plan_->tile(slot.product_tile));
            break;
        case JobKind::math:
            charge(Stage::math);
            finish_tile(plan_->tile(slot.product_tile));
            break;
        case JobKind::store:
            charge(Stage::store);
            stored(slot.product_tile);
            break;
        default: break;  // dma_write is accounted for when accepted
    }
    advance();
}

void TilePipeline::multiplied(const JobSlot& slot, const Tile& tile) {
    ++multiplied_;
    if (tile.last_k && recorder_.enabled()) record(slot, tile);
    const TilePlan::Epilogues epilogues = plan_->epilogues(tile);
    if (!epilogues.any()) return finish_tile(tile);
    JobSlot& math = job(JobKind::math, tile.index);
    math.elements = tile.m.count * tile.n.count;
    math.simple_ops = epilogues.simple;
    math.transcendental_ops = epilogues.transcendental;
    issue(math);
}

void TilePipeline::finish_tile(const Tile& tile) {
    ++finished_;
    if (tile.last_k) ++outputs_ready_;
}

void TilePipeline::stored(std::uint64_t output) {
    ++stored_;
    if (!plan_->output_streamed()) {
        ++outputs_done_;
        return;
    }
    const Tile tile = last_tile(output);
    const Rect rect = TilePlan::output_rect(tile);
    pieces_.clear();
    append_pieces(plan_->output(), rect, pieces_);
    outputs_pending_[output % config_.output_buffers] = static_cast<std::uint32_t>(pieces_.size());
    for (const Piece& piece : pieces_) {
        JobSlot& slot = job(JobKind::dma_write, output);
        slot.stream = first_stream_ + 1;
        slot.global = piece.region;
        slot.tcm.push_back(place_in_copy(piece, plan_->output_buffer(tile), rect.cols));
        ++dma_writes_;
        ++writes_in_flight_;
        issue(slot);
    }
}

void TilePipeline::accepted(JobSlot& slot) {
    --in_flight_;
    --writes_in_flight_;
    if (!slot.error.empty()) failed(slot);
    if (!error_.empty()) return watch();
    if (--outputs_pending_[slot.product_tile % config_.output_buffers] == 0) ++outputs_done_;
    advance();
}

void TilePipeline::failed(const JobSlot& slot) {
    if (!error_.empty()) return;  // the first one counts
    const bool by_output = slot.kind == JobKind::store || slot.kind == JobKind::dma_write;
    const Tile tile = by_output ? last_tile(slot.product_tile) : plan_->tile(slot.product_tile);
    error_ = fmt::format("tile at m={} n={} k={}: {}", tile.m.first, tile.n.first, tile.k.first, slot.error);
}

std::uint64_t TilePipeline::tiles_in_flight() const {
    if (!plan_ || done()) return 0;
    const std::uint64_t entered = plan_->any_streamed() ? loads_issued_ : fetches_issued_;
    return entered - finished_ + outputs_ready_ - outputs_done_;
}

void TilePipeline::watch() {
    const sim::Time now = wheel_.now();
    const bool failed = !error_.empty();
    const bool tile_waiting =
        !failed && fetches_issued_ < loads_issued_ && loads_pending_[fetches_issued_ % config_.tile_buffers] == 0;
    dma_in_busy_.set(reads_in_flight_ != 0, now);
    dma_in_critical_.set(reads_in_flight_ != 0 && !tile_waiting, now);
    // DMA_OUT holds the pipeline up when a finished output finds no buffer, and when there is nothing else left to do.
    const bool held_up = !failed && (stores_issued_ < outputs_ready_ || stored_ == plan_->outputs());
    dma_out_busy_.set(writes_in_flight_ != 0, now);
    dma_out_critical_.set(writes_in_flight_ != 0 && held_up, now);
}

CompositeReport TilePipeline::report() const {
    CompositeReport report = report_;
    report.end = wheel_.now();
    report[Stage::dma_in] = {dma_in_busy_.total(), dma_in_critical_.total()};
    report[Stage::dma_out] = {dma_out_busy_.total(), dma_out_critical_.total()};
    return report;
}

JobSlot& TilePipeline::job(JobKind kind, std::uint64_t tile) {
    JobSlot& slot = desk_.take(kind, entry_);
    slot.product_tile = tile;
    return slot;
}

void TilePipeline::issue(JobSlot& slot) {
    ++in_flight_;
    desk_.issue(slot);
}

void TilePipeline::reset() {
    plan_.reset();
    error_.clear();
    in_flight_ = dma_writes_ = 0;
    loads_issued_ = fetches_issued_ = fetched_ = gemms_issued_ = multiplied_ = finished_ = 0;
    outputs_ready_ = stores_issued_ = stored_ = outputs_done_ = 0;
    panels_.clear();
    results_.clear();
    report_ = {};
    reads_in_flight_ = writes_in_flight_ = 0;
    dma_in_busy_ = dma_in_critical_ = dma_out_busy_ = dma_out_critical_ = {};
}

}  // namespace ahbm
