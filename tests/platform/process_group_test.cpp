// SPDX-License-Identifier: Apache-2.0
// Ranks, process groups and transfers on the simulated platform: what a rank's program sees.
#include "tests/platform/process_group.h"
#include "firmware/tl/program.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace ahbm::runtime::test {
namespace {

using testing::HasSubstr;

TEST_F(ProcessGroups, InitTakesSimulatedTimeAndRingsComeBack) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        for (int round = 0; round < 2; ++round)
            spawn(
                ctx,
                [](Rank& rank) {
                    rank.set_device(rank.rank());
                    const sim::Time before = rank.context().now();
                    rank.init_process_group("ahbm");
                    EXPECT_GT(rank.context().now(), before + sim::Time::ns(100));
                    EXPECT_TRUE(rank.is_initialized());
                    rank.destroy_process_group();
                    EXPECT_FALSE(rank.is_initialized());
                    rank.init_process_group("ahbm");
                },
                2);
    });
}

TEST_F(ProcessGroups, TransfersLargerThanTheRingArriveInOrder) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        const Array values = random_numbers({1, 20000}, Dtype::f32, 7);
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                Context& mine = rank.context();
                const Tensor x = rank.rank() == 0 ? mine.from_host(values, one_shard("x"))
                                                  : mine.zeros({1, 20000}, Dtype::f32, one_shard("x"));
                if (rank.rank() == 0) {
                    rank.send(x, 1);
                } else {
                    rank.recv(x, 0);
                    EXPECT_EQ(x.to_host(), values);
                    rank.send(x, 0);
                }
                if (rank.rank() == 0) {
                    const Tensor back = mine.zeros({1, 20000}, Dtype::f32, one_shard("back"));
                    rank.recv(back, 1);
                    EXPECT_EQ(back.to_host(), values);
                }
            },
            2);
    });
}

TEST_F(ProcessGroups, ABarrierHoldsEverybodyUntilTheLastHasCome) {
    auto session = sips(3);
    session->run([&] {
        Context ctx(session->port());
        sim::Time last_came;
        std::vector<sim::Time> went(3);
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                const Tensor x = rank.context().full({1, 50000}, 1, Dtype::f32, one_shard("x"));
                if (rank.rank() == 1) {
                    x.to_host();
                    last_came = rank.context().now();
                }
                went[rank.rank()] = rank.barrier().exec_end;
            },
            3);
        for (const sim::Time time : went) EXPECT_GT(time, last_came);
    });
}

TEST_F(ProcessGroups, SeveralCallsMayBeUnderWayAtOnce) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                std::vector<CollectiveWork> works;
                for (int i = 0; i < 3; ++i) works.push_back(rank.group().barrier());
                EXPECT_FALSE(works.front().is_completed());
                sim::Time before;
                for (const CollectiveWork& work : works) {
                    const LaunchResult result = work.wait();
                    EXPECT_GT(result.exec_start, before) << "one after the other";
                    before = result.exec_end;
                    EXPECT_TRUE(work.is_completed());
                }
            },
            2);
    });
}

TEST_F(ProcessGroups, AnAsyncCallHoldsUpItsSipAndNotItsRank) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                if (rank.rank() == 0) {
                    const CollectiveWork work = rank.group().barrier();
                    const LaunchHandle behind = rank.context().launch("noop", {});
                    const LaunchResult barrier = work.wait();
                    EXPECT_GT(rank.context().wait(behind).exec_start, barrier.exec_end);
                } else {
                    const LaunchResult first = rank.context().wait(rank.context().launch("noop", {}));
                    EXPECT_GT(rank.barrier().exec_start, first.exec_end);
                }
            },
            2);
    });
}

TEST_F(ProcessGroups, SubgroupsMeetAmongThemselves) {
    auto session = sips(4);
    session->run([&] {
        Context ctx(session->port());
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                ProcessGroup even = rank.new_group({0, 2}), odd = rank.new_group({3, 1});
                EXPECT_EQ(static_cast<bool>(even), rank.rank() % 2 == 0);
                EXPECT_EQ(static_cast<bool>(odd), rank.rank() % 2 == 1);
                ProcessGroup& mine = rank.rank() % 2 == 0 ? even : odd;
                EXPECT_EQ(mine.size(), 2u);
                mine.barrier().wait();
                // Interleaved with the group of all, in another order on each side.
                const CollectiveWork all = rank.group().barrier();
                mine.barrier().wait();
                all.wait();
                ProcessGroup& other = rank.rank() % 2 == 0 ? odd : even;
                EXPECT_EQ(error_of([&] { other.barrier(); }), "this rank is not a member of the group");
            },
            4);
    });
}

TEST_F(ProcessGroups, TheFlightRecorderTellsTheLastCalls) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                rank.barrier();
                const auto& mine = rank.flight_recorder().of(rank.rank());
                ASSERT_EQ(mine.size(), 1u);
                EXPECT_EQ(mine[0].state, CallState::complete);
                EXPECT_LT(mine[0].called, mine[0].changed);
                EXPECT_EQ(mine[0].where, "group 0");
            },
            2);
    });
}

std::string content(const std::string& path) {
    std::ifstream file(AHBM_SOURCE_DIR "/" + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string without_indentation(const std::string& text) {
    std::istringstream lines(text);
    std::string result;
    for (std::string line; std::getline(lines, line);)
        if (const std::size_t start = line.find_first_not_of(' '); start != std::string::npos)
            result += line.substr(start) + "\n";
    return result;
}

TEST_F(ProcessGroups, TheProgramOfTheDocumentationRuns) {
    auto session = sips(2);
    session->run([&] {
        Context context(session->port());
        // As the page has it:
        // clang-format off
        spawn(context, [&](Rank& rank) {
            rank.set_device(rank.rank());
            rank.init_process_group("ahbm");
            const TensorOptions one_shard{{Split::replicate, Split::replicate, 1, 1}, {}, "x"};
            const Tensor x = rank.context().full({1, 1024}, rank.rank(), Dtype::f16, one_shard);
            if (rank.rank() == 0) rank.send(x, 1);
            if (rank.rank() == 1) rank.recv(x, 0);
            rank.barrier();
            rank.destroy_process_group();
        }, 2);
        // clang-format on
    });
    const std::string page = content("docs/ranks_and_process_groups.md"), begin = "```cpp\n";
    const std::size_t first = page.find(begin) + begin.size();
    ASSERT_GT(first, begin.size());
    EXPECT_THAT(without_indentation(content("tests/platform/process_group_test.cpp")),
                HasSubstr(without_indentation(page.substr(first, page.find("```", first) - first))));
}

}  // namespace
}  // namespace ahbm::runtime::test
