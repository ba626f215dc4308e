// SPDX-License-Identifier: Apache-2.0
/// What one engine of a PE did, as slices. When there are too many, neighbours with the shortest gaps become one, which
/// knows how long the engine was busy in it.
#pragma once

#include "sim/units.h"

#include <cstdint>
#include <vector>

namespace ahbm::report {

class Lane {
public:
    static constexpr std::uint16_t kSeveral = 0;  ///< the label of a slice that was slices with different ones

    struct Slice {
        sim::Time from, until;
        sim::Time busy;  ///< less than its length when gaps have been closed
        std::uint32_t jobs = 0;
        std::uint16_t label = kSeveral;
    };

    /// Jobs in order of their ends. Returns how much of [from, until) no earlier job has covered.
    sim::Time add(sim::Time from, sim::Time until, std::uint16_t label);
    /// Leaves three quarters of `limit` slices at most, so that it is seldom done.
    void thin(std::size_t limit);

    const std::vector<Slice>& slices() const { return slices_; }
    /// Time with at least one job.
    sim::Time busy() const { return busy_; }
    /// Gaps up to here have been closed; slices shorter than this have been joined whatever their label.
    sim::Time resolution() const { return resolution_; }

private:
    /// A job from `from` on, that ends later than all others, covers what lies between them.
    sim::Time fill_gaps(sim::Time from);
    bool joins(const Slice& a, const Slice& b) const;
    static void join(Slice& into, const Slice& next);

    std::vector<Slice> slices_;
    sim::Time resolution_, busy_, covered_;
};

}  // namespace ahbm::report
