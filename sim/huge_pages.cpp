// SPDX-License-Identifier: Apache-2.0
#include "sim/huge_pages.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

#include <malloc.h>
#include <sys/mman.h>

#include <climits>
#include <cstdint>
#include <cstdlib>

namespace ahbm::sim {

void prefer_huge_pages(std::size_t bytes) {
    constexpr std::uintptr_t huge = 2 << 20;
    constexpr int default_mapped_blocks = 65536;  // glibc's
    // A block from the heap, however large; given back, it is where the heap grows into.
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    void* const block = std::malloc(bytes);
    mallopt(M_MMAP_MAX, default_mapped_blocks);
    if (block == nullptr) return;
    const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(block) + huge - 1) / huge * huge;
    const std::uintptr_t end = (reinterpret_cast<std::uintptr_t>(block) + bytes) / huge * huge;
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // a wish
    std::free(block);
}

}  // namespace ahbm::sim

#else

namespace ahbm::sim {

void prefer_huge_pages(std::size_t) {}

}  // namespace ahbm::sim

#endif
