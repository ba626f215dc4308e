// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace ahbm::runtime {

/// What a tile pays for from a cube to the next one, as far as it is known; algorithms choose by it.
struct CubeHop {
    std::uint64_t crossing_ps = 16'000;    ///< overhead of both ports
    std::uint64_t link_ps_per_kib = 8000;  ///< of one connection
    std::uint64_t sum_ps_per_kib = 8000;   ///< of MATH, elements of two bytes
    bool operator==(const CubeHop&) const = default;
};

}  // namespace ahbm::runtime
