// SPDX-License-Identifier: Apache-2.0
/// How long a resource was busy in each bin of a time axis. Says the same in the end whenever it is brought up to date,
/// so it may be lazy: what is reserved lies ahead, and its bins do not exist yet.
#pragma once

#include "observe/report/time_axis.h"

#include <vector>

namespace ahbm::report {

class BusyTrack {
public:
    /// Any order; spans may overlap where the resource serves several at a time.
    void add(TimeAxis& axis, sim::Time now, sim::Time from, sim::Time until) {
        if (!open_.empty() && open_.back().until == from)
            open_.back().until = until;
        else
            open_.push_back({from, until});
        if (open_.size() >= patience_) catch_up(axis, now);
    }
    /// The run has ended and the axis is closed: what is left, a tail still on the wire, goes to the last bin.
    void finish(const TimeAxis& axis);
    void merged(const TimeAxis::Merge& map);

    /// As many as were needed: bins beyond were idle.
    const std::vector<sim::Time>& bins() const { return bins_; }
    bool used() const { return !bins_.empty() || !open_.empty(); }

private:
    struct Span {
        sim::Time from, until;
    };
    void catch_up(TimeAxis& axis, sim::Time now);
    void settle(const TimeAxis& axis);

    std::vector<Span> open_;  ///< not in the bins yet
    std::size_t patience_ = 8;
    std::vector<sim::Time> bins_;
};

}  // namespace ahbm::report
