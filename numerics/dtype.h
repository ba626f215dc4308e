// SPDX-License-Identifier: Apache-2.0
/// Element types and shapes of the values that the platform moves and computes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ahbm {

enum class Dtype : std::uint8_t { f16, bf16, f32, i32, i8 };

constexpr bool is_float(Dtype dtype) { return dtype == Dtype::f16 || dtype == Dtype::bf16 || dtype == Dtype::f32; }
constexpr std::size_t size_of(Dtype dtype) {
    switch (dtype) {
        case Dtype::f16:
        case Dtype::bf16: return 2;
        case Dtype::f32:
        case Dtype::i32: return 4;
        case Dtype::i8: return 1;
    }
    return 0;
}
std::string_view to_string(Dtype dtype);
std::optional<Dtype> dtype_from_string(std::string_view name);

/// Extents of a tensor, outermost first; up to 4 dimensions. Rank 0 is a scalar (one element).
struct Shape {
    std::array<std::uint32_t, 4> dims{};
    std::uint8_t rank = 0;

    constexpr Shape() = default;
    constexpr Shape(std::initializer_list<std::uint32_t> list) {
        if (list.size() > dims.size()) throw std::length_error("a shape has at most 4 dimensions");
        for (std::uint32_t d : list) dims[rank++] = d;
    }
    constexpr std::uint32_t operator[](std::size_t axis) const { return dims[axis]; }
    constexpr std::uint64_t elements() const {
        std::uint64_t n = 1;
        for (std::uint8_t i = 0; i < rank; ++i) n *= dims[i];
        return n;
    }
    /// Seen as a matrix: the last dimension, and all others folded into rows. A scalar is 1 x 1.
    constexpr std::uint64_t cols() const { return rank == 0 ? 1 : dims[rank - 1u]; }
    constexpr std::uint64_t rows() const {
        std::uint64_t n = 1;
        for (std::uint8_t i = 0; i + 1 < rank; ++i) n *= dims[i];
        return n;
    }
    constexpr bool operator==(const Shape&) const = default;
};
/// "(32, 64)"
std::string to_string(const Shape& shape);

/// How the elements of a matrix (or of anything seen as rows x cols, all leading dimensions folded into rows) lie in
/// its byte range.
/// - dense:   row-major without gaps.
/// - blocked: tile-major. Tiles of block_rows x block_cols in row-major order of tiles; inside a tile row-major; edge
///            tiles are stored at their true size, so the total is always rows * cols elements. A tile is contiguous in
///            memory, which keeps HBM bursts full.
struct Layout {
    std::uint32_t block_rows = 0;  ///< 0: dense
    std::uint32_t block_cols = 0;
    constexpr bool blocked() const { return block_rows != 0; }
    constexpr bool operator==(const Layout&) const = default;
    /// Element index (not byte) of (row, col) of a rows x cols matrix.
    constexpr std::uint64_t index(std::uint64_t rows, std::uint64_t cols, std::uint64_t row, std::uint64_t col) const {
        if (!blocked()) return row * cols + col;
        const std::uint64_t tile_row = row / block_rows, tile_col = col / block_cols;
        const std::uint64_t first_row = tile_row * block_rows, first_col = tile_col * block_cols;
        const std::uint64_t tile_height = std::uint64_t{block_rows} < rows - first_row ? block_rows : rows - first_row;
        const std::uint64_t tile_width = std::uint64_t{block_cols} < cols - first_col ? block_cols : cols - first_col;
        return first_row * cols + first_col * tile_height + (row - first_row) * tile_width + (col - first_col);
    }
};

}  // namespace ahbm
