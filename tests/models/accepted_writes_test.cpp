// SPDX-License-Identifier: Apache-2.0
// What arrives at a memory behind a write of the same bytes takes effect after it.
#include "models/endpoints/accepted_writes.h"

#include <gtest/gtest.h>

namespace ahbm {
namespace {

using namespace sim::literals;

struct Accepted : testing::Test {
    AcceptedWrites writes;
    Accepted() { writes.add(0x1000, 0x100, 10_ns, 50_ns); }
};

TEST_F(Accepted, AReadThatArrivesLaterStartsWhenTheWriteIsVisible) {
    EXPECT_EQ(writes.earliest(0x1000, 0x100, 10_ns, 5_ns), 50_ns);
    EXPECT_EQ(writes.earliest(0x10ff, 1, 49_ns, 5_ns), 50_ns);
    EXPECT_EQ(writes.earliest(0x0f00, 0x101, 20_ns, 5_ns), 50_ns);
}

TEST_F(Accepted, OtherBytesAndOtherTimesDoNotWait) {
    EXPECT_EQ(writes.earliest(0x1100, 0x100, 20_ns, 5_ns), 20_ns);
    EXPECT_EQ(writes.earliest(0x0f00, 0x100, 20_ns, 5_ns), 20_ns);
    EXPECT_EQ(writes.earliest(0x1000, 0x100, 9_ns, 5_ns), 9_ns) << "it is there before the write's tail";
    EXPECT_EQ(writes.earliest(0x1000, 0x100, 60_ns, 5_ns), 60_ns);
}

TEST_F(Accepted, TheLatestOfSeveralCountsWhateverTheirOrder) {
    writes.add(0x1080, 0x10, 12_ns, 90_ns);
    writes.add(0x1080, 0x10, 14_ns, 70_ns);
    EXPECT_EQ(writes.earliest(0x1080, 1, 20_ns, 15_ns), 90_ns);
    EXPECT_EQ(writes.earliest(0x1000, 1, 20_ns, 15_ns), 50_ns);
    // What is visible is forgotten only from the front, and never too early.
    EXPECT_EQ(writes.earliest(0x1080, 1, 60_ns, 60_ns), 90_ns);
}

}  // namespace
}  // namespace ahbm
