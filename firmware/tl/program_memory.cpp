// SPDX-License-Identifier: Apache-2.0
/// The part of the kernel language that names global memory and moves its bytes.
#include "firmware/tl/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace ahbm::tl {
namespace {

/// Large enough that a transfer dwarfs its dispatch, small enough that reads and writes of one copy overlap.
constexpr std::uint64_t copy_chunk_bytes = 64 * 1024;

std::string describe(const TensorArg& shard) {
    return fmt::format("shard {} {} at global {:#x}", to_string(shard.shape), to_string(shard.dtype), shard.base);
}

/// Elements (contiguous regions) or rows (pitched ones) [first, first + count).
Region part(const Region& region, bool flat, std::uint64_t first, std::uint64_t count) {
    const auto extent = static_cast<std::uint32_t>(count);
    if (flat) {
        return {
            region.space, region.address + first * size_of(region.view.dtype), {{1, extent}, region.view.dtype, {}}, 0};
    }
    const std::uint64_t pitch = region.row_pitch ? region.row_pitch : region.row_bytes();
    const auto cols = static_cast<std::uint32_t>(region.cols());
    return {region.space, region.address + first * pitch, {{extent, cols}, region.view.dtype, {}}, pitch};
}

}  // namespace

GlobalView Program::view(const TensorArg& shard) const { return view(shard, 0, 0, shard.shape[0], shard.shape[1]); }

GlobalView Program::view(const TensorArg& shard, std::uint64_t row, std::uint64_t col, std::uint64_t rows,
                         std::uint64_t cols) const {
    const auto fail = [&](std::string_view why) -> KernelError {
        return KernelError(fmt::format("view: rows [{}, {}) x cols [{}, {}) of {}: {}", row, row + rows, col,
                                       col + cols, describe(shard), why));
    };
    if (shard.shape.rank != 2) throw fail("not a matrix");
    const std::uint64_t all_rows = shard.shape[0], all_cols = shard.shape[1];
    if (rows == 0 || cols == 0) throw fail("no elements");
    if (rows > all_rows || row > all_rows - rows || cols > all_cols || col > all_cols - cols)
        throw fail("out of bounds");

    const std::uint64_t element = size_of(shard.dtype);
    const Shape shape{static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(cols)};
    Region region{Space::global,
                  shard.base + shard.layout.index(all_rows, all_cols, row, col) * element,
                  {shape, shard.dtype, {}},
                  0};
    if (!shard.layout.blocked()) {
        if (rows > 1 && cols < all_cols) region.row_pitch = all_cols * element;
        return {region};
    }
    const auto whole_tiles = [](std::uint64_t first, std::uint64_t count, std::uint64_t tile, std::uint64_t all) {
        return first % tile == 0 && ((first + count) % tile == 0 || first + count == all);
    };
    const std::uint64_t tile_rows = shard.layout.block_rows, tile_cols = shard.layout.block_cols;
    if (!whole_tiles(row, rows, tile_rows, all_rows) || !whole_tiles(col, cols, tile_cols, all_cols)) {
        throw fail(fmt::format("not whole tiles of its {} x {} blocked layout", tile_rows, tile_cols));
    }
    if (rows > tile_rows && cols < all_cols) {
        throw fail(fmt::format("several rows of {} x {} tiles but not their full width are not contiguous", tile_rows,
                               tile_cols));
    }
    // A column of tiles, or a single row of elements, is the same bytes as a dense matrix.
    if (cols > tile_cols && rows > 1) region.view.layout = shard.layout;
    return {region};
}

GlobalView Program::flat(const TensorArg& shard, std::uint64_t first, std::uint64_t count) const {
    const auto fail = [&](std::string_view why) {
        return KernelError(
            fmt::format("flat: elements [{}, {}) of {}: {}", first, first + count, describe(shard), why));
    };
    const std::uint64_t all = shard.shape.elements();
    if (count == 0) throw fail("no elements");
    if (count > all || first > all - count) throw fail("out of bounds");
    if (count > std::numeric_limits<std::uint32_t>::max()) throw fail("more elements than one view can have");
    return {{Space::global,
             shard.base + first * size_of(shard.dtype),
             {{1, static_cast<std::uint32_t>(count)}, shard.dtype, {}},
             0}};
}

std::uint64_t Program::elements_that_fit(Dtype dtype, std::uint64_t tensors) const {
    const std::uint64_t lines = tcm_room() / tensors / TcmArena::alignment;
    return std::max<std::uint64_t>(lines, 1) * TcmArena::alignment / size_of(dtype);
}

Tensor Program::load(const GlobalView& source) {
    Tensor tensor = allocate("load", source.region.view);
    issue({CommandKind::dma_read, {}, {source.region}, tensor.region()});
    return tensor;
}

void Program::store(const GlobalView& target, const Tensor& tensor) {
    require("store", tensor);
    const Region& region = target.region;
    const Region source = tensor.region();
    const auto fail = [&](std::string_view why) {
        return KernelError(
            fmt::format("store: {} into {}: {}", tl::describe(tensor.view()), tl::describe(region), why));
    };
    if (source.rows() != region.rows() || source.cols() != region.cols()) throw fail("shapes differ");
    if (tensor.dtype() != target.dtype()) throw fail("element types differ, cast first");

    const Tensor laid_out = with_layout("store", tensor, region.view.layout);
    Region bytes = laid_out.region();
    bytes.view = region.view;
    issue({CommandKind::dma_write, {}, {bytes}, region});
}

void Program::copy(const GlobalView& target, const GlobalView& source) {
    const Region &to = target.region, &from = source.region;
    if (to.view.shape != from.view.shape || to.view.dtype != from.view.dtype) {
        throw KernelError(
            fmt::format("copy: {} to {}: shapes or element types differ", tl::describe(from), tl::describe(to)));
    }
    if (to.view.layout != from.view.layout) return store(target, load(source));

    const bool flat = to.contiguous() && from.contiguous();
    const std::uint64_t unit_bytes = flat ? size_of(from.view.dtype) : from.row_bytes();
    const std::uint64_t units = flat ? from.view.shape.elements() : from.rows();
    const std::uint64_t room = elements_that_fit(from.view.dtype, 2) * size_of(from.view.dtype);
    const std::uint64_t step = std::max<std::uint64_t>(1, std::min(copy_chunk_bytes, room) / unit_bytes);
    Tensor chunk;  // replaced only after the next one is allocated: two buffers, used in turn
    for (std::uint64_t first = 0; first < units; first += step) {
        const std::uint64_t count = std::min(step, units - first);
        chunk = load({part(from, flat, first, count)});
        store({part(to, flat, first, count)}, chunk);
    }
}

void Program::fence() {
    issue({CommandKind::fence, {}, {}, {}});
    backend_.drain();
}

}  // namespace ahbm::tl
