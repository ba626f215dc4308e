// SPDX-License-Identifier: Apache-2.0
/// Runs one tiled product at a time: DMA_IN -> FETCH -> GEMM -> (MATH) -> STORE -> DMA_OUT per tile, each stage working
/// on another tile. Every stage handles its tiles in order, so progress is a count per stage, and a stage goes on when
/// the stage before it is ahead and the buffers behind it are free.
/// A dot product on TCM operands is the same without the DMA stages.
/// The scheduler routes the completions of the product's jobs here and asks done() afterwards.
#pragma once

#include "models/pe_scheduler/composite_report.h"
#include "models/pe_scheduler/job_desk.h"
#include "models/pe_scheduler/pe_scheduler_config.h"
#include "models/pe_scheduler/tile_plan.h"

#include <optional>
#include <utility>

namespace ahbm {

class TilePipeline {
public:
    /// `component` is whose operations the shadow records, `tcm_name` where their operands lie.
    TilePipeline(const PeSchedulerConfig& config, tl::Backend::GemmTile tile, sim::Bytes reserved, JobDesk& desk,
                 const sim::WheelPump& wheel, shadow::Recorder& recorder, std::string_view component,
                 std::string_view tcm_name);

    /// Throws std::invalid_argument when the command is not a product that fits. Two streams: reads and writes.
    void start(const tl::Command& command, std::uint32_t entry, std::uint64_t ticket, std::uint32_t first_stream);
    /// A job is complete. The caller releases it.
    void finished(JobSlot& slot);
    /// A dma_write was accepted; its completion is the scheduler's business.
    void accepted(JobSlot& slot);
    void reset();

    /// Every output tile is accepted, or after a failure nothing is in flight any more.
    bool done() const { return !error_.empty() ? in_flight_ == 0 : outputs_done_ == plan_->outputs(); }
    const std::string& error() const { return error_; }
    /// Being loaded, fetched or multiplied, and outputs on their way to where they go.
    std::uint64_t tiles_in_flight() const;
    /// Stores issued since the last call.
    std::uint64_t take_dma_writes() { return std::exchange(dma_writes_, 0); }
    CompositeReport report() const;

private:
    /// What the shadow collects of one operand for one output tile until its last GEMM.
    struct Panel {
        shadow::Bundle bytes;
        std::uint64_t address = 0;
    };

    void advance();
    void load_tiles();
    void fetch_tiles();
    void multiply_tiles();
    void store_outputs();
    void multiplied(const JobSlot& slot, const Tile& tile);
    void finish_tile(const Tile& tile);
    void stored(std::uint64_t output);
    void failed(const JobSlot& slot);
    void watch();

    Tile last_tile(std::uint64_t output) const { return plan_->tile((output + 1) * plan_->k_tiles() - 1); }
    JobSlot& job(JobKind kind, std::uint64_t tile);
    void issue(JobSlot& slot);
    /// Takes the values of a completed fetch.
    void collect(JobSlot& fetch, const Tile& tile);
    void record(const JobSlot& gemm, const Tile& tile);
    Panel& panel(std::uint64_t output, std::size_t operand) {
        return panels_[output % outputs_in_flight_ * plan_->operands() + operand];
    }

    const PeSchedulerConfig& config_;
    const tl::Backend::GemmTile extent_;
    const sim::Bytes reserved_;
    JobDesk& desk_;
    const sim::WheelPump& wheel_;
    shadow::Recorder& recorder_;
    const std::string_view component_, tcm_name_;

    std::optional<TilePlan> plan_;
    std::uint32_t entry_ = 0, first_stream_ = 0;
    tl::CommandKind kind_ = tl::CommandKind::gemm;
    std::string error_;
    std::uint64_t in_flight_ = 0, dma_writes_ = 0;
    // Progress of each stage, in tiles: given to the engine, and come back.
    std::uint64_t loads_issued_ = 0, fetches_issued_ = 0, fetched_ = 0, gemms_issued_ = 0, multiplied_ = 0,
                  finished_ = 0;
    // The same in output tiles.
    std::uint64_t outputs_ready_ = 0, stores_issued_ = 0, stored_ = 0, outputs_done_ = 0;
    std::vector<std::uint32_t> loads_pending_;    ///< per tile buffer: transfers under way
    std::vector<std::uint32_t> outputs_pending_;  ///< per output buffer: its store or transfers under way
    std::uint64_t outputs_in_flight_ = 0;         ///< at most, between FETCH and GEMM
    std::vector<Panel> panels_;                   ///< shadow: per output tile being fetched or multiplied, operands
    std::vector<shadow::Bundle> results_;         ///< shadow: per accumulator
    std::vector<Piece> pieces_;                   ///< scratch

    CompositeReport report_;
    std::uint32_t reads_in_flight_ = 0, writes_in_flight_ = 0;
    Stopwatch dma_in_busy_, dma_in_critical_, dma_out_busy_, dma_out_critical_;
};

}  // namespace ahbm
