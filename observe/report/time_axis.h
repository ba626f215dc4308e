// SPDX-License-Identifier: Apache-2.0
/// Simulated time cut into a bounded number of bins. While a kernel runs bins are narrow, otherwise wide: a run may
/// prepare for 800 us and compute for 4, and it is the 4 that one wants to see. Both widths double when bins run out.
#pragma once

#include "sim/units.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace ahbm::report {

class TimeAxis {
public:
    /// For every bin there was, the bin it has become part of.
    using Merge = std::vector<std::uint32_t>;

    /// Three quarters of `limit` are for kernels. `merged` is called whenever bins have been merged.
    TimeAxis(std::size_t limit, std::function<void(const Merge&)> merged);

    /// Completes the bins that end until `now`.
    void advance(sim::Time now);
    /// From `now` on kernels run, or no longer do: a bin ends here.
    void set_kernels(sim::Time now, bool run);
    /// The run has ended: so has the last bin.
    void close(sim::Time now);

    struct Bin {
        sim::Time end;  ///< begins where the one before ends, the first at 0
        bool kernels = false;
    };
    const std::vector<Bin>& bins() const { return bins_; }
    sim::Time begin_of(std::size_t bin) const { return bin == 0 ? sim::Time{} : bins_[bin - 1].end; }
    /// Of the last complete bin.
    sim::Time end() const { return bins_.empty() ? sim::Time{} : bins_.back().end; }
    /// The complete bin around `when`, which lies before end().
    std::size_t at(sim::Time when) const;

private:
    void append(sim::Time end);
    void coarsen();
    void merge(bool kernels, bool any_neighbours);

    std::size_t limit_;
    std::function<void(const Merge&)> merged_;
    std::vector<Bin> bins_;
    sim::Time widths_[2];  ///< without and with kernels
    bool kernels_ = false;
};

}  // namespace ahbm::report
