// SPDX-License-Identifier: Apache-2.0
/// What the bounds of scenarios are made of.
#pragma once

#include "models/hbm_controller/hbm_config.h"

#include <cstdint>

namespace ahbm::scenarios {

constexpr std::uint64_t cdiv(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// Bytes that an HBM slice moves for a piece of so many: the smallest access is a burst.
constexpr std::uint64_t in_bursts(const HbmConfig& hbm, std::uint64_t bytes) {
    return cdiv(bytes, hbm.burst.value) * hbm.burst.value;
}
/// Time of so many bytes in whole bursts, evenly over a slice's pseudo-channels.
constexpr sim::Time hbm_time(const HbmConfig& hbm, std::uint64_t bytes) {
    const std::uint64_t rounds = cdiv(cdiv(bytes, hbm.burst.value), hbm.channels);
    return hbm.channel_bandwidth.time_for(hbm.burst) * static_cast<std::int64_t>(rounds);
}

}  // namespace ahbm::scenarios
