// SPDX-License-Identifier: Apache-2.0
// The reference that verifies collectives, against results worked out by hand.
#include "experiments/scenarios/ccl_reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace ahbm::scenarios {
namespace {

using runtime::CollectiveOp;
using runtime::ReduceOp;

CclCase case_of(CollectiveOp op, std::uint32_t ranks, std::uint32_t per_rank, std::uint32_t elements) {
    CclCase ccl;
    ccl.op = op;
    ccl.ranks = ranks;
    ccl.per_rank = per_rank;
    ccl.elements = elements;
    return ccl;
}

std::vector<double> values(const std::vector<Expected>& expected) {
    std::vector<double> result;
    for (const Expected& each : expected) result.push_back(each.value);
    return result;
}

using Values = std::vector<double>;

TEST(CclReference, ReducesEachElementOverAllParticipants) {
    CclCase ccl = case_of(CollectiveOp::all_reduce, 2, 1, 2);
    const std::vector<Values> inputs{{1, -4}, {3, 2}};
    EXPECT_EQ(values(expected_result(ccl, inputs, 0)), (Values{4, -2}));
    ccl.redop = ReduceOp::max;
    EXPECT_EQ(values(expected_result(ccl, inputs, 1)), (Values{3, 2}));
    ccl.redop = ReduceOp::min;
    EXPECT_EQ(values(expected_result(ccl, inputs, 0)), (Values{1, -4}));
    ccl.redop = ReduceOp::avg;
    EXPECT_EQ(values(expected_result(ccl, inputs, 0)), (Values{2, -1}));
}

TEST(CclReference, BoundsTheRoundingOfSumsAndNothingElse) {
    CclCase ccl = case_of(CollectiveOp::all_reduce, 3, 1, 1);
    const std::vector<Values> inputs{{1}, {-2}, {3}};
    EXPECT_EQ(expected_result(ccl, inputs, 0)[0].bound, 2 * 0x1p-11 * 6) << "(P - 1) u sum |x|";
    ccl.redop = ReduceOp::max;
    EXPECT_EQ(expected_result(ccl, inputs, 0)[0].bound, 0);
    ccl.op = CollectiveOp::all_gather;
    EXPECT_EQ(expected_result(ccl, inputs, 0)[0].bound, 0);
}

TEST(CclReference, ScattersGathersAndExchangesInTheOrderOfParticipants) {
    // Two ranks of two participants, one element per part.
    const std::vector<Values> parts{{0, 1, 2, 3}, {10, 11, 12, 13}, {20, 21, 22, 23}, {30, 31, 32, 33}};
    EXPECT_EQ(values(expected_result(case_of(CollectiveOp::reduce_scatter, 2, 2, 1), parts, 2)),
              (Values{2 + 12 + 22 + 32}));
    EXPECT_EQ(values(expected_result(case_of(CollectiveOp::all_to_all, 2, 2, 1), parts, 1)), (Values{1, 11, 21, 31}));
    EXPECT_EQ(values(expected_result(case_of(CollectiveOp::all_gather, 2, 2, 1), {{5}, {6}, {7}, {8}}, 3)),
              (Values{5, 6, 7, 8}));
}

TEST(CclReference, BroadcastsFromTheRootsParticipantOfTheSamePlace) {
    CclCase ccl = case_of(CollectiveOp::broadcast, 2, 2, 1);
    ccl.root = 1;
    const std::vector<Values> inputs{{5}, {6}, {7}, {8}};
    EXPECT_EQ(values(expected_result(ccl, inputs, 0)), Values{7});
    EXPECT_EQ(values(expected_result(ccl, inputs, 1)), Values{8});
}

TEST(CclReference, OnlyTheRootHasTheResultOfAReduce) {
    CclCase ccl = case_of(CollectiveOp::reduce, 3, 1, 1);
    ccl.root = 2;
    EXPECT_TRUE(ccl.has_result(2));
    EXPECT_FALSE(ccl.has_result(0));
}

TEST(CclReference, NanAndInfinityGoThroughReductionsAsIeeeSays) {
    const double nan = std::nan(""), inf = HUGE_VAL;
    const std::vector<Values> inputs{{nan, inf, inf, 1, 60000}, {1, 1, -inf, nan, 60000}};
    CclCase ccl = case_of(CollectiveOp::all_reduce, 2, 1, 5);
    const auto kinds = [&] {
        std::string text;
        for (const Expected& each : expected_result(ccl, inputs, 0))
            text += std::isnan(each.value) ? 'n' : std::isinf(each.value) ? (each.value > 0 ? '+' : '-') : '.';
        return text;
    };
    EXPECT_EQ(kinds(), "n+nn+") << "inf - inf is NaN; 120000 is beyond f16";
    ccl.redop = ReduceOp::max;
    EXPECT_EQ(kinds(), "n++n.") << "NaN wins over any number";
    ccl.redop = ReduceOp::min;
    EXPECT_EQ(kinds(), "n.-n.");
    ccl.redop = ReduceOp::sum;
    ccl.dtype = Dtype::f32;
    EXPECT_EQ(kinds(), "n+nn.");
}

}  // namespace
}  // namespace ahbm::scenarios
