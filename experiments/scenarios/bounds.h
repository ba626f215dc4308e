// SPDX-License-Identifier: Apache-2.0
/// What the bounds of scenarios are made of.
#pragma once

#include "models/hbm_controller/hbm_config.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace ahbm::scenarios {

constexpr std::uint64_t cdiv(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// Bytes that an HBM slice moves for a piece of so many: the smallest access is a burst.
constexpr std::uint64_t in_bursts(const HbmConfig& hbm, std::uint64_t bytes) {
    return cdiv(bytes, hbm.burst.value) * hbm.burst.value;
}
/// In a round each pseudo-channel of a slice moves a burst. Rounds that so many bytes take at least.
constexpr std::uint64_t hbm_rounds(const HbmConfig& hbm, std::uint64_t bytes) {
    return cdiv(cdiv(bytes, hbm.burst.value), hbm.channels);
}
constexpr sim::Time hbm_time(const HbmConfig& hbm, std::uint64_t bytes) {
    return hbm.channel_bandwidth.time_for(hbm.burst) * static_cast<std::int64_t>(hbm_rounds(hbm, bytes));
}
/// "180224 B in 88 rounds of 2048 B / 256 GB/s".
inline std::string hbm_words(const HbmConfig& hbm, std::uint64_t bytes) {
    const std::uint64_t rounds = hbm_rounds(hbm, bytes);
    return fmt::format("{} B in {} round{} of {} B / {:.4g} GB/s", bytes, rounds, rounds == 1 ? "" : "s",
                       hbm.channels * hbm.burst.value, hbm.channel_bandwidth.bytes_per_ns() * hbm.channels);
}

}  // namespace ahbm::scenarios
