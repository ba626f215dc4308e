// SPDX-License-Identifier: Apache-2.0
/// Where the time of a tiled product went.
#pragma once

#include "sim/units.h"

#include <array>
#include <string_view>

namespace ahbm {

enum class Stage : std::uint8_t { dma_in, fetch, gemm, math, store, dma_out };
inline constexpr std::size_t stage_count = 6;
constexpr std::string_view to_string(Stage stage) {
    constexpr std::array<std::string_view, stage_count> names{"DMA_IN", "FETCH", "GEMM", "MATH", "STORE", "DMA_OUT"};
    return names[static_cast<std::size_t>(stage)];
}

struct StageTime {
    sim::Time busy;  ///< working, or with transfers in flight
    sim::Time
        critical;  ///< of busy: nothing it has already delivered was waiting to be used, so the pipeline waited for it
};

struct CompositeReport {
    std::uint64_t command = 0;  ///< the ticket's id
    std::uint64_t m = 0, n = 0, k = 0;
    std::uint64_t tiles = 0;
    sim::Time start;  ///< dispatched
    sim::Time end;    ///< complete: every store accepted
    std::array<StageTime, stage_count> stages{};

    const StageTime& operator[](Stage stage) const { return stages[static_cast<std::size_t>(stage)]; }
    StageTime& operator[](Stage stage) { return stages[static_cast<std::size_t>(stage)]; }
    sim::Time idle(Stage stage) const { return end - start - (*this)[stage].busy; }
    /// The stage the pipeline waited for longest; of equals the later one.
    Stage bound() const {
        std::size_t longest = 0;
        for (std::size_t i = 1; i < stage_count; ++i) {
            if (stages[i].critical >= stages[longest].critical) longest = i;
        }
        return static_cast<Stage>(longest);
    }
};

/// Adds up the time during which a condition holds.
class Stopwatch {
public:
    void set(bool running, sim::Time now) {
        if (running == running_) return;
        if (running_) total_ += now - since_;
        running_ = running;
        since_ = now;
    }
    sim::Time total() const { return total_; }

private:
    bool running_ = false;
    sim::Time since_, total_;
};

}  // namespace ahbm
