// SPDX-License-Identifier: Apache-2.0
// Ranks, process groups and transfers on the simulated platform: what a rank's program sees, and what it is told.
#include "tests/platform/session_test.h"

#include "platform/scenarios/ccl_common.h"
#include "sw_runtime/ranks/rank.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace ahbm::test {
namespace {

using namespace runtime;
using runtime::test::error_of;
using runtime::test::random_numbers;
using testing::HasSubstr;

class ProcessGroups : public SessionTest {
protected:
    /// Small SIPs: two cubes of four PEs.
    std::unique_ptr<Session> sips(unsigned count) {
        return make(
            topology("mini", {"sips.count=" + std::to_string(count), "sip.cube_mesh.w=2", "sip.cube_mesh.h=1"}));
    }
    /// On one PE of the rank's SIP.
    static TensorOptions one_shard(const std::string& name) {
        return {{Split::replicate, Split::replicate, 1, 1}, {}, name};
    }
    static void ready(Rank& rank) {
        rank.set_device(rank.rank());
        rank.init_process_group("ahbm");
    }
};

TEST_F(ProcessGroups, OnlyRootCausesAreReportedAndThePlatformIsUsableAfterwards) {
    auto session = sips(3);
    session->run([&] {
        Context ctx(session->port());
        const std::string error = error_of([&] {
            spawn(
                ctx,
                [](Rank& rank) {
                    ready(rank);
                    const Tensor x = rank.context().zeros({1, 64}, Dtype::f16, one_shard("x"));
                    x.to_host();
                    if (rank.rank() == 1) throw std::runtime_error("out of ideas");
                    rank.barrier();
                },
                3);
        });
        EXPECT_EQ(error, "rank 1: out of ideas");
        spawn(
            ctx,
            [](Rank& rank) {
                ready(rank);
                const Tensor x = rank.context().full({1, 64}, rank.rank(), Dtype::f16, one_shard("x"));
                if (rank.rank() == 0) rank.send(x, 2);
                if (rank.rank() == 2) rank.recv(x, 0);
                EXPECT_EQ(x.at(0, 63), rank.rank() == 1 ? 1 : 0);
            },
            3);
    });
}

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

TEST_F(ProcessGroups, MisuseIsToldInOneSentence) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        const auto told = [&](const std::function<void(Rank&)>& program) {
            return error_of([&] { spawn(ctx, program, 2); });
        };
        EXPECT_EQ(told([](Rank& rank) { rank.init_process_group("nccl"); }),
                  "rank 0: init_process_group: unknown backend 'nccl': 'ahbm' is expected");
        EXPECT_EQ(told([](Rank& rank) { ready(rank), rank.init_process_group("ahbm"); }),
                  "rank 0: init_process_group: the process group is initialised already; destroy_process_group() comes "
                  "first");
        EXPECT_EQ(told([](Rank& rank) { rank.barrier(); }),
                  "rank 0: there is no process group: init_process_group(\"ahbm\") comes first");
        EXPECT_EQ(told([](Rank& rank) { ready(rank), rank.destroy_process_group(), rank.barrier(); }).substr(6),
                  ": there is no process group: init_process_group(\"ahbm\") comes first")
            << "whichever rank comes first";
        EXPECT_EQ(told([](Rank& rank) { rank.init_process_group("ahbm"); }),
                  "rank 1: rank 0 and rank 1 are both on sip0: each rank calls set_device with a SIP of its own before "
                  "init_process_group");
        EXPECT_EQ(told([](Rank& rank) {
                      ready(rank), rank.new_group({0, 5});
                  }),
                  "rank 1: new_group: there is no rank 5 among 2");
        EXPECT_EQ(told([](Rank& rank) {
                      if (rank.rank() == 0) ready(rank);
                  }),
                  "rank 1: rank 1 ended without joining epoch 0 of all ranks, in which rank 0 is waiting");
        EXPECT_EQ(error_of([&] {
                      spawn(
                          ctx, [](Rank&) {}, 3);
                  }),
                  "spawn of 3 ranks: the machine has 2 SIPs, and each rank needs one");
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

TEST_F(ProcessGroups, ATransferOfAnotherSizeIsAMismatch) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        EXPECT_EQ(error_of([&] {
                      spawn(
                          ctx,
                          [](Rank& rank) {
                              ready(rank);
                              const Tensor x = rank.context().zeros({1, 64 + rank.rank()}, Dtype::f16, one_shard("x"));
                              if (rank.rank() == 0) rank.send(x, 1);
                              if (rank.rank() == 1) rank.recv(x, 0);
                          },
                          2);
                  }),
                  "rank 1: group 0, rank 0 to rank 1, epoch 0: the ranks do not call the same\n"
                  "  rank 0: send/recv of 64 f16 from rank 0\n"
                  "  rank 1: send/recv of 65 f16 from rank 0");
    });
}

TEST_F(ProcessGroups, AReceiverThatNeverComesIsNamed) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        EXPECT_EQ(
            error_of([&] {
                spawn(
                    ctx,
                    [](Rank& rank) {
                        ready(rank);
                        const Tensor x = rank.context().zeros({1, 64}, Dtype::f16, one_shard("x"));
                        if (rank.rank() == 1) rank.send(x, 0);
                    },
                    2);
            }),
            "rank 1: rank 0 ended without joining epoch 0 of group 0, rank 1 to rank 0; rank 1 would wait for ever");
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

TEST_F(ProcessGroups, DifferentCallsAreAMismatchThatNamesThem) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        EXPECT_EQ(error_of([&] {
                      spawn(
                          ctx,
                          [](Rank& rank) {
                              ready(rank);
                              rank.barrier();
                              const Tensor x = rank.context().zeros({1, 64}, Dtype::f16, one_shard("x"));
                              if (rank.rank() == 0) rank.barrier();
                              if (rank.rank() == 1) rank.all_reduce(x);
                          },
                          2);
                  }),
                  "rank 0: group 0, epoch 1: the ranks do not call the same\n"
                  "  rank 0: barrier\n"
                  "  rank 1: all_reduce(sum) of 64 f16")
            << "told by the rank that came last";
    });
}

TEST_F(ProcessGroups, ARankThatEndsEarlyIsReportedWithWhoWaits) {
    auto session = sips(3);
    session->run([&] {
        Context ctx(session->port());
        EXPECT_EQ(error_of([&] {
                      spawn(
                          ctx,
                          [](Rank& rank) {
                              ready(rank);
                              if (rank.rank() == 2) {
                                  const Tensor x = rank.context().zeros({1, 50000}, Dtype::f32, one_shard("x"));
                                  x.to_host();
                                  return;
                              }
                              rank.barrier();
                          },
                          3);
                  }),
                  "rank 2: rank 2 ended without joining epoch 0 of group 0, in which rank 0 and rank 1 are waiting");
    });
}

std::vector<double> sum_of(const std::vector<Array>& all) {
    std::vector<double> sum(all.front().shape.elements());
    for (const Array& each : all) {
        const std::vector<double> values = values_of(each);
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += values[i];
    }
    return sum;
}

/// Eighths below 8: sums of a few are exact in every type.
std::vector<Array> contributions(std::uint32_t ranks, const Shape& shape, Dtype dtype, std::uint64_t seed) {
    std::vector<Array> all;
    for (std::uint32_t rank = 0; rank < ranks; ++rank) all.push_back(random_numbers(shape, dtype, seed + rank));
    return all;
}

TEST_F(ProcessGroups, TwoCollectivesBackToBack) {
    auto session = sips(3);
    session->run([&] {
        Context ctx(session->port());
        const auto first = contributions(3, {1, 3000}, Dtype::f32, 1),
                   second = contributions(3, {1, 777}, Dtype::f16, 9);
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                const Tensor a = rank.context().from_host(first[rank.rank()], one_shard("a"));
                const Tensor b = rank.context().from_host(second[rank.rank()], one_shard("b"));
                rank.all_reduce(a);
                rank.all_reduce(b);
                EXPECT_EQ(values_of(a.to_host()), sum_of(first));
                EXPECT_EQ(values_of(b.to_host()), sum_of(second));
            },
            3);
    });
}

TEST_F(ProcessGroups, ACollectiveAfterAGemmOnTheSameScratch) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        const auto left = contributions(2, {64, 64}, Dtype::f32, 3), right = contributions(2, {64, 64}, Dtype::f32, 5);
        std::vector<Array> products(2);
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                Context& mine = rank.context();
                const Tensor a = mine.from_host(left[rank.rank()], one_shard("a")),
                             b = mine.from_host(right[rank.rank()], one_shard("b"));
                const Tensor c = mine.empty({64, 64}, Dtype::f32, one_shard("c"));
                mine.launch("gemm", {a, b, c}, {2, 0});  // operands brought into TCM
                products[rank.rank()] = c.to_host();
                mine.launch("gemm", {a, b, c}, {2, 0});
                rank.all_reduce(c);
                rank.barrier();
                EXPECT_EQ(values_of(c.to_host()), sum_of(products));
            },
            2);
    });
}

TEST_F(ProcessGroups, SubgroupsReduceAmongThemselves) {
    auto session = sips(4);
    session->run([&] {
        Context ctx(session->port());
        const auto all = contributions(4, {1, 100}, Dtype::f32, 1);
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                ProcessGroup even = rank.new_group({0, 2}), odd = rank.new_group({1, 3});
                const std::uint32_t self = rank.rank();
                const Tensor x = rank.context().from_host(all[self], one_shard("x"));
                const Tensor y = rank.context().from_host(all[self], one_shard("y"));
                const CollectiveWork of_all = rank.group().all_reduce(y);
                (self % 2 == 0 ? even : odd).all_reduce(x).wait();
                of_all.wait();
                EXPECT_EQ(values_of(x.to_host()), sum_of({all[self], all[(self + 2) % 4]}));
                EXPECT_EQ(values_of(y.to_host()), sum_of(all));
            },
            4);
    });
}

struct Shards {
    CollectiveOp op;
    std::uint32_t ranks;
    ReduceOp redop;
    Dtype dtype;
    std::uint32_t elements;
    QueuePolicy queues;
};

/// Every collective on every rank, every element, against the scenarios' reference.
std::uint64_t wrong_elements(Session& session, const Shards& s) {
    scenarios::CclCase ccl{s.op, s.redop, s.dtype, s.ranks, 1, s.ranks - 1, s.elements};
    std::vector<Array> inputs, results(s.ranks);
    for (std::uint32_t rank = 0; rank < s.ranks; ++rank)
        inputs.push_back(random_numbers({1, ccl.input_elements()}, s.dtype, 40 + rank));
    session.run([&] {
        Context ctx(session.port());
        spawn(
            ctx,
            [&](Rank& rank) {
                rank.set_device(rank.rank());
                rank.init_process_group("ahbm", {"rank_ring", s.queues, nullptr});
                const TensorOptions one{{Split::replicate, Split::replicate, 1, 1}, {}, ""};
                const Tensor x = rank.context().from_host(inputs[rank.rank()], one);
                const Tensor y = rank.context().empty({1, ccl.output_elements()}, s.dtype, one);
                switch (s.op) {
                    case CollectiveOp::all_reduce: rank.all_reduce(x, s.redop); break;
                    case CollectiveOp::reduce: rank.reduce(x, ccl.root, s.redop); break;
                    case CollectiveOp::broadcast: rank.broadcast(x, ccl.root); break;
                    case CollectiveOp::all_gather: rank.all_gather(y, x); break;
                    case CollectiveOp::reduce_scatter: rank.reduce_scatter(y, x, s.redop); break;
                    default: rank.all_to_all(y, x);
                }
                const bool in_place =
                    s.op == CollectiveOp::all_reduce || s.op == CollectiveOp::reduce || s.op == CollectiveOp::broadcast;
                results[rank.rank()] = (in_place ? x : y).to_host();
            },
            s.ranks);
    });
    const Verification verification = scenarios::compare_ranks(ccl, inputs, results);
    EXPECT_EQ(verification.elements,
              std::uint64_t{ccl.output_elements()} * (s.op == CollectiveOp::reduce ? 1 : s.ranks));
    EXPECT_EQ(verification.report, "");
    return verification.mismatches;
}

TEST_F(ProcessGroups, EveryCollectiveOnAnyNumberOfRanks) {
    auto session = sips(5);
    for (const CollectiveOp op : {CollectiveOp::all_reduce, CollectiveOp::reduce, CollectiveOp::broadcast,
                                  CollectiveOp::all_gather, CollectiveOp::reduce_scatter, CollectiveOp::all_to_all})
        for (const std::uint32_t ranks : {1u, 2u, 3u, 5u})
            EXPECT_EQ(wrong_elements(*session, {op, ranks, ReduceOp::sum, Dtype::f16, 2500, {}}), 0u)
                << to_string(op) << ' ' << ranks;
}

TEST_F(ProcessGroups, EveryReductionOfEveryType) {
    auto session = sips(3);
    for (const ReduceOp op : {ReduceOp::sum, ReduceOp::max, ReduceOp::min, ReduceOp::avg})
        for (const Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32})
            for (const CollectiveOp collective :
                 {CollectiveOp::all_reduce, CollectiveOp::reduce, CollectiveOp::reduce_scatter})
                EXPECT_EQ(wrong_elements(*session, {collective, 3, op, dtype, 333, {}}), 0u)
                    << to_string(collective) << ' ' << to_string(op);
}

TEST_F(ProcessGroups, EveryKindOfRingAndCredit) {
    auto session = sips(3);
    for (const abi::BufferKind buffer : {abi::BufferKind::tcm, abi::BufferKind::hbm, abi::BufferKind::sram})
        for (const std::uint32_t slots : {1u, 2u, 8u})
            for (const abi::CreditPolicy credit : {abi::CreditPolicy::on_release, abi::CreditPolicy::on_recv}) {
                QueuePolicy queues;
                queues.buffer_kind = buffer;
                queues.n_slots = slots;
                queues.slot_size = {256};
                queues.credit = credit;
                queues.credit_path = slots == 2 ? abi::CreditPath::fabric : abi::CreditPath::fast;
                EXPECT_EQ(
                    wrong_elements(*session, {CollectiveOp::all_reduce, 3, ReduceOp::sum, Dtype::f32, 500, queues}), 0u)
                    << static_cast<int>(buffer) << ' ' << slots << ' ' << static_cast<int>(credit);
            }
}

TEST_F(ProcessGroups, ShapesAndLayoutsThatDoNotFitAreRefusedBeforeAnythingMoves) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                Context& mine = rank.context();
                const Tensor x = mine.zeros({1, 64}, Dtype::f16, one_shard("x")),
                             y = mine.zeros({1, 100}, Dtype::f16, one_shard("y"));
                const Tensor spread =
                    mine.zeros({8, 64}, Dtype::f16, {{Split::row_wise, Split::row_wise}, {}, "spread"});
                const Tensor count = mine.zeros({1, 64}, Dtype::i32, one_shard("count"));
                EXPECT_EQ(error_of([&] { rank.all_gather(y, x); }),
                          "all_gather: 2 participants, 64 elements of input on each rank: 128 elements of output are "
                          "expected, not 100");
                EXPECT_EQ(error_of([&] { rank.all_reduce(count); }),
                          "all_reduce: f16, bf16 or f32 is expected, not i32");
                EXPECT_EQ(error_of([&] { rank.all_reduce(spread); }),
                          "all_reduce: 'spread' has 8 shards; one shard on cube0.pe0 is expected: DPPolicy{replicate, "
                          "replicate, 1, 1}");
                EXPECT_EQ(error_of([&] { rank.broadcast(x, 7); }), "rank 7 is not a member of group 0");
                rank.all_reduce(x);
            },
            2);
    });
}

TEST_F(ProcessGroups, AnotherTypeOrCountOrReductionIsAMismatch) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        const auto told = [&](Dtype dtype, std::uint32_t count, ReduceOp op) {
            return error_of([&] {
                spawn(
                    ctx,
                    [&](Rank& rank) {
                        ready(rank);
                        const bool other = rank.rank() == 1;
                        const Tensor x =
                            rank.context().zeros({1, other ? count : 64}, other ? dtype : Dtype::f16, one_shard("x"));
                        rank.all_reduce(x, other ? op : ReduceOp::sum);
                    },
                    2);
            });
        };
        const std::string same =
            "rank 1: group 0, epoch 0: the ranks do not call the same\n"
            "  rank 0: all_reduce(sum) of 64 f16\n  rank 1: all_reduce";
        EXPECT_EQ(told(Dtype::bf16, 64, ReduceOp::sum), same + "(sum) of 64 bf16");
        EXPECT_EQ(told(Dtype::f16, 65, ReduceOp::sum), same + "(sum) of 65 f16");
        EXPECT_EQ(told(Dtype::f16, 64, ReduceOp::max), same + "(max) of 64 f16");
        EXPECT_EQ(told(Dtype::f16, 64, ReduceOp::sum), "no error");
    });
}

TEST_F(ProcessGroups, GroupsUsedInDifferentOrderHangAndTheHangNamesTheCalls) {
    auto session = sips(2);
    const std::string hang = error_of([&] {
        session->run([&] {
            Context ctx(session->port());
            spawn(
                ctx,
                [](Rank& rank) {
                    ready(rank);
                    ProcessGroup other = rank.new_group({0, 1});
                    rank.barrier();
                    other.barrier().wait();
                    const CollectiveWork first = (rank.rank() == 0 ? rank.group() : other).barrier();
                    const CollectiveWork second = (rank.rank() == 0 ? other : rank.group()).barrier();
                    second.wait();
                },
                2);
        });
    });
    EXPECT_THAT(hang, HasSubstr("for tile 1 from W that sip1.cube0.pe0 has not sent"));
    EXPECT_THAT(hang, HasSubstr("ranks:\nrank 0 #2 group 0 epoch 1: barrier, called at "));
    EXPECT_THAT(hang, HasSubstr("\nrank 1 #2 group 1 epoch 1: barrier, called at "));
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
}  // namespace ahbm::test
