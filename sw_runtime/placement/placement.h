// SPDX-License-Identifier: Apache-2.0
/// Which PE of a SIP holds which part of a tensor. A pure function of policy, shape and topology.
/// Not here: distribution over SIPs (sw_runtime/dtensor), memory and addresses of the shards.
#pragma once

#include "numerics/dtype.h"
#include "sim/ids.h"

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace ahbm::runtime {

/// How n participants share a matrix of M rows and K columns.
/// - replicate:   each has all of it
/// - row_wise:    each has ceil(M / n) rows, the last ones fewer or none
/// - column_wise: each has ceil(K / n) columns, the last ones fewer or none
/// - tiled_*:     a grid of r x c participants, r * c = n, as square as n allows with r <= c (n = 8: 2 x 4; a prime n:
///                one row); the grid splits rows and columns as above. Participants are numbered through the grid row
///                by row (row_major) or column by column (column_major).
enum class Split : std::uint8_t { replicate, row_wise, column_wise, tiled_row_major, tiled_column_major };
std::string_view to_string(Split split);

/// First the cubes share the tensor, then the PEs of a cube share the cube's part.
struct DPPolicy {
    Split cube = Split::replicate;
    Split pe = Split::replicate;
    std::uint32_t num_cubes = 0;  ///< the first so many cubes; 0: all
    std::uint32_t num_pes = 0;    ///< the first so many PEs of each cube; 0: all
};

/// What one SIP has.
struct SipTopology {
    std::uint32_t cubes = 0;
    std::uint32_t pes = 0;  ///< per cube
};

/// The part of a tensor that one PE holds, stored row-major without gaps.
struct ShardSpec {
    PeCoord at;
    std::uint64_t offset = 0;  ///< first byte within the tensor's virtual range; replicas share it
    std::uint64_t nbytes = 0;
    std::uint64_t first_row = 0;
    std::uint64_t first_col = 0;
    std::uint64_t rows = 0;
    std::uint64_t cols = 0;
    std::uint32_t replica = 0;  ///< the shards of one replica cover the tensor exactly once
    bool operator==(const ShardSpec&) const = default;
};

class PlacementError : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

/// The shards in (cube, PE, offset) order of a tensor seen as a matrix (Shape::rows, Shape::cols; a vector is one row).
/// Distinct shards follow one another in the virtual range in that order, so the range has elements * itemsize bytes.
/// A participant whose part is empty has no shard. Throws PlacementError.
std::vector<ShardSpec> resolve(const DPPolicy& policy, const Shape& shape, std::size_t itemsize, SipTopology topology,
                               SipId target);

}  // namespace ahbm::runtime
