// SPDX-License-Identifier: Apache-2.0
/// Counts what the whole process takes from the heap through operator new.
#pragma once

#include <cstdint>

namespace ahbm::bench {

struct Allocations {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
};
Allocations allocations();

}  // namespace ahbm::bench
