// SPDX-License-Identifier: Apache-2.0
/// Values of a rectangle that lies in several pieces, taken apart and put together. Bundles only: no bytes are copied.
#pragma once

#include "models/pe_scheduler/sub_region.h"
#include "shadow/value.h"

#include <span>
#include <vector>

namespace ahbm {

/// Appends the rectangle's rows in order; each row goes through the pieces from left to right.
void append_dense(std::span<const Piece> pieces, std::span<const shadow::Bundle> values, std::uint64_t rows,
                  shadow::Bundle& into);

/// One bundle per piece of a dense value `cols` elements wide.
void split_dense(const shadow::Bundle& dense, std::uint64_t cols, std::span<const Piece> pieces,
                 std::vector<shadow::Bundle>& into);

}  // namespace ahbm
