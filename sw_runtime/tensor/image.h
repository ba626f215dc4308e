// SPDX-License-Identifier: Apache-2.0
/// A tensor's image: the bytes of its virtual range, in which the shards lie one behind the other, each in the tensor's
/// layout. The way from dense rows to the image and back.
#pragma once

#include "numerics/dtype.h"
#include "sw_runtime/placement/placement.h"

#include <cstddef>
#include <span>
#include <vector>

namespace ahbm::runtime {

/// How a tensor's elements lie in its shards.
struct ElementFormat {
    Dtype dtype = Dtype::f16;
    Layout layout;
    std::size_t size() const { return size_of(dtype); }
};

/// `shards` are those of one replica; `cols` is the tensor's.
std::vector<std::byte> to_image(std::span<const std::byte> dense, std::uint64_t cols, const ElementFormat& format,
                                std::span<const ShardSpec> shards);
std::vector<std::byte> from_image(std::span<const std::byte> image, std::uint64_t cols, const ElementFormat& format,
                                  std::span<const ShardSpec> shards);

}  // namespace ahbm::runtime
