// SPDX-License-Identifier: Apache-2.0
#include "observe/report/busy_track.h"

#include <algorithm>

namespace ahbm::report {

void BusyTrack::catch_up(TimeAxis& axis, sim::Time now) {
    axis.advance(now);
    settle(axis);
    patience_ = std::max<std::size_t>(8, 2 * open_.size());
}

/// What lies in complete bins goes there.
void BusyTrack::settle(const TimeAxis& axis) {
    const sim::Time end = axis.end();
    for (Span& span : open_) {
        const sim::Time until = std::min(span.until, end);
        if (span.from >= until) continue;
        std::size_t bin = axis.at(span.from);
        while (span.from < until) {
            const sim::Time part = std::min(until, axis.bins()[bin].end);
            if (bins_.size() <= bin) bins_.resize(bin + 1);
            bins_[bin++] += part - span.from;
            span.from = part;
        }
    }
    std::erase_if(open_, [](const Span& span) { return span.from >= span.until; });
}

void BusyTrack::finish(const TimeAxis& axis) {
    settle(axis);
    if (open_.empty()) return;
    bins_.resize(axis.bins().size());
    for (const Span& span : open_) bins_.back() += span.until - span.from;
    open_.clear();
}

void BusyTrack::merged(const TimeAxis::Merge& map) {
    if (bins_.empty()) return;
    // A bin moves to a lower or the same place, so this may be done in place.
    for (std::size_t i = 1; i < bins_.size(); ++i) {
        if (map[i] == i) continue;
        bins_[map[i]] += bins_[i];
        bins_[i] = {};
    }
    bins_.resize(map[bins_.size() - 1] + 1);
}

}  // namespace ahbm::report
