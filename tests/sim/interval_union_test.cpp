// SPDX-License-Identifier: Apache-2.0
#include "sim/interval_union.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace ahbm::test {
namespace {

sim::Time ps(int time) { return sim::Time::ps(time); }

TEST(IntervalUnion, CountsWhatOverlapsOnce) {
    sim::IntervalUnion all;
    EXPECT_EQ(all.add(ps(0), ps(10)), ps(10));
    EXPECT_EQ(all.add(ps(5), ps(12)), ps(2));
    EXPECT_EQ(all.add(ps(20), ps(21)), ps(1));
    EXPECT_EQ(all.add(ps(8), ps(30)), ps(17)) << "also the gap between two that ended before it";
    EXPECT_EQ(all.add(ps(30), ps(30)), ps(0));
    EXPECT_EQ(all.total(), ps(30));
}

TEST(IntervalUnion, IsWhatCountingEveryPicosecondSays) {
    std::mt19937 random(1);
    for (int run = 0; run < 50; ++run) {
        sim::IntervalUnion all;
        std::set<int> covered;
        const bool in_order = run % 2 == 0;
        for (int end = 0, step = 0; step < 60; ++step) {
            end = in_order ? end + static_cast<int>(random() % 7) : static_cast<int>(random() % 300);
            const int from = end - static_cast<int>(random() % (in_order ? 40 : 12));
            for (int at = from; at < end; ++at) covered.insert(at);
            all.add(ps(from), ps(end));
            ASSERT_EQ(all.total(), ps(static_cast<int>(covered.size()))) << run;
        }
    }
}

}  // namespace
}  // namespace ahbm::test
