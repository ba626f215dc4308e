// SPDX-License-Identifier: Apache-2.0
/// How long at least one of several overlapping intervals lasted.
#pragma once

#include "sim/units.h"

#include <algorithm>
#include <vector>

namespace ahbm::sim {

class IntervalUnion {
public:
    /// Intervals in order of their ends. Returns how much of [from, until) none before has covered.
    Time add(Time from, Time until) {
        const Time before = total_;
        if (until <= from) return {};
        while (!disjoint_.empty() && disjoint_.back().until >= from) {
            const Interval last = disjoint_.back();
            disjoint_.pop_back();
            total_ = total_ - (last.until - last.from);
            from = std::min(from, last.from);
            until = std::max(until, last.until);
        }
        disjoint_.push_back({from, until});
        total_ += until - from;
        return total_ - before;
    }
    Time total() const { return total_; }
    /// What is to come begins no earlier than what has been.
    void forget() { disjoint_.clear(); }

private:
    struct Interval {
        Time from, until;
    };
    std::vector<Interval> disjoint_;  ///< in order
    Time total_;
};

}  // namespace ahbm::sim
