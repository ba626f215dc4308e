// SPDX-License-Identifier: Apache-2.0
/// Rearranges the bytes of a tensor from one layout to another: the only place where blocked layouts are taken apart.
/// Non-goal: changing the shape or the element type.
#pragma once

#include "numerics/operation.h"

#include <cstddef>
#include <span>

namespace ahbm::shadow {

/// Copies `from` (laid out as from_layout) to `to` (laid out as to_layout); both hold `shape` elements of
/// `element_bytes` each and do not overlap.
void convert_layout(const Shape& shape, std::size_t element_bytes, const Layout& from_layout,
                    std::span<const std::byte> from, const Layout& to_layout, std::span<std::byte> to);

}  // namespace ahbm::shadow
