// SPDX-License-Identifier: Apache-2.0
/// Memory of the machine that simulates: asked for before it is taken, because what it does not have it gives all the
/// same and ends the program later.
#pragma once

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

}  // namespace ahbm::scenarios
