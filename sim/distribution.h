// SPDX-License-Identifier: Apache-2.0
/// Times of one kind: count, sum, and percentiles by nearest rank. Keeps every value: figures are exact.
#pragma once

#include "sim/units.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace ahbm::sim {

class Distribution {
public:
    struct Summary {
        std::uint64_t count = 0;
        Time sum, mean, p50, p99, max;  ///< mean: whole picoseconds, rounded down
    };

    void add(Time value) { values_.push_back(value.ps()); }
    Summary summary() const {
        Summary result;
        if (values_.empty()) return result;
        std::vector<std::int64_t> sorted = values_;
        std::sort(sorted.begin(), sorted.end());
        for (const std::int64_t value : sorted) result.sum += Time::ps(value);
        result.count = sorted.size();
        result.mean = Time::ps(result.sum.ps() / static_cast<std::int64_t>(sorted.size()));
        const auto rank = [&](std::size_t percent) { return sorted[(sorted.size() * percent + 99) / 100 - 1]; };
        result.p50 = Time::ps(rank(50));
        result.p99 = Time::ps(rank(99));
        result.max = Time::ps(sorted.back());
        return result;
    }

private:
    std::vector<std::int64_t> values_;  ///< ps
};

}  // namespace ahbm::sim
