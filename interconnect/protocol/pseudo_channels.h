// SPDX-License-Identifier: Apache-2.0
/// Striping of a PE's HBM slice over its pseudo-channels, one burst each in turn.
#pragma once

#include "sim/units.h"

#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace ahbm {

class PseudoChannels {
public:
    /// Throws std::invalid_argument unless both are powers of two.
    PseudoChannels(sim::Bytes burst, std::uint32_t channels)
        : burst_log2_(log2("burst", burst)), channel_mask_(channels - 1) {
        log2("channels", channels);
    }
    /// The pseudo-channel of a byte: (offset >> log2(burst)) & (channels - 1).
    constexpr std::uint32_t channel_of(std::uint64_t offset) const {
        return static_cast<std::uint32_t>(offset >> burst_log2_) & channel_mask_;
    }
    constexpr std::uint64_t burst() const { return std::uint64_t{1} << burst_log2_; }
    constexpr std::uint32_t count() const { return channel_mask_ + 1; }

private:
    static unsigned log2(const char* what, std::uint64_t value) {
        if (!std::has_single_bit(value))
            throw std::invalid_argument("HBM " + std::string(what) + ": " + std::to_string(value) +
                                        " is not a power of two");
        return static_cast<unsigned>(std::countr_zero(value));
    }
    unsigned burst_log2_;
    std::uint32_t channel_mask_;
};

}  // namespace ahbm
