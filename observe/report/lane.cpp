// SPDX-License-Identifier: Apache-2.0
#include "observe/report/lane.h"

#include <algorithm>

namespace ahbm::report {

sim::Time Lane::add(sim::Time from, sim::Time until, std::uint16_t label) {
    const sim::Time filled = fill_gaps(from);
    busy_ += filled;
    // What an earlier job covers already shows as that job's.
    from = std::max(from, covered_);
    if (until <= from) {
        if (!slices_.empty()) ++slices_.back().jobs;
        return filled;
    }
    covered_ = until;
    busy_ += until - from;
    const Slice fresh{from, until, until - from, 1, label};
    if (!slices_.empty() && joins(slices_.back(), fresh))
        join(slices_.back(), fresh);
    else
        slices_.push_back(fresh);
    return filled + (until - from);
}

sim::Time Lane::fill_gaps(sim::Time from) {
    sim::Time filled;
    for (std::size_t i = slices_.size(); i-- > 0 && slices_[i].until > from;) {
        Slice& slice = slices_[i];
        if (slice.from >= from) {  // with the gaps that have been closed in it
            filled += slice.until - slice.from - slice.busy;
            slice.busy = slice.until - slice.from;
        }
        const sim::Time begin = std::max(from, i == 0 ? from : slices_[i - 1].until);
        if (slice.from <= begin) continue;
        filled += slice.from - begin;
        slice.busy += slice.from - begin;
        slice.from = begin;
    }
    return filled;
}

bool Lane::joins(const Slice& a, const Slice& b) const {
    if (b.from - a.until > resolution_) return false;
    return a.label == b.label || (a.until - a.from <= resolution_ && b.until - b.from <= resolution_);
}

void Lane::join(Slice& into, const Slice& next) {
    into.until = next.until;
    into.busy += next.busy;
    into.jobs += next.jobs;
    if (into.label != next.label) into.label = kSeveral;
}

void Lane::thin(std::size_t limit) {
    while (slices_.size() * 4 > limit * 3) {
        resolution_ = std::max(sim::Time::ns(1), resolution_ + resolution_);
        std::vector<Slice> kept;
        for (const Slice& slice : slices_) {
            if (!kept.empty() && joins(kept.back(), slice))
                join(kept.back(), slice);
            else
                kept.push_back(slice);
        }
        slices_ = std::move(kept);
    }
}

}  // namespace ahbm::report
