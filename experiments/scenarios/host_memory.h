// SPDX-License-Identifier: Apache-2.0
/// Memory of the machine that simulates: asked for before it is taken, because what it does not have it gives all the
/// same and ends the program later.
#pragma once

#include "numerics/dtype.h"

#include <cstdint>
#include <string_view>

namespace ahbm::scenarios {

/// What the operating system can still give without swapping; no limit where it does not say.
std::uint64_t host_memory_available();

/// Throws InputError with both numbers when `elements` values of `bytes_each` exceed `available`. `what` is asked for:
/// "'a' (4096, 4096) f16".
void require_host_memory(std::string_view what, double elements, double bytes_each, std::uint64_t available);
inline void require_host_memory(std::string_view what, double elements, double bytes_each) {
    require_host_memory(what, elements, bytes_each, host_memory_available());
}

/// Of tensors whose values are simulated and compared: the array, what it is made from, its images on the way to the
/// device and there, and the reference in double.
inline void require_host_memory(std::string_view tensors, double elements, Dtype dtype) {
    require_host_memory(tensors, elements, 3.0 * static_cast<double>(size_of(dtype)) + 12);
}

}  // namespace ahbm::scenarios
