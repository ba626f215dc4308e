// SPDX-License-Identifier: Apache-2.0
/// Epochs and agreement, without time and without hardware.
#include "sw_runtime/process_group/epoch_barrier.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gtest/gtest.h>

namespace ahbm::runtime::test {
namespace {

TEST(EpochBarrier, TheLastRankCompletesTheEpochAndOpensTheNext) {
    EpochBarrier barrier("group 0", {0, 1, 2});
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
        EXPECT_EQ(barrier.open_epoch(), epoch);
        for (const std::uint32_t rank : {2u, 0u}) {
            const auto joined = barrier.join(rank);
            EXPECT_EQ(joined.epoch, epoch);
            EXPECT_FALSE(joined.complete);
        }
        const auto last = barrier.join(1);
        EXPECT_EQ(last.epoch, epoch);
        EXPECT_TRUE(last.complete);
    }
}

TEST(EpochBarrier, ARankThatJoinsTwiceIsToldWhoIsMissing) {
    EpochBarrier barrier("group 4", {0, 1, 2});
    barrier.join(1);
    EXPECT_EQ(error_of([&] { barrier.join(1); }),
              "rank 1 joins epoch 0 of group 4 twice; rank 0 and rank 2 are missing");
    EXPECT_FALSE(barrier.join(0).complete) << "the refused call counts for nothing";
    EXPECT_TRUE(barrier.join(2).complete);
}

TEST(EpochBarrier, AStrangerIsRefused) {
    EpochBarrier barrier("group 1", {0, 2});
    EXPECT_EQ(error_of([&] { barrier.join(1); }), "rank 1 is not a member of group 1");
}

TEST(EpochBarrier, ARankThatEndsWhileOthersWaitIsReportedWithThem) {
    EpochBarrier barrier("group 0", {0, 1, 2, 3});
    for (const std::uint32_t rank : {0u, 1u, 2u, 3u}) barrier.join(rank);
    barrier.join(0);
    barrier.join(3);
    EXPECT_EQ(error_of([&] { barrier.end(2); }),
              "rank 2 ended without joining epoch 1 of group 0, in which rank 0 and rank 3 are waiting");
}

TEST(EpochBarrier, WhoWouldWaitForARankThatHasEndedIsRefused) {
    EpochBarrier barrier("group 0", {0, 1});
    barrier.end(1);
    EXPECT_EQ(error_of([&] { barrier.join(0); }),
              "rank 1 ended without joining epoch 0 of group 0; rank 0 would wait for ever");
}

TEST(EpochBarrier, ARankMayEndBehindItsLastCall) {
    EpochBarrier barrier("group 0", {0, 1});
    barrier.join(1);
    barrier.end(1);
    EXPECT_TRUE(barrier.join(0).complete);
    barrier.end(0);
}

TEST(EpochBarrier, InterleavedGroupsStaySeparate) {
    EpochBarrier all("group 0", {0, 1, 2}), some("group 1", {0, 2});
    all.join(0);
    some.join(2);
    EXPECT_TRUE(some.join(0).complete);
    EXPECT_EQ(all.open_epoch(), 0u);
    all.join(2);
    EXPECT_TRUE(all.join(1).complete);
    EXPECT_EQ(some.open_epoch(), 1u);
}

TEST(CollectiveCall, ReadsAsItWasCalled) {
    EXPECT_EQ(to_string(CollectiveCall{CollectiveOp::all_reduce, Dtype::f16, 64, ReduceOp::max}),
              "all_reduce(max) of 64 f16");
    EXPECT_EQ(to_string(CollectiveCall{CollectiveOp::broadcast, Dtype::f32, 7, {}, 3}),
              "broadcast of 7 f32 from rank 3");
    EXPECT_EQ(to_string(CollectiveCall{CollectiveOp::reduce, Dtype::bf16, 8, ReduceOp::sum, 1}),
              "reduce(sum) of 8 bf16 to rank 1");
    EXPECT_EQ(to_string(CollectiveCall{}), "barrier");
}

TEST(CollectiveCall, AMismatchNamesTheRanksAndTheirCalls) {
    const CollectiveCall reduce{CollectiveOp::all_reduce, Dtype::f16, 64};
    const std::pair<std::uint32_t, CollectiveCall> same[] = {{0, reduce}, {1, reduce}};
    EXPECT_NO_THROW(check_agreement("group 0, epoch 0", same));

    CollectiveCall other_type = reduce, other_count = reduce, other_op = reduce, gather = reduce;
    other_type.dtype = Dtype::bf16;
    other_count.count = 65;
    other_op.redop = ReduceOp::avg;
    gather.op = CollectiveOp::all_gather;
    for (const CollectiveCall& other : {other_type, other_count, other_op, gather}) {
        const std::pair<std::uint32_t, CollectiveCall> calls[] = {{0, reduce}, {2, other}};
        EXPECT_EQ(error_of([&] { check_agreement("group 0, epoch 5", calls); }),
                  "group 0, epoch 5: the ranks do not call the same\n  rank 0: all_reduce(sum) of 64 f16\n  rank 2: " +
                      to_string(other));
    }
}

TEST(CollectiveCall, RootsMustAgree) {
    const std::pair<std::uint32_t, CollectiveCall> calls[] = {{0, {CollectiveOp::broadcast, Dtype::f16, 8, {}, 0}},
                                                              {1, {CollectiveOp::broadcast, Dtype::f16, 8, {}, 1}}};
    EXPECT_THROW(check_agreement("group 0, epoch 0", calls), CollectiveMismatch);
}

}  // namespace
}  // namespace ahbm::runtime::test
