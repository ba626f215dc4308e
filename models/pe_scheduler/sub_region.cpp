// SPDX-License-Identifier: Apache-2.0
#include "models/pe_scheduler/sub_region.h"

#include <algorithm>

namespace ahbm {
namespace {

tl::Region rows_at(tl::Space space, std::uint64_t address, Dtype dtype, std::uint64_t rows, std::uint64_t cols,
                   std::uint64_t pitch) {
    const View view{{static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(cols)}, dtype, {}};
    const bool contiguous = rows == 1 || pitch == cols * size_of(dtype);
    return {space, address, view, contiguous ? 0 : pitch};
}

}  // namespace

void append_pieces(const tl::Region& matrix, const Rect& rect, std::vector<Piece>& into) {
    const std::uint64_t element = size_of(matrix.view.dtype), rows = matrix.rows(), cols = matrix.cols();
    const Layout& layout = matrix.view.layout;
    if (matrix.row_pitch != 0 || !layout.blocked()) {
        const std::uint64_t pitch = matrix.row_pitch != 0 ? matrix.row_pitch : cols * element;
        const std::uint64_t address = matrix.address + rect.row * pitch + rect.col * element;
        into.push_back({rows_at(matrix.space, address, matrix.view.dtype, rect.rows, rect.cols, pitch), 0, 0});
        return;
    }
    const std::uint64_t last_row = rect.row + rect.rows, last_col = rect.col + rect.cols;
    for (std::uint64_t row = rect.row; row < last_row;) {
        const std::uint64_t height = std::min(last_row, (row / layout.block_rows + 1) * layout.block_rows) - row;
        for (std::uint64_t col = rect.col; col < last_col;) {
            const std::uint64_t block_col = col / layout.block_cols * layout.block_cols;
            const std::uint64_t width = std::min(last_col, block_col + layout.block_cols) - col;
            const std::uint64_t block_width = std::min<std::uint64_t>(layout.block_cols, cols - block_col);
            const std::uint64_t address = matrix.address + layout.index(rows, cols, row, col) * element;
            into.push_back({rows_at(matrix.space, address, matrix.view.dtype, height, width, block_width * element),
                            row - rect.row, col - rect.col});
            col += width;
        }
        row += height;
    }
}

tl::Region place_in_copy(const Piece& piece, std::uint64_t address, std::uint64_t rect_cols) {
    const Dtype dtype = piece.region.view.dtype;
    return rows_at(tl::Space::tcm, address + (piece.row * rect_cols + piece.col) * size_of(dtype), dtype,
                   piece.region.rows(), piece.region.cols(), rect_cols * size_of(dtype));
}

}  // namespace ahbm
