// SPDX-License-Identifier: Apache-2.0
#include "models/pe_scheduler/piece_values.h"

namespace ahbm {

void append_dense(std::span<const Piece> pieces, std::span<const shadow::Bundle> values, std::uint64_t rows,
                  shadow::Bundle& into) {
    if (pieces.size() == 1) return into.append(values.front());
    for (std::uint64_t row = 0; row < rows; ++row) {
        for (std::size_t i = 0; i < pieces.size(); ++i) {  // row-major, so left to right within a row
            const Piece& piece = pieces[i];
            if (row < piece.row || row >= piece.row + piece.region.rows()) continue;
            const std::uint64_t bytes = piece.region.row_bytes();
            into.append(values[i].part((row - piece.row) * bytes, bytes));
        }
    }
}

void split_dense(const shadow::Bundle& dense, std::uint64_t cols, std::span<const Piece> pieces,
                 std::vector<shadow::Bundle>& into) {
    for (const Piece& piece : pieces) {
        const std::uint64_t element = size_of(piece.region.view.dtype), bytes = piece.region.row_bytes();
        shadow::Bundle& values = into.emplace_back();
        for (std::uint64_t row = 0; row < piece.region.rows(); ++row) {
            values.append(dense.part(((piece.row + row) * cols + piece.col) * element, bytes));
        }
    }
}

}  // namespace ahbm
