// SPDX-License-Identifier: Apache-2.0
/// How long at least one of several overlapping intervals lasted.
#pragma once

#include "sim/units.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ahbm::sim {

class IntervalUnion {
public:
    /// Returns how much of [from, until) none before has covered. Cheap for intervals that come about in order.
    Time add(Time from, Time until) {
        if (until <= from) return {};
        const Time before = total_;
        std::size_t last = disjoint_.size();
        while (last > 0 && disjoint_[last - 1].from > until) --last;  // these begin later and do not touch it
        std::size_t first = last;
        while (first > 0 && disjoint_[first - 1].until >= from) {
            --first;
            total_ = total_ - (disjoint_[first].until - disjoint_[first].from);
            from = std::min(from, disjoint_[first].from);
            until = std::max(until, disjoint_[first].until);
        }
        const auto at = disjoint_.begin();
        if (first == last)
            disjoint_.insert(at + static_cast<std::ptrdiff_t>(first), {from, until});
        else
            disjoint_.erase(at + static_cast<std::ptrdiff_t>(first) + 1, at + static_cast<std::ptrdiff_t>(last)),
                disjoint_[first] = {from, until};
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
