// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/flight_recorder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ahbm::runtime::test {
namespace {

const CollectiveCall call{CollectiveOp::all_reduce, Dtype::f16, 64, ReduceOp::sum};

TEST(FlightRecorder, TellsHowFarEveryCallGot) {
    FlightRecorder recorder(2);
    const std::uint64_t first = recorder.called(0, "group 0", 0, call, sim::Time::ns(10));
    recorder.changed(0, first, CallState::running, sim::Time::ns(20));
    recorder.called(0, "group 1", 4, {}, sim::Time::ns(30));
    const std::uint64_t other = recorder.called(1, "group 0", 0, call, sim::Time::ns(20));
    recorder.changed(1, other, CallState::failed, sim::Time::ns(25));
    EXPECT_EQ(recorder.text(),
              "rank 0 #0 group 0 epoch 0: all_reduce(sum) of 64 f16, called at 10.000 ns, running since 20.000 ns\n"
              "rank 0 #1 group 1 epoch 4: barrier, called at 30.000 ns, waiting since 30.000 ns\n"
              "rank 1 #0 group 0 epoch 0: all_reduce(sum) of 64 f16, called at 20.000 ns, failed since 25.000 ns\n");
}

TEST(FlightRecorder, KeepsTheLastCallsAndForgetsOlderOnes) {
    FlightRecorder recorder(1, 3);
    for (std::uint64_t i = 0; i < 5; ++i)
        EXPECT_EQ(recorder.called(0, "group 0", i, call, sim::Time::ns(static_cast<double>(i))), i);
    ASSERT_EQ(recorder.of(0).size(), 3u);
    EXPECT_EQ(recorder.of(0).front().sequence, 2u);
    recorder.changed(0, 1, CallState::complete, sim::Time::ns(9));  // too old
    recorder.changed(0, 3, CallState::complete, sim::Time::ns(9));
    EXPECT_EQ(recorder.of(0)[0].state, CallState::waiting);
    EXPECT_EQ(recorder.of(0)[1].state, CallState::complete);
    EXPECT_EQ(recorder.of(0)[2].state, CallState::waiting);
}

TEST(FlightRecorder, ItsJsonSaysTheSame) {
    FlightRecorder recorder(2);
    recorder.called(1, "group 0", 7, {CollectiveOp::broadcast, Dtype::bf16, 12, {}, 1}, sim::Time::ns(3));
    EXPECT_EQ(recorder.json(), nlohmann::json::parse(R"([[], [{"sequence": 0, "where": "group 0", "epoch": 7,
        "op": "broadcast", "dtype": "bf16", "count": 12, "root": 1, "state": "waiting",
        "called_ps": 3000, "changed_ps": 3000}]])"));
}

}  // namespace
}  // namespace ahbm::runtime::test
