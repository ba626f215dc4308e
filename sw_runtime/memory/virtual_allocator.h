// SPDX-License-Identifier: Apache-2.0
/// Virtual address ranges for tensors, in whole pages. Mapping them to memory is the MMUs' business.
#pragma once

#include "sim/units.h"
#include "sw_runtime/memory/pool.h"

#include <cstdint>
#include <string_view>

namespace ahbm::runtime {

class VirtualAllocator {
public:
    static constexpr std::uint64_t base = 0x1'0000'0000;
    static constexpr std::uint64_t size = std::uint64_t{64} << 30;

    /// `page` is a power of two.
    explicit VirtualAllocator(sim::Bytes page = {4096});

    /// A range that starts on a page and occupies whole pages, so that no two tensors share one. Throws OutOfMemory.
    AddressRange allocate(std::uint64_t bytes, std::string_view requester) {
        return allocate(bytes, {page_}, requester);
    }
    /// `alignment` below a page counts as a page.
    AddressRange allocate(std::uint64_t bytes, Alignment alignment, std::string_view requester);
    /// Throws BadFree.
    void free(std::uint64_t address) { pool_.free(address); }

    std::uint64_t page() const { return page_; }
    std::uint64_t free_bytes() const { return pool_.free_bytes(); }

private:
    std::uint64_t page_;
    Pool pool_;
};

}  // namespace ahbm::runtime
