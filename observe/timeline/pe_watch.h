// SPDX-License-Identifier: Apache-2.0
/// Records what one PE does: its engines' jobs, its kernels and their phases, its queues.
#pragma once

#include "observe/timeline/recording.h"
#include "platform/pe.h"

#include <string>
#include <vector>

namespace ahbm::timeline {

/// What a kernel slice is found by from the launch: PE and start.
std::uint64_t place_of(PeCoord at);
/// What an access of a DMA channel is found by from its job, besides its number: the channel.
std::uint64_t channel_of(NodeId requester, Access access);

class PeWatch final : public JobObserver, public KernelObserver, public PeIpcq::Observer, public sim::ChangeObserver {
public:
    PeWatch(Pe& pe, PeCoord at, Recording& recording);
    ~PeWatch() override;
    PeWatch(const PeWatch&) = delete;

    /// The simulation has ended, or recording: what is under way ends now.
    void cut(sim::Time now);

    void job_done(const Job& job, std::uint64_t command) override;
    void changed() override;
    void kernel_started(const std::string& kernel, sim::Time when) override;
    void phase_began(const std::string& phase, sim::Time when) override;
    void kernel_ended(sim::Time when) override;
    void operated(const PeIpcq::Operation& operation) override;

private:
    struct Named {
        std::uint32_t name;
        sim::Time begin;
    };
    /// A tile in this PE's ring.
    struct Tile {
        std::uint32_t queue;
        std::uint64_t sequence;
        sim::Time arrived;
        std::uint64_t ring;  ///< its address
        std::uint32_t text;
    };
    struct Match {
        std::uint32_t queue;
        std::uint64_t sequence;
        sim::Time at;
    };
    /// A queue pair's texts, and its counter of credits.
    struct Queue {
        std::string direction;
        std::uint16_t group = 0;
        std::uint32_t text = Recording::kNone, waits = Recording::kNone, credits = Recording::kNone;
    };
    void record_kernel(sim::Time end);
    void received(const Job& job);
    void tile_left(std::uint32_t queue, std::uint64_t sequence, sim::Time now);
    void record_tile(const Tile& tile, sim::Time end);
    const Queue& queue(std::uint32_t index);
    const QueuePair& pair(std::uint32_t index) const { return pe_.ipcq.queues()[index]->queue; }

    Pe& pe_;
    const PeCoord at_;
    Recording& recording_;
    std::string name_;
    std::uint32_t kernels_, dma_read_, dma_write_, fences_, fetch_, store_, gemm_, math_;
    std::uint32_t reserves_, sends_, tiles_, receives_, commands_;
    bool credits_;  ///< in scope
    std::uint32_t read_text_, write_text_, fence_text_, fetch_text_, store_text_, gemm_text_, math_text_, wait_text_;

    std::uint32_t in_fifo_ = 0;
    bool running_ = false;
    Named kernel_{};
    std::vector<Named> phases_;
    std::vector<Tile> in_ring_;
    std::vector<Match> matched_;  ///< received, the receive is under way
    std::vector<Queue> queues_;
};

}  // namespace ahbm::timeline
