// SPDX-License-Identifier: Apache-2.0
/// Ranks on a machine without time: who runs when, who is unwound, what is reported.
#include "sw_runtime/ranks/rank.h"
#include "tests/sw_runtime/functional_machine.h"
#include "tests/sw_runtime/runtime_support.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace ahbm::runtime::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FunctionalMachine::Config machine_of(std::uint32_t sips) {
    FunctionalMachine::Config config;
    config.sips = sips;
    return config;
}

TEST(Spawn, EveryRankHasItsNumberAndADeviceOfItsOwn) {
    FunctionalMachine machine(machine_of(3));
    Context ctx(machine);
    std::vector<std::string> seen;
    spawn(
        ctx,
        [&](Rank& rank) {
            rank.set_device(2 - rank.rank());
            const Tensor x = rank.context().full({1, 8}, rank.rank(), Dtype::f32);
            EXPECT_EQ(values_of(x.to_host()), std::vector<double>(8, rank.rank()));
            seen.push_back(std::to_string(rank.rank()) + "/" + std::to_string(rank.world_size()) + " on sip" +
                           std::to_string(x.sip().value));
        },
        3);
    EXPECT_THAT(seen, ElementsAre("0/3 on sip2", "1/3 on sip1", "2/3 on sip0"));
    EXPECT_EQ(ctx.device(), SipId{0}) << "the caller's device is untouched";
    EXPECT_THAT(machine.warnings, IsEmpty());
}

TEST(Spawn, RanksRunSideBySideInOrder) {
    FunctionalMachine machine(machine_of(2));
    Context ctx(machine);
    std::vector<std::string> steps;
    spawn(
        ctx,
        [&](Rank& rank) {
            rank.set_device(rank.rank());
            steps.push_back("start " + std::to_string(rank.rank()));
            rank.context().wait(rank.context().launch("noop", {}));
            steps.push_back("end " + std::to_string(rank.rank()));
        },
        2);
    EXPECT_THAT(steps, ElementsAre("start 0", "start 1", "end 0", "end 1"));
}

TEST(Spawn, AForgottenSetDeviceWarnsOnceUnlessTheRankIsAlone) {
    FunctionalMachine machine(machine_of(2));
    Context ctx(machine);
    const auto program = [](Rank& rank) {
        rank.context().zeros({1, 8}, Dtype::f32);
        rank.context().zeros({1, 8}, Dtype::f32);
    };
    spawn(ctx, program, 1);
    EXPECT_THAT(machine.warnings, IsEmpty());
    spawn(ctx, program, 2);
    EXPECT_THAT(machine.warnings, ElementsAre("rank 0 of 2 works on sip0: it has not called set_device",
                                              "rank 1 of 2 works on sip0: it has not called set_device"));
}

TEST(Spawn, MoreRanksThanSipsAreRefused) {
    FunctionalMachine machine(machine_of(2));
    Context ctx(machine);
    const auto never = [](Rank&) { FAIL() << "a rank was started"; };
    EXPECT_EQ(error_of([&] { spawn(ctx, never, 3); }),
              "spawn of 3 ranks: the machine has 2 SIPs, and each rank needs one");
    EXPECT_THROW(spawn(ctx, never, 0), std::invalid_argument);
}

TEST(Spawn, OnlyRootCausesAreReportedAndTheDevicesAreUsableAfterwards) {
    FunctionalMachine machine(machine_of(4));
    Context ctx(machine);
    std::vector<std::uint32_t> unwound;
    struct Note {
        std::vector<std::uint32_t>& list;
        std::uint32_t rank;
        bool passed = false;
        ~Note() {
            if (!passed) list.push_back(rank);
        }
    };
    try {
        spawn(
            ctx,
            [&](Rank& rank) {
                rank.set_device(rank.rank());
                Note note{unwound, rank.rank()};
                const Tensor x = rank.context().zeros({1, 64}, Dtype::f32);
                if (rank.rank() == 2) throw std::runtime_error("disk full");
                for (int i = 0; i < 3; ++i) rank.context().launch("noop", {x});
                rank.context().synchronize();
                note.passed = true;
            },
            4);
        FAIL() << "spawn did not throw";
    } catch (const SpawnError& error) {
        EXPECT_STREQ(error.what(), "rank 2: disk full");
        ASSERT_EQ(error.causes().size(), 1u);
        EXPECT_THROW(std::rethrow_exception(error.causes().front().second), std::runtime_error);
    }
    EXPECT_THAT(unwound, testing::UnorderedElementsAre(0, 1, 2)) << "rank 3 was not started yet";
    EXPECT_EQ(machine.under_way(), 0u);
    spawn(
        ctx,
        [&](Rank& rank) {
            rank.set_device(rank.rank());
            const Tensor x = rank.context().full({1, 64}, 3, Dtype::f32);
            rank.context().wait(rank.context().launch("noop", {x}));
            EXPECT_EQ(x.at(0, 63), 3);
        },
        4);
}

TEST(Spawn, TwoFailuresOfTheirOwnAreBothReportedTheFirstInTimeFirst) {
    for (const std::uint32_t first : {0u, 1u}) {
        FunctionalMachine machine(machine_of(2));
        Context ctx(machine);
        EXPECT_EQ(error_of([&] {
                      spawn(
                          ctx,
                          [&](Rank& rank) {
                              rank.set_device(rank.rank());
                              try {
                                  rank.context().full({1, 8}, 1, Dtype::f32).to_host();
                                  if (rank.rank() == first) throw std::runtime_error("first");
                                  for (int i = 0; i < 3; ++i) rank.context().full({1, 8}, 1, Dtype::f32).to_host();
                              } catch (const Unwound&) {
                                  throw std::runtime_error("second, while it was unwound");
                              }
                          },
                          2);
                  }),
                  fmt::format("rank {}: first\nrank {}: second, while it was unwound", first, 1 - first));
    }
}

TEST(Spawn, AnErrorThatIsCaughtUnwindsNobody) {
    FunctionalMachine machine(machine_of(2));
    Context ctx(machine);
    std::uint32_t ended = 0;
    spawn(
        ctx,
        [&](Rank& rank) {
            rank.set_device(rank.rank());
            if (rank.rank() == 0) {
                EXPECT_THROW(rank.context().wait(rank.context().launch("missing", {})), LaunchError);
            }
            rank.context().zeros({1, 8}, Dtype::f32).to_host();
            ++ended;
        },
        2);
    EXPECT_EQ(ended, 2u);
}

TEST(Spawn, WithoutAProcessGroupCollectivesSayWhatIsMissing) {
    FunctionalMachine machine(machine_of(2));
    Context ctx(machine);
    EXPECT_EQ(error_of([&] {
                  spawn(
                      ctx,
                      [](Rank& rank) {
                          rank.set_device(rank.rank());
                          rank.barrier();
                      },
                      2);
              }),
              "rank 0: there is no process group: init_process_group(\"ahbm\") comes first");
}

}  // namespace
}  // namespace ahbm::runtime::test
