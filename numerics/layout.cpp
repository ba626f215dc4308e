// SPDX-License-Identifier: Apache-2.0
#include "numerics/layout.h"

#include <algorithm>
#include <cstring>

namespace ahbm::shadow {

namespace {
/// Elements of a row from `col` to where the layout leaves contiguous memory.
std::uint64_t run_from(const Layout& layout, std::uint64_t cols, std::uint64_t col) {
    const std::uint64_t rest = cols - col;
    return layout.blocked() ? std::min<std::uint64_t>(rest, layout.block_cols - col % layout.block_cols) : rest;
}
}  // namespace

void convert_layout(const Shape& shape, std::size_t element_bytes, const Layout& from_layout,
                    std::span<const std::byte> from, const Layout& to_layout, std::span<std::byte> to) {
    if (from.empty()) return;
    if (from_layout == to_layout) {
        std::memcpy(to.data(), from.data(), from.size());
        return;
    }
    const std::uint64_t rows = shape.rows(), cols = shape.cols();
    for (std::uint64_t row = 0; row < rows; ++row) {
        for (std::uint64_t col = 0; col < cols;) {
            const std::uint64_t run = std::min(run_from(from_layout, cols, col), run_from(to_layout, cols, col));
            std::memcpy(to.data() + to_layout.index(rows, cols, row, col) * element_bytes,
                        from.data() + from_layout.index(rows, cols, row, col) * element_bytes, run * element_bytes);
            col += run;
        }
    }
}

}  // namespace ahbm::shadow
