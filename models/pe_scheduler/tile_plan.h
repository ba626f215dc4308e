// SPDX-License-Identifier: Apache-2.0
/// How a matrix product is cut into tiles: which rectangle of which operand each tile needs, what it costs, and where
/// in the reserved part of TCM it is buffered. Order of tiles: m, n, k with k innermost, so the accumulator of an
/// output tile stays resident. Edge tiles have their true size. Operands are A, B and one row vector per epilogue that
/// takes one; a dot product with a matrix accumulator is two commands (product, then add), so there is none here.
#pragma once

#include "firmware/tl/backend.h"
#include "models/pe_scheduler/sub_region.h"

#include <algorithm>
#include <vector>

namespace ahbm {

struct TileBuffers {
    std::uint64_t reserved;  ///< bytes at the start of TCM
    std::uint32_t operands;  ///< tiles in flight per streamed operand
    std::uint32_t outputs;   ///< output tiles in flight
};

struct Tile {
    struct Range {
        std::uint64_t first = 0, count = 0;
        /// Part `index` of an extent that is cut into parts of `size`.
        static Range part(std::uint64_t index, std::uint64_t size, std::uint64_t extent) {
            return {index * size, std::min(size, extent - index * size)};
        }
    };
    std::uint64_t index = 0;   ///< in order of execution
    std::uint64_t output = 0;  ///< index of its output tile
    std::uint64_t k_index = 0;
    Range m, n, k;
    bool first_k = false, last_k = false;
    std::uint64_t flop() const { return 2 * m.count * n.count * k.count; }
};

class TilePlan {
public:
    /// Throws std::invalid_argument with a sentence when operands do not fit each other or the buffers do not fit TCM.
    TilePlan(const tl::Command& command, tl::Backend::GemmTile tile, const TileBuffers& buffers);

    std::uint64_t tiles() const { return outputs() * k_tiles_; }
    std::uint64_t outputs() const { return m_tiles_ * n_tiles_; }
    std::uint64_t k_tiles() const { return k_tiles_; }
    Tile tile(std::uint64_t index) const;

    std::size_t operands() const { return operands_.size(); }
    bool streamed(std::size_t operand) const { return operands_[operand].region.space == tl::Space::global; }
    bool any_streamed() const { return any_streamed_; }
    /// Whether the tile's FETCH brings this operand: A and B always, an epilogue's row when it is used (first).
    bool needs(std::size_t operand, const Tile& tile) const;
    Rect rect(std::size_t operand, const Tile& tile) const;
    const tl::Region& region(std::size_t operand) const { return operands_[operand].region; }
    /// Address in TCM of the buffer that a streamed operand of this tile goes through.
    std::uint64_t buffer(std::size_t operand, const Tile& tile) const;
    /// All k tiles of an operand for one output tile, put behind each other: how the product sees them.
    View panel(std::size_t operand, const Tile& last) const;

    const tl::Region& output() const { return output_; }
    bool output_streamed() const { return output_.space == tl::Space::global; }
    static Rect output_rect(const Tile& tile) { return {tile.m.first, tile.n.first, tile.m.count, tile.n.count}; }
    std::uint64_t output_buffer(const Tile& tile) const;
    /// The operation on the panels of one output tile.
    const OpSpec& operation() const { return operation_; }

    /// Operations that MATH applies to each element of the accumulator behind a tile.
    struct Epilogues {
        std::uint32_t simple = 0, transcendental = 0;
        bool any() const { return simple + transcendental != 0; }
    };
    Epilogues epilogues(const Tile& tile) const;
    /// Epilogues run behind every k tile: the next GEMM on an accumulator waits for them.
    bool every_k() const { return k_epilogues_.any(); }

private:
    enum class Role : std::uint8_t { a, b, row, row_per_k };
    struct Operand {
        Role role;
        tl::Region region;
        bool early;                ///< row: needed by the first k tile, else by the last
        std::uint64_t buffer = 0;  ///< streamed: start of its buffers
        std::uint64_t buffer_bytes = 0;
    };
    void add_epilogues(const tl::Command& command);
    void place_buffers(const TileBuffers& buffers);

    tl::Backend::GemmTile extent_;
    std::uint64_t m_, k_, n_;
    std::uint64_t m_tiles_, k_tiles_, n_tiles_;
    std::vector<Operand> operands_;
    bool any_streamed_ = false;
    std::uint32_t operand_buffers_, output_buffers_;
    tl::Region output_;
    std::uint64_t output_base_ = 0, output_bytes_ = 0;
    OpSpec operation_;
    Epilogues k_epilogues_, output_epilogues_;
};

// In the header because every stage asks for its tile at every step.

inline Tile TilePlan::tile(std::uint64_t index) const {
    const std::uint64_t k = index % k_tiles_, output = index / k_tiles_;
    Tile tile;
    tile.index = index;
    tile.output = output;
    tile.k_index = k;
    tile.m = Tile::Range::part(output / n_tiles_, extent_.m, m_);
    tile.n = Tile::Range::part(output % n_tiles_, extent_.n, n_);
    tile.k = Tile::Range::part(k, extent_.k, k_);
    tile.first_k = k == 0;
    tile.last_k = k + 1 == k_tiles_;
    return tile;
}

inline Rect TilePlan::rect(std::size_t operand, const Tile& tile) const {
    switch (operands_[operand].role) {
        case Role::a: return {tile.m.first, tile.k.first, tile.m.count, tile.k.count};
        case Role::b: return {tile.k.first, tile.n.first, tile.k.count, tile.n.count};
        case Role::row: break;
        case Role::row_per_k: return {tile.k_index, tile.n.first, 1, tile.n.count};
    }
    return {0, tile.n.first, 1, tile.n.count};
}

inline bool TilePlan::needs(std::size_t operand, const Tile& tile) const {
    if (operands_[operand].role != Role::row) return true;
    return operands_[operand].early ? tile.first_k : tile.last_k;
}

inline std::uint64_t TilePlan::buffer(std::size_t operand, const Tile& tile) const {
    return operands_[operand].buffer + tile.index % operand_buffers_ * operands_[operand].buffer_bytes;
}

}  // namespace ahbm
