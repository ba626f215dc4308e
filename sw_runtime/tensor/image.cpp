// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/tensor/image.h"

#include "numerics/layout.h"

#include <cstring>

namespace ahbm::runtime {
namespace {

Shape matrix(const ShardSpec& shard) {
    return {static_cast<std::uint32_t>(shard.rows), static_cast<std::uint32_t>(shard.cols)};
}

/// Calls visit(offset in the dense tensor, offset in the shard's dense rows) for each row.
template <class Visit>
void for_each_row(const ShardSpec& shard, std::uint64_t cols, std::size_t element, Visit visit) {
    for (std::uint64_t row = 0; row < shard.rows; ++row)
        visit(((shard.first_row + row) * cols + shard.first_col) * element, row * shard.cols * element);
}

}  // namespace

std::vector<std::byte> to_image(std::span<const std::byte> dense, std::uint64_t cols, const ElementFormat& format,
                                std::span<const ShardSpec> shards) {
    std::vector<std::byte> image(dense.size()), rows;
    for (const ShardSpec& shard : shards) {
        rows.resize(shard.nbytes);
        for_each_row(shard, cols, format.size(), [&](std::uint64_t in_tensor, std::uint64_t in_shard) {
            std::memcpy(rows.data() + in_shard, dense.data() + in_tensor, shard.cols * format.size());
        });
        shadow::convert_layout(matrix(shard), format.size(), {}, rows, format.layout,
                               std::span(image).subspan(shard.offset, shard.nbytes));
    }
    return image;
}

std::vector<std::byte> from_image(std::span<const std::byte> image, std::uint64_t cols, const ElementFormat& format,
                                  std::span<const ShardSpec> shards) {
    std::vector<std::byte> dense(image.size()), rows;
    for (const ShardSpec& shard : shards) {
        rows.resize(shard.nbytes);
        shadow::convert_layout(matrix(shard), format.size(), format.layout, image.subspan(shard.offset, shard.nbytes),
                               {}, rows);
        for_each_row(shard, cols, format.size(), [&](std::uint64_t in_tensor, std::uint64_t in_shard) {
            std::memcpy(dense.data() + in_tensor, rows.data() + in_shard, shard.cols * format.size());
        });
    }
    return dense;
}

}  // namespace ahbm::runtime
