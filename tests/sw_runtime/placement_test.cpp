// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/placement/placement.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

namespace ahbm::runtime {
namespace {

constexpr SipId sip{1};

ShardSpec shard(std::uint32_t cube, std::uint32_t pe) { return {.at = {sip, CubeId{cube}, PeId{pe}}}; }

struct Part {
    std::uint64_t row, col, rows, cols;
};
ShardSpec shard(ShardSpec at, std::uint64_t offset, std::uint64_t nbytes, Part part, std::uint32_t replica = 0) {
    return {at.at, offset, nbytes, part.row, part.col, part.rows, part.cols, replica};
}

std::string error_of(const DPPolicy& policy, const Shape& shape, SipTopology topology, std::size_t itemsize = 2) {
    try {
        resolve(policy, shape, itemsize, topology, sip);
    } catch (const PlacementError& error) {
        return error.what();
    }
    return "no error";
}

TEST(Placement, cubes_take_rows_and_pes_take_columns) {
    EXPECT_EQ(resolve({Split::row_wise, Split::column_wise}, {4, 6}, 2, {2, 2}, sip),
              (std::vector{shard(shard(0, 0), 0, 12, {0, 0, 2, 3}), shard(shard(0, 1), 12, 12, {0, 3, 2, 3}),
                           shard(shard(1, 0), 24, 12, {2, 0, 2, 3}), shard(shard(1, 1), 36, 12, {2, 3, 2, 3})}));
}

TEST(Placement, column_wise_splits_k) {
    EXPECT_EQ(resolve({Split::column_wise, Split::replicate, 0, 1}, {3, 8}, 4, {2, 8}, sip),
              (std::vector{shard(shard(0, 0), 0, 48, {0, 0, 3, 4}), shard(shard(1, 0), 48, 48, {0, 4, 3, 4})}));
}

TEST(Placement, the_last_shard_is_smaller_when_it_does_not_divide) {
    EXPECT_EQ(resolve({Split::replicate, Split::row_wise, 1, 0}, {7, 1}, 1, {4, 3}, sip),
              (std::vector{shard(shard(0, 0), 0, 3, {0, 0, 3, 1}), shard(shard(0, 1), 3, 3, {3, 0, 3, 1}),
                           shard(shard(0, 2), 6, 1, {6, 0, 1, 1})}));
}

TEST(Placement, a_participant_without_elements_has_no_shard) {
    // ceil(9 / 8) = 2 rows each: four full PEs, one with a single row, three with none.
    const auto shards = resolve({Split::replicate, Split::row_wise, 1, 0}, {9, 4}, 2, {1, 8}, sip);
    ASSERT_EQ(shards.size(), 5u);
    EXPECT_EQ(shards.back(), shard(shard(0, 4), 64, 8, {8, 0, 1, 4}));
    // A vector is one row: only the first cube gets it.
    EXPECT_EQ(resolve({Split::row_wise, Split::replicate}, {5}, 2, {4, 1}, sip),
              (std::vector{shard(shard(0, 0), 0, 10, {0, 0, 1, 5})}));
}

TEST(Placement, replicas_share_the_virtual_offset) {
    EXPECT_EQ(resolve({Split::replicate, Split::row_wise}, {2, 2}, 2, {2, 2}, sip),
              (std::vector{shard(shard(0, 0), 0, 4, {0, 0, 1, 2}, 0), shard(shard(0, 1), 4, 4, {1, 0, 1, 2}, 0),
                           shard(shard(1, 0), 0, 4, {0, 0, 1, 2}, 1), shard(shard(1, 1), 4, 4, {1, 0, 1, 2}, 1)}));
    EXPECT_EQ(resolve({Split::row_wise, Split::replicate}, {2, 2}, 2, {2, 2}, sip),
              (std::vector{shard(shard(0, 0), 0, 4, {0, 0, 1, 2}, 0), shard(shard(0, 1), 0, 4, {0, 0, 1, 2}, 1),
                           shard(shard(1, 0), 4, 4, {1, 0, 1, 2}, 0), shard(shard(1, 1), 4, 4, {1, 0, 1, 2}, 1)}));
    const auto everywhere = resolve({}, {3, 5}, 4, {2, 3}, sip);
    ASSERT_EQ(everywhere.size(), 6u);
    for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ(everywhere[i], shard(shard(i / 3, i % 3), 0, 60, {0, 0, 3, 5}, i));
}

TEST(Placement, tiles_form_a_grid_as_square_as_possible) {
    const auto row_major = resolve({Split::replicate, Split::tiled_row_major, 1, 8}, {4, 8}, 1, {1, 8}, sip);
    ASSERT_EQ(row_major.size(), 8u);  // 2 x 4 tiles of 2 x 2
    EXPECT_EQ(row_major[1], shard(shard(0, 1), 4, 4, {0, 2, 2, 2}));
    EXPECT_EQ(row_major[4], shard(shard(0, 4), 16, 4, {2, 0, 2, 2}));
    const auto column_major = resolve({Split::replicate, Split::tiled_column_major, 1, 8}, {4, 8}, 1, {1, 8}, sip);
    EXPECT_EQ(column_major[1], shard(shard(0, 1), 4, 4, {2, 0, 2, 2}));
    EXPECT_EQ(column_major[2], shard(shard(0, 2), 8, 4, {0, 2, 2, 2}));
    // 5 is prime: one row of five.
    const auto prime = resolve({Split::replicate, Split::tiled_row_major, 1, 5}, {4, 10}, 1, {1, 8}, sip);
    EXPECT_EQ(prime[4], shard(shard(0, 4), 32, 8, {0, 8, 4, 2}));
    const auto square = resolve({Split::tiled_row_major, Split::replicate, 0, 1}, {16, 16}, 1, {16, 1}, sip);
    EXPECT_EQ(square[5], shard(shard(5, 0), 80, 16, {4, 4, 4, 4}));
}

TEST(Placement, a_single_pe_holds_everything) {
    for (Split split :
         {Split::replicate, Split::row_wise, Split::column_wise, Split::tiled_row_major, Split::tiled_column_major})
        EXPECT_EQ(resolve({split, split, 1, 1}, {3, 5}, 2, {16, 8}, sip),
                  (std::vector{shard(shard(0, 0), 0, 30, {0, 0, 3, 5})}))
            << to_string(split);
}

TEST(Placement, leading_dimensions_fold_into_rows) {
    EXPECT_EQ(resolve({Split::row_wise, Split::replicate}, {2, 3, 4}, 1, {2, 1}, sip),
              (std::vector{shard(shard(0, 0), 0, 12, {0, 0, 3, 4}), shard(shard(1, 0), 12, 12, {3, 0, 3, 4})}));
    EXPECT_EQ(resolve({Split::row_wise, Split::replicate}, {}, 4, {2, 1}, sip),
              (std::vector{shard(shard(0, 0), 0, 4, {0, 0, 1, 1})}));
}

TEST(Placement, errors_are_one_sentence) {
    EXPECT_EQ(error_of({.num_cubes = 5}, {4, 4}, {4, 8}), "placement: the policy asks for 5 cubes, but there are 4");
    EXPECT_EQ(error_of({.num_pes = 9}, {4, 4}, {4, 8}),
              "placement: the policy asks for 9 PEs per cube, but there are 8");
    EXPECT_EQ(error_of({}, {4, 4}, {0, 8}), "placement: the topology has no cubes");
    EXPECT_EQ(error_of({}, {4, 0}, {4, 8}), "placement: shape (4, 0) has no elements");
    EXPECT_EQ(error_of({}, {4, 4}, {4, 8}, 0), "placement: the element size is 0");
    EXPECT_THAT(error_of({}, {0xffffffff, 0xffffffff, 0xffffffff}, {4, 8}), testing::HasSubstr("exceeds 64 bits"));
}

TEST(Placement, covers_every_element_once_per_replica) {
    std::mt19937_64 random(11);
    const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
    for (int round = 0; round < 2000; ++round) {
        const SipTopology topology{1 + below(16), 1 + below(16)};
        const DPPolicy policy{static_cast<Split>(below(5)), static_cast<Split>(below(5)), below(topology.cubes + 1),
                              below(topology.pes + 1)};
        const std::uint32_t cubes = policy.num_cubes != 0 ? policy.num_cubes : topology.cubes;
        const std::uint32_t pes = policy.num_pes != 0 ? policy.num_pes : topology.pes;
        const std::uint32_t rows = 1 + below(20), cols = 1 + below(20);
        const auto shards = resolve(policy, {rows, cols}, 2, topology, sip);
        SCOPED_TRACE(testing::Message() << to_string(policy.cube) << '/' << to_string(policy.pe) << ' '
                                        << to_string(Shape{rows, cols}));

        using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>;
        std::map<std::uint32_t, std::vector<int>> covered;
        std::map<std::uint64_t, Key> by_offset;
        for (const ShardSpec& s : shards) {
            auto& count = covered.try_emplace(s.replica, rows * cols, 0).first->second;
            for (std::uint64_t r = s.first_row; r < s.first_row + s.rows; ++r)
                for (std::uint64_t c = s.first_col; c < s.first_col + s.cols; ++c) ++count.at(r * cols + c);
            ASSERT_EQ(s.nbytes, s.rows * s.cols * 2);
            ASSERT_EQ(s.at.sip, sip);
            ASSERT_LT(s.at.cube.value, cubes);
            ASSERT_LT(s.at.pe.value, pes);
            // One offset is one part of the tensor, in every replica.
            const Key key{s.first_row, s.first_col, s.rows, s.cols};
            ASSERT_EQ(by_offset.try_emplace(s.offset, key).first->second, key);
        }
        for (const auto& [replica, count] : covered) ASSERT_THAT(count, testing::Each(1)) << "replica " << replica;
        const std::size_t replicas =
            (policy.cube == Split::replicate ? cubes : 1) * (policy.pe == Split::replicate ? pes : 1);
        ASSERT_EQ(covered.size(), replicas);
        ASSERT_EQ(covered.rbegin()->first, replicas - 1);
        // Distinct shards lie one behind the other and fill the range.
        std::uint64_t end = 0;
        for (const auto& [offset, key] : by_offset) {
            ASSERT_EQ(offset, end);
            end += std::get<2>(key) * std::get<3>(key) * 2;
        }
        ASSERT_EQ(end, rows * cols * 2u);
        ASSERT_TRUE(std::is_sorted(shards.begin(), shards.end(), [](const ShardSpec& a, const ShardSpec& b) {
            return std::tie(a.at, a.offset) < std::tie(b.at, b.offset);
        }));
    }
}

}  // namespace
}  // namespace ahbm::runtime
