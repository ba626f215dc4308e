// SPDX-License-Identifier: Apache-2.0
// Queues between programs of the functional runner: what a kernel author tests with, so what goes wrong must be said.
#include "tests/firmware/tl_bench.h"

#include <gmock/gmock.h>

namespace ahbm::tl::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr PeCoord pe(std::uint32_t sip, std::uint32_t cube, std::uint32_t number) {
    return {SipId{sip}, CubeId{cube}, PeId{number}};
}

class FunctionalQueuesTest : public testing::Test {
protected:
    /// A ring of `pes` PEs of one cube, E to W.
    static Bench ring(std::uint32_t pes, const QueueShape& shape = {}) {
        Bench bench({.num_pes_per_cube = pes});
        for (std::uint32_t p = 0; p < pes; ++p)
            bench.runner.connect({pe(0, 0, p), "E"}, {pe(0, 0, (p + 1) % pes), "W"}, shape);
        return bench;
    }
    static double first(Program& tl, const Tensor& tile) { return tl.item(tl.cast(tile, Dtype::f32)); }
    static Tensor one(Program& tl, double value) { return tl.full({1, 1}, value, Dtype::f16); }
};

TEST_F(FunctionalQueuesTest, TilesComeInTheOrderTheyWereSent) {
    Bench bench = ring(2, {.n_slots = 2, .slot_bytes = 64});
    std::vector<double> got;
    bench.run([&](Program& tl) {
        for (int i = 0; i < 9; ++i) {
            if (tl.program_id(0) == 0)
                tl.send("E", one(tl, i));
            else
                got.push_back(first(tl, tl.recv("W")));
        }
    });
    EXPECT_THAT(got, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
    EXPECT_TRUE(bench.runner.unreceived().empty());
}

TEST_F(FunctionalQueuesTest, ATokenGoesRoundEveryCubeOfEverySip) {
    Bench bench({.num_sips = 2, .num_cubes = 2, .num_pes_per_cube = 2});
    const auto at = [](std::uint32_t i) { return pe(i / 4, i / 2 % 2, i % 2); };
    for (std::uint32_t i = 0; i < 8; ++i) bench.runner.connect({at(i), "E"}, {at((i + 1) % 8), "W"});
    bench.runner.connect({at(0), "lead"}, {at(1), "led"});  // how the kernel knows where it is
    double got = 0;
    bench.run([&](Program& tl) {
        const bool leader = tl.has_queue("lead");
        if (leader) tl.send("E", one(tl, 1));
        Tensor token = tl.recv("W");
        if (leader)
            got = first(tl, token);
        else
            tl.send("E", tl.add(token, token));
    });
    EXPECT_EQ(got, 128) << "doubled seven times";
}

TEST_F(FunctionalQueuesTest, ASlotIsHeldUntilTheLastHandleEnds) {
    Bench bench = ring(2, {.n_slots = 1, .slot_bytes = 64});
    std::vector<std::string> order;
    bench.run([&](Program& tl) {
        if (tl.program_id(0) == 0) {
            tl.send("E", one(tl, 1));
            tl.send("E", one(tl, 2));
            order.push_back("second sent");
        } else {
            Tensor held = tl.recv("W");
            order.push_back("received");
            EXPECT_EQ(first(tl, held), 1) << "not overwritten";
            held = {};
            EXPECT_EQ(first(tl, tl.recv("W")), 2);
        }
    });
    EXPECT_THAT(order, ElementsAre("received", "second sent"));
}

TEST_F(FunctionalQueuesTest, SlotsGoBackInAnyOrder) {
    Bench bench = ring(2, {.n_slots = 3, .slot_bytes = 64});
    bench.run([&](Program& tl) {
        if (tl.program_id(0) == 0) {
            for (int i = 0; i < 6; ++i) tl.send("E", one(tl, i));
            return;
        }
        Tensor a = tl.recv("W"), b = tl.recv("W"), c = tl.recv("W");
        c = {};
        b = {};
        EXPECT_EQ(first(tl, a), 0);
        a = {};
        for (int i = 3; i < 6; ++i) EXPECT_EQ(first(tl, tl.recv("W")), i);
    });
}

TEST_F(FunctionalQueuesTest, ReceivesFromAnyAheadAndIntoATarget) {
    Bench bench({.num_pes_per_cube = 3});
    bench.runner.connect({pe(0, 0, 0), "E"}, {pe(0, 0, 2), "W"});
    bench.runner.connect({pe(0, 0, 1), "W"}, {pe(0, 0, 2), "E"});
    std::vector<std::string> from;
    double into = 0, ahead = 0;
    bench.run([&](Program& tl) {
        if (tl.program_id(0) != 2) {
            for (int i = 0; i < (tl.program_id(0) == 0 ? 3 : 1); ++i)
                tl.send(tl.program_id(0) == 0 ? "E" : "W", one(tl, 10 * tl.program_id(0) + i));
            return;
        }
        for (int i = 0; i < 2; ++i) from.push_back(tl.recv_any({"E", "W"}).direction);
        const Program::Receive early = tl.recv_async("W");
        const Tensor target = tl.empty({1, 1}, Dtype::f16);
        tl.recv("W", target);
        into = first(tl, target);
        ahead = first(tl, tl.wait(early));
    });
    EXPECT_THAT(from, ElementsAre("W", "E")) << "they take turns";
    EXPECT_EQ(ahead, 1);
    EXPECT_EQ(into, 2) << "a receive that began later gets the later tile";
}

TEST_F(FunctionalQueuesTest, EverybodyReceivingFirstIsADeadlockWithNames) {
    Bench bench = ring(3);
    const std::string error = bench.error([](Program& tl) {
        const Tensor tile = tl.recv("W");
        tl.send("E", tile);
    });
    EXPECT_EQ(error,
              "kernel test: deadlock, 3 of 3 programs wait for each other\n"
              "  sip0.cube0.pe0 waits to receive from W: sip0.cube0.pe2 has sent 0 tiles, 0 were received\n"
              "  sip0.cube0.pe1 waits to receive from W: sip0.cube0.pe0 has sent 0 tiles, 0 were received\n"
              "  sip0.cube0.pe2 waits to receive from W: sip0.cube0.pe1 has sent 0 tiles, 0 were received");
}

TEST_F(FunctionalQueuesTest, EverybodySendingMoreThanThereAreSlotsIsADeadlock) {
    Bench bench = ring(2, {.n_slots = 2, .slot_bytes = 64});
    const auto body = [](int tiles) {
        return [tiles](Program& tl) {
            for (int i = 0; i < tiles; ++i) tl.send("E", one(tl, i));
            for (int i = 0; i < tiles; ++i) tl.recv("W");
        };
    };
    EXPECT_EQ(ring(2, {.n_slots = 2, .slot_bytes = 64}).error(body(2)), "");
    EXPECT_THAT(bench.error(body(3)),
                HasSubstr("sip0.cube0.pe0 waits to send to E: all 2 slots at sip0.cube0.pe1 are taken"));
}

TEST_F(FunctionalQueuesTest, AMissingRankAndMismatchedCountsAreDeadlocksOrLeftOvers) {
    EXPECT_THAT(ring(2).error([](Program& tl) {
        if (tl.program_id(0) == 0) tl.recv("W");
    }),
                HasSubstr("deadlock, 1 of 2 programs"));
    Bench bench = ring(2);
    bench.run([](Program& tl) {
        if (tl.program_id(0) == 0) tl.send("E", one(tl, 1));
    });
    EXPECT_THAT(bench.runner.unreceived(), ElementsAre("sip0.cube0.pe1 never received 1 tiles from W"));
    double late = 0;
    bench.run([&](Program& tl) {
        if (tl.program_id(0) == 1) late = first(tl, tl.recv("W"));
    });
    EXPECT_EQ(late, 1) << "queues outlive a launch";
}

TEST_F(FunctionalQueuesTest, MistakesNameTheQueue) {
    Bench bench = ring(2, {.n_slots = 2, .slot_bytes = 64});
    EXPECT_THAT(bench.error([](Program& tl) { tl.send("N", one(tl, 1)); }),
                HasSubstr("kernel test, sip0.cube0.pe0: this PE has no queue in direction 'N'; it has E, W"));
    EXPECT_THAT(bench.error([](Program& tl) {
        tl.send("E", tl.zeros({8, 8}, Dtype::f16));
    }),
                HasSubstr("send E: (8, 8) f16 has 128 B, a slot 64 B"));
    EXPECT_THAT(bench.error([](Program& tl) {
        tl.send("E", tl.empty({1, 1}, Dtype::f16));
    }),
                HasSubstr("uninitialised read"));
    EXPECT_THROW(bench.runner.connect({pe(0, 0, 0), "E"}, {pe(0, 0, 1), "N"}), std::invalid_argument);
    EXPECT_THROW(bench.runner.connect({pe(0, 0, 0), "N"}, {pe(0, 1, 0), "S"}), std::invalid_argument);
    EXPECT_THROW(bench.runner.connect({pe(0, 0, 0), "N"}, {pe(0, 0, 1), "S"}, {.n_slots = 0}), std::invalid_argument);
}

TEST_F(FunctionalQueuesTest, TwoHundredAndFiftySixProgramsPassTilesOn) {
    constexpr std::uint32_t n = 256;
    Bench bench = ring(n);
    std::vector<double> sums(n);
    bench.run([&](Program& tl) {
        Tensor total = one(tl, 1), tile = total;
        for (std::uint32_t step = 1; step < n; ++step) {
            tl.send("E", tile);
            tile = tl.recv("W");
            total = tl.add(total, tile);
        }
        sums[tl.program_id(0)] = first(tl, total);
    });
    EXPECT_THAT(sums, testing::Each(n));
}

TEST_F(FunctionalQueuesTest, WaitingForAReceiveThatWasNeverStartedOrTwiceIsAnError) {
    Bench bench = ring(2);
    const auto error = [&](auto body) {
        try {
            bench.run(body);
        } catch (const KernelError& failure) {
            return std::string(failure.what());
        }
        return std::string();
    };
    EXPECT_THAT(error([](Program& tl) {
                    tl.wait(Program::Receive{12345, {}});
                }),
                HasSubstr("no receive 12345 is under way"));
    Bench again = ring(2);
    std::string twice;
    try {
        again.run([](Program& tl) {
            if (tl.program_id(0) == 0) return tl.send("E", one(tl, 1));
            const Program::Receive receive = tl.recv_async("W");
            tl.wait(receive);
            tl.wait(receive);
        });
    } catch (const KernelError& failure) {
        twice = failure.what();
    }
    EXPECT_THAT(twice, HasSubstr("is under way: it was never started, or has been waited for"));
}

}  // namespace
}  // namespace ahbm::tl::test
