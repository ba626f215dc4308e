// SPDX-License-Identifier: Apache-2.0
#include "observe/report/time_axis.h"

#include <algorithm>
#include <utility>

namespace ahbm::report {

TimeAxis::TimeAxis(std::size_t limit, std::function<void(const Merge&)> merged)
    : limit_(limit), merged_(std::move(merged)), widths_{sim::Time::ns(64), sim::Time::ns(1)} {}

void TimeAxis::advance(sim::Time now) {
    while (end() + widths_[kernels_] <= now) append(end() + widths_[kernels_]);
}

void TimeAxis::set_kernels(sim::Time now, bool run) {
    if (run == kernels_) return;
    close(now);
    kernels_ = run;
}

void TimeAxis::close(sim::Time now) {
    advance(now);
    if (end() < now) append(now);
}

std::size_t TimeAxis::at(sim::Time when) const {
    const auto bin = std::upper_bound(bins_.begin(), bins_.end(), when,
                                      [](sim::Time time, const Bin& each) { return time < each.end; });
    return static_cast<std::size_t>(bin - bins_.begin());
}

void TimeAxis::append(sim::Time end) {
    bins_.push_back({end, kernels_});
    while (bins_.size() > limit_) coarsen();
}

void TimeAxis::coarsen() {
    const auto with_kernels =
        static_cast<std::size_t>(std::count_if(bins_.begin(), bins_.end(), [](const Bin& bin) { return bin.kernels; }));
    const bool kernels = with_kernels * 4 > limit_ * 3;  // else the others have more than their quarter
    const auto alike = [&](const Bin& a, const Bin& b) { return a.kernels == kernels && b.kernels == kernels; };
    const bool have_neighbours = std::adjacent_find(bins_.begin(), bins_.end(), alike) != bins_.end();
    if (have_neighbours) widths_[kernels] += widths_[kernels];
    merge(kernels, !have_neighbours);
}

/// Joins neighbours up to the width, or, many short launches having left no neighbours alike, any two.
void TimeAxis::merge(bool kernels, bool any_neighbours) {
    Merge map(bins_.size());
    std::vector<Bin> merged;
    sim::Time begin;  // of merged.back()
    bool joined = false;
    for (std::size_t i = 0; i < bins_.size(); ++i) {
        const Bin& bin = bins_[i];
        const bool fits = !merged.empty() && !(any_neighbours && joined) &&
                          (any_neighbours || (bin.kernels == kernels && merged.back().kernels == kernels &&
                                              bin.end - begin <= widths_[kernels]));
        joined = fits;
        if (fits) {
            merged.back().end = bin.end;
            merged.back().kernels |= bin.kernels;
        } else {
            begin = begin_of(i);
            merged.push_back(bin);
        }
        map[i] = static_cast<std::uint32_t>(merged.size() - 1);
    }
    if (merged.size() == bins_.size()) return;
    bins_ = std::move(merged);
    merged_(map);
}

}  // namespace ahbm::report
