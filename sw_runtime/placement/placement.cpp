// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/placement/placement.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::runtime {
namespace {

struct Interval {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};

struct Block {
    Interval rows;
    Interval cols;
    bool empty() const { return rows.length == 0 || cols.length == 0; }
};

/// One of several equals.
struct Share {
    std::uint32_t index;
    std::uint32_t count;
};

/// Ceil split: all parts but the last non-empty one have the same length.
Interval part(Interval whole, Share share) {
    const std::uint64_t step = (whole.length + share.count - 1) / share.count;
    const std::uint64_t begin = std::min(share.index * step, whole.length);
    return {whole.first + begin, std::min(step, whole.length - begin)};
}

/// The divisor of n next to its square root from below.
std::uint32_t grid_rows(std::uint32_t n) {
    std::uint32_t rows = 1;
    for (std::uint32_t r = 2; r <= n / r; ++r)
        if (n % r == 0) rows = r;
    return rows;
}

Block part(Split split, const Block& whole, Share share) {
    const std::uint32_t height = grid_rows(share.count), width = share.count / height;
    switch (split) {
        case Split::replicate: break;
        case Split::row_wise: return {part(whole.rows, share), whole.cols};
        case Split::column_wise: return {whole.rows, part(whole.cols, share)};
        case Split::tiled_row_major:
            return {part(whole.rows, {share.index / width, height}), part(whole.cols, {share.index % width, width})};
        case Split::tiled_column_major:
            return {part(whole.rows, {share.index % height, height}), part(whole.cols, {share.index / height, width})};
    }
    return whole;
}

std::uint32_t participants(std::string_view what, std::uint32_t asked, std::uint32_t available) {
    if (available == 0) throw PlacementError(fmt::format("placement: the topology has no {}", what));
    if (asked > available)
        throw PlacementError(
            fmt::format("placement: the policy asks for {} {}, but there are {}", asked, what, available));
    return asked == 0 ? available : asked;
}

void check_size(const Shape& shape, std::size_t itemsize) {
    if (itemsize == 0) throw PlacementError("placement: the element size is 0");
    std::uint64_t left = UINT64_MAX / itemsize;
    for (std::uint8_t axis = 0; axis < shape.rank; ++axis) {
        if (shape[axis] == 0)
            throw PlacementError(fmt::format("placement: shape {} has no elements", to_string(shape)));
        left /= shape[axis];
    }
    if (left == 0) throw PlacementError(fmt::format("placement: shape {} exceeds 64 bits of bytes", to_string(shape)));
}

}  // namespace

std::string_view to_string(Split split) {
    switch (split) {
        case Split::replicate: return "replicate";
        case Split::row_wise: return "row_wise";
        case Split::column_wise: return "column_wise";
        case Split::tiled_row_major: return "tiled_row_major";
        case Split::tiled_column_major: return "tiled_column_major";
    }
    return "";
}

std::vector<ShardSpec> resolve(const DPPolicy& policy, const Shape& shape, std::size_t itemsize, SipTopology topology,
                               SipId target) {
    check_size(shape, itemsize);
    const std::uint32_t cubes = participants("cubes", policy.num_cubes, topology.cubes);
    const std::uint32_t pes = participants("PEs per cube", policy.num_pes, topology.pes);
    const std::uint32_t pe_replicas = policy.pe == Split::replicate ? pes : 1;
    const Block tensor{{0, shape.rows()}, {0, shape.cols()}};

    std::vector<ShardSpec> shards;
    std::uint64_t cube_offset = 0;
    for (std::uint32_t cube = 0; cube < cubes; ++cube) {
        const Block cube_part = part(policy.cube, tensor, {cube, cubes});
        std::uint64_t offset = cube_offset;
        for (std::uint32_t pe = 0; pe < pes; ++pe) {
            const Block mine = part(policy.pe, cube_part, {pe, pes});
            if (mine.empty()) continue;
            shards.push_back({.at = {target, CubeId{cube}, PeId{pe}},
                              .offset = offset,
                              .nbytes = mine.rows.length * mine.cols.length * itemsize,
                              .first_row = mine.rows.first,
                              .first_col = mine.cols.first,
                              .rows = mine.rows.length,
                              .cols = mine.cols.length,
                              .replica = (policy.cube == Split::replicate ? cube * pe_replicas : 0) +
                                         (policy.pe == Split::replicate ? pe : 0)});
            if (policy.pe != Split::replicate) offset += shards.back().nbytes;
        }
        if (policy.cube != Split::replicate) cube_offset += cube_part.rows.length * cube_part.cols.length * itemsize;
    }
    return shards;
}

}  // namespace ahbm::runtime
