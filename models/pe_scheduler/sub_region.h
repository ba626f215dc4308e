// SPDX-License-Identifier: Apache-2.0
/// Where a rectangle of a matrix lies in memory.
#pragma once

#include "firmware/tl/command.h"

#include <vector>

namespace ahbm {

/// Rows and columns of a matrix.
struct Rect {
    std::uint64_t row = 0, col = 0;
    std::uint64_t rows = 0, cols = 0;
};

/// A part of a rectangle that lies in memory as rows of one pitch.
struct Piece {
    tl::Region region;
    std::uint64_t row = 0, col = 0;  ///< origin within the rectangle
};

/// Appends the pieces of `rect`, in row-major order: one for a dense matrix, one per block for a blocked one (a single
/// contiguous one when the rectangle is a block).
void append_pieces(const tl::Region& matrix, const Rect& rect, std::vector<Piece>& into);

/// Where a piece belongs in a dense copy of its rectangle, `rect_cols` wide, at `address` of TCM.
tl::Region place_in_copy(const Piece& piece, std::uint64_t address, std::uint64_t rect_cols);

}  // namespace ahbm
