// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/memory/virtual_allocator.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace ahbm::runtime {

VirtualAllocator::VirtualAllocator(sim::Bytes page) : page_(page), pool_("virtual address space", {base, size}) {
    if (!std::has_single_bit(page_) || page_ > base)
        throw std::invalid_argument(fmt::format("page size {} is not a power of two up to {}", page_, base));
}

AddressRange VirtualAllocator::allocate(std::uint64_t bytes, Alignment alignment, std::string_view requester) {
    // What exceeds the whole space is passed on as it is: rounding up could wrap around.
    const std::uint64_t pages = bytes > size ? bytes : (bytes + page_ - 1) / page_ * page_;
    return {pool_.allocate(pages, {std::max(alignment.bytes, page_)}, requester), bytes};
}

}  // namespace ahbm::runtime
