// SPDX-License-Identifier: Apache-2.0
/// A large platform's blocks lie all over the heap: with pages of 4 KiB looking their addresses up costs about a sixth
/// of a run (docs/performance.md).
#pragma once

#include <cstddef>

namespace ahbm::sim {

/// Asks for huge pages for the next `bytes` of the heap, which stay untouched until they are used. For a program's
/// start. Does nothing where the C library or the system has no such thing.
void prefer_huge_pages(std::size_t bytes);

}  // namespace ahbm::sim
