// SPDX-License-Identifier: Apache-2.0
// Collectives of process groups on the simulated platform: every element of every rank, and what is refused.
#include "experiments/scenarios/ccl_common.h"
#include "tests/platform/process_group.h"
#include "tests/sw_runtime/runtime_support.h"

#include <cstdint>
#include <vector>

namespace ahbm::runtime::test {
namespace {

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
    bool in_place = false;
};

/// Every collective on every rank, every element, against the scenarios' reference.
std::uint64_t wrong_elements(Session& session, const Shards& s) {
    const scenarios::CclCase ccl{s.op, s.redop, s.dtype, s.ranks, 1, s.ranks - 1, s.elements, s.in_place};
    std::vector<Array> inputs, results(s.ranks);
    for (std::uint32_t rank = 0; rank < s.ranks; ++rank)
        inputs.push_back(random_numbers(scenarios::rows_of(ccl, ccl.input_elements()), s.dtype, 40 + rank));
    session.run([&] {
        Context ctx(session.port());
        spawn(
            ctx,
            [&](Rank& rank) {
                rank.set_device(rank.rank());
                rank.init_process_group("ahbm", {"rank_ring", s.queues, nullptr});
                const DPPolicy one{Split::replicate, Split::replicate, 1, 1};
                const auto [input, output] =
                    scenarios::make_tensors(rank.context(), ccl, rank.rank(), one, inputs[rank.rank()]);
                scenarios::call_collective(rank, ccl, output, input);
                if (ccl.has_result(rank.rank()))
                    results[rank.rank()] = scenarios::result_in(ccl, rank.rank(), output.to_host());
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

TEST_F(ProcessGroups, EveryCollectiveInPlaceOnTwoToEightRanks) {
    auto session = sips(8);
    for (const CollectiveOp op : {CollectiveOp::all_reduce, CollectiveOp::reduce, CollectiveOp::broadcast,
                                  CollectiveOp::all_gather, CollectiveOp::reduce_scatter, CollectiveOp::all_to_all})
        for (std::uint32_t ranks = 2; ranks <= 8; ++ranks)
            EXPECT_EQ(wrong_elements(*session, {op, ranks, ReduceOp::sum, Dtype::f32, 1100, {}, true}), 0u)
                << to_string(op) << ' ' << ranks;
}

/// By hand, without the reference: rank r's part q is 10 r + q.
TEST_F(ProcessGroups, AllToAllInPlaceTransposes) {
    auto session = sips(3);
    session->run([&] {
        Context ctx(session->port());
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                const float r = static_cast<float>(rank.rank());
                const std::vector<float> mine{10 * r, 10 * r + 1, 10 * r + 2};
                const Tensor x = rank.context().from_host(make_array({1, 3}, Dtype::f32, mine), one_shard("x"));
                rank.all_to_all(x, x);
                EXPECT_EQ(values_of(x.to_host()), (std::vector<double>{r, 10 + r, 20 + r}));
                rank.all_gather(x, x);  // part r of rank r: 11 r
                EXPECT_EQ(values_of(x.to_host()), (std::vector<double>{0, 11, 22}));
                rank.reduce_scatter(x, x);  // three times 11 r in part r; the others stay
                std::vector<double> want{0, 11, 22};
                want[rank.rank()] *= 3;
                EXPECT_EQ(values_of(x.to_host()), want);
            },
            3);
    });
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

}  // namespace
}  // namespace ahbm::runtime::test
