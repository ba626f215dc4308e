// SPDX-License-Identifier: Apache-2.0
// What the ranks of a process group are told when their programs do not fit together or fail.
#include "firmware/tl/program.h"
#include "tests/platform/process_group.h"

#include <gmock/gmock.h>

namespace ahbm::runtime::test {
namespace {

using testing::HasSubstr;

TEST_F(ProcessGroups, OnlyRootCausesAreReportedAndThePlatformIsUsableAfterwards) {
    auto session = sips(3);
    EXPECT_EQ(told(*session, 3,
                   [](Rank& rank) {
                       ready(rank);
                       rank.context().zeros({1, 64}, Dtype::f16, one_shard("x")).to_host();
                       if (rank.rank() == 1) throw std::runtime_error("out of ideas");
                       rank.barrier();
                   }),
              "rank 1: out of ideas");
    const std::string afterwards = told(*session, 3, [](Rank& rank) {
        ready(rank);
        const Tensor x = rank.context().full({1, 64}, rank.rank(), Dtype::f16, one_shard("x"));
        if (rank.rank() == 0) rank.send(x, 2);
        if (rank.rank() == 2) rank.recv(x, 0);
        EXPECT_EQ(x.at(0, 63), rank.rank() == 1 ? 1 : 0);
    });
    EXPECT_EQ(afterwards, "no error");
}

TEST_F(ProcessGroups, MisuseIsToldInOneSentence) {
    auto session = sips(2);
    const auto said = [&](const std::function<void(Rank&)>& program) { return told(*session, 2, program); };
    EXPECT_EQ(said([](Rank& rank) { rank.init_process_group("nccl"); }),
              "rank 0: init_process_group: unknown backend 'nccl': 'ahbm' is expected");
    EXPECT_EQ(said([](Rank& rank) { ready(rank), rank.init_process_group("ahbm"); }),
              "rank 0: init_process_group: the process group is initialised already; destroy_process_group() comes "
              "first");
    EXPECT_EQ(said([](Rank& rank) { rank.barrier(); }),
              "rank 0: there is no process group: init_process_group(\"ahbm\") comes first");
    EXPECT_EQ(said([](Rank& rank) { ready(rank), rank.destroy_process_group(), rank.barrier(); }).substr(6),
              ": there is no process group: init_process_group(\"ahbm\") comes first")
        << "whichever rank comes first";
    EXPECT_EQ(said([](Rank& rank) { rank.init_process_group("ahbm"); }),
              "rank 1: rank 0 and rank 1 are both on sip0: each rank calls set_device with a SIP of its own before "
              "init_process_group");
    EXPECT_EQ(said([](Rank& rank) {
                  ready(rank), rank.new_group({0, 5});
              }),
              "rank 1: new_group: there is no rank 5 among 2");
    EXPECT_EQ(said([](Rank& rank) {
                  if (rank.rank() == 0) ready(rank);
              }),
              "rank 1: rank 1 ended without joining epoch 0 of all ranks, in which rank 0 is waiting");
    EXPECT_EQ(told(*session, 3, [](Rank&) {}), "spawn of 3 ranks: the machine has 2 SIPs, and each rank needs one");
}

TEST_F(ProcessGroups, ATransferOfAnotherSizeIsAMismatch) {
    auto session = sips(2);
    EXPECT_EQ(told(*session, 2,
                   [](Rank& rank) {
                       ready(rank);
                       const Tensor x = rank.context().zeros({1, 64 + rank.rank()}, Dtype::f16, one_shard("x"));
                       if (rank.rank() == 0) rank.send(x, 1);
                       if (rank.rank() == 1) rank.recv(x, 0);
                   }),
              "rank 1: group 0, rank 0 to rank 1, epoch 0: the ranks do not call the same\n"
              "  rank 0: send/recv of 64 f16 from rank 0\n"
              "  rank 1: send/recv of 65 f16 from rank 0");
}

TEST_F(ProcessGroups, AReceiverThatNeverComesIsNamed) {
    auto session = sips(2);
    EXPECT_EQ(told(*session, 2,
                   [](Rank& rank) {
                       ready(rank);
                       const Tensor x = rank.context().zeros({1, 64}, Dtype::f16, one_shard("x"));
                       if (rank.rank() == 1) rank.send(x, 0);
                   }),
              "rank 1: rank 0 ended without joining epoch 0 of group 0, rank 1 to rank 0; rank 1 would wait for ever");
}

TEST_F(ProcessGroups, DifferentCallsAreAMismatchThatNamesThem) {
    auto session = sips(2);
    EXPECT_EQ(told(*session, 2,
                   [](Rank& rank) {
                       ready(rank);
                       rank.barrier();
                       const Tensor x = rank.context().zeros({1, 64}, Dtype::f16, one_shard("x"));
                       if (rank.rank() == 0) rank.barrier();
                       if (rank.rank() == 1) rank.all_reduce(x);
                   }),
              "rank 0: group 0, epoch 1: the ranks do not call the same\n"
              "  rank 0: barrier\n"
              "  rank 1: all_reduce(sum) of 64 f16")
        << "told by the rank that came last";
}

TEST_F(ProcessGroups, ARankThatEndsEarlyIsReportedWithWhoWaits) {
    auto session = sips(3);
    EXPECT_EQ(told(*session, 3,
                   [](Rank& rank) {
                       ready(rank);
                       if (rank.rank() != 2) return void(rank.barrier());
                       rank.context().zeros({1, 50000}, Dtype::f32, one_shard("x")).to_host();
                   }),
              "rank 2: rank 2 ended without joining epoch 0 of group 0, in which rank 0 and rank 1 are waiting");
}

TEST_F(ProcessGroups, GroupsUsedInDifferentOrdersAreAMismatchThatNamesTheDivergence) {
    auto session = sips(2);
    const std::string error = told(*session, 2, [](Rank& rank) {
        ready(rank);
        ProcessGroup other = rank.new_group({0, 1});
        rank.barrier();
        other.barrier().wait();
        const CollectiveWork first = (rank.rank() == 0 ? rank.group() : other).barrier();
        const CollectiveWork second = (rank.rank() == 0 ? other : rank.group()).barrier();
        second.wait();
    });
    EXPECT_THAT(error, HasSubstr("the ranks call the collectives of two groups in different orders"));
    EXPECT_THAT(error, HasSubstr("\n  rank 0: barrier in group 0, then barrier in group 1"));
    EXPECT_THAT(error, HasSubstr("\n  rank 1: barrier in group 1, then barrier in group 0"));
}

TEST_F(ProcessGroups, AKernelThatFailsOnOneRankEndsWhatTheOthersRun) {
    // Its scalar says on which PE of each cube; the others wait in vain.
    kernels.add({"fails_on", "on one PE of each cube", [](tl::Program& p, const tl::KernelArgs& args) {
                     if (p.program_id(0) == args.scalar(0, 99)) throw tl::KernelError("out of luck");
                     for (;;) p.fence();
                 }});
    auto session = sips(4);
    for (int round = 0; round < 2; ++round) {
        const std::string error = told(*session, 4, [](Rank& rank) {
            ready(rank);
            const double nobody = 99;
            rank.context().wait(rank.context().launch("fails_on", {}, {rank.rank() == 2 ? 1 : nobody}));
        });
        EXPECT_THAT(error, testing::StartsWith("rank 2: launch of 'fails_on' failed: kernel 'fails_on' on "
                                               "sip2.cube0.pe1 at "));
        EXPECT_THAT(error, testing::EndsWith("ns: out of luck"));
    }
    // Nothing of it is left.
    EXPECT_EQ(told(*session, 4, [](Rank& rank) { ready(rank), rank.barrier(); }), "no error");
}

}  // namespace
}  // namespace ahbm::runtime::test
