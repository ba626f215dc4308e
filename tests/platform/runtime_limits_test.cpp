// SPDX-License-Identifier: Apache-2.0
// What a host program may do to the runtime without breaking it: contexts side by side, tensors that outlive their
// session, many tensors, many groups, kernels that throw whatever they like.
#include "firmware/functional/runner.h"
#include "firmware/tl/program.h"
#include "tests/platform/process_group.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

namespace ahbm::runtime::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(ProcessGroups, TwoContextsOnOneSessionNeverShareMemory) {
    auto session = sips(1);
    session->run([&] {
        Context first(session->port()), second(session->port());
        const Tensor a = first.full({4, 64}, 1, Dtype::f32, one_shard("a"));
        const Tensor b = second.full({4, 64}, 2, Dtype::f32, one_shard("b"));
        EXPECT_NE(a.virtual_range().base, b.virtual_range().base);
        EXPECT_NE(a.shards().front().memory.raw(), b.shards().front().memory.raw());
        EXPECT_EQ(values_of(a.to_host()), std::vector<double>(256, 1));
        EXPECT_EQ(values_of(b.to_host()), std::vector<double>(256, 2));
        first.wait(first.launch("copy", {a, b}));  // a tensor of the other one is as good as its own
        EXPECT_EQ(values_of(second.full({1, 1}, 3, Dtype::f32).to_host()), std::vector<double>(1, 3));
    });
}

TEST_F(ProcessGroups, WhatOutlivesItsSessionCanOnlyBeDestroyed) {
    auto session = sips(1);
    Tensor tensor;
    std::optional<Context> context;
    session->run([&] {
        context.emplace(session->port());
        tensor = context->full({4, 64}, 1, Dtype::f32, one_shard("late"));
        tensor.to_host();
    });
    session.reset();
    const std::string ended = "the session that this tensor or context belongs to has ended";
    EXPECT_EQ(error_of([&] { tensor.to_host(); }), ended);
    EXPECT_EQ(error_of([&] { context->zeros({1, 1}, Dtype::f32); }), ended);
    EXPECT_EQ(error_of([&] { context->launch("noop", {}); }), ended);
    EXPECT_EQ(error_of([&] { context->synchronize(); }), ended);
    EXPECT_EQ(tensor.shape(), (Shape{4, 64}));
    tensor = {};
    context.reset();
}

/// Steps, not seconds: a tensor is put into the stream and taken out of it, however many wait with it.
TEST_F(ProcessGroups, ManyTensorsCostStepsInProportion) {
    auto session = sips(1);
    session->run([&] {
        Context context(session->port());
        Stream& stream = session->port().shared->stream(SipId{0});
        const auto steps = [&](unsigned count) {
            const std::uint64_t before = stream.steps();
            {
                std::vector<Tensor> tensors;
                for (unsigned i = 0; i < count; ++i)
                    tensors.push_back(context.empty({1, 8}, Dtype::f32, one_shard("t" + std::to_string(i))));
            }
            stream.drain();
            return stream.steps() - before;
        };
        const std::uint64_t few = steps(1000), many = steps(8000);
        EXPECT_EQ(few, 2000u) << "each is mapped and unmapped";
        EXPECT_EQ(many, 16000u);
    });
}

TEST_F(ProcessGroups, TwoHundredGroupsOneAfterTheOtherFitTheQueueTable) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                const Tensor x = rank.context().full({1, 8}, 1, Dtype::f32, one_shard("x"));
                for (int i = 0; i < 200; ++i) {
                    ProcessGroup group = rank.new_group({0, 1});
                    if (i % 50 == 0) group.all_reduce(x).wait();
                    if (i % 2 == 0) rank.destroy_process_group(group);  // and by its end otherwise
                }
                EXPECT_EQ(values_of(x.to_host()), std::vector<double>(8, 16)) << "doubled four times";
                rank.all_reduce(x);
                EXPECT_EQ(values_of(x.to_host()), std::vector<double>(8, 32));
                DevicePools& pools = session->port().shared->pools();
                rank.barrier();
                EXPECT_EQ(pools.tcm(ahbm::test::pe(rank.rank(), 0, 0)).allocations(), 2u)
                    << "the rings of the group of all ranks";
            },
            2);
        EXPECT_EQ(session->port().shared->pools().tcm(ahbm::test::pe(0, 0, 0)).allocations(), 0u);
    });
}

TEST_F(ProcessGroups, ADestroyedGroupIsRefusedByName) {
    auto session = sips(2);
    session->run([&] {
        Context ctx(session->port());
        spawn(
            ctx,
            [&](Rank& rank) {
                ready(rank);
                ProcessGroup group = rank.new_group({0, 1}), copy = group;
                rank.destroy_process_group(group);
                EXPECT_FALSE(group);
                EXPECT_EQ(error_of([&] { copy.barrier(); }),
                          "rank " + std::to_string(rank.rank()) + " has destroyed group 1");
                rank.barrier();
            },
            2);
    });
}

struct NoStdException {};

TEST_F(ProcessGroups, WhateverAKernelThrowsIsToldWithKernelPlaceTimeAndText) {
    kernels.add({"throws_runtime", "", [](tl::Program& tl, const tl::KernelArgs&) {
                     if (tl.program_id(0) == 1) throw std::runtime_error("a table is missing");
                 }});
    kernels.add({"throws_int", "", [](tl::Program&, const tl::KernelArgs&) { throw 42; }});
    kernels.add({"throws_own", "", [](tl::Program&, const tl::KernelArgs&) { throw NoStdException(); }});
    kernels.add({"throws_memory", "", [](tl::Program&, const tl::KernelArgs&) { throw std::bad_alloc(); }});
    kernels.add({"waits_for_nothing", "", [](tl::Program& tl, const tl::KernelArgs&) { tl.wait({}); }});
    auto session = sips(1);
    session->run([&] {
        Context ctx(session->port());
        const auto told = [&](const std::string& kernel) {
            return error_of([&] { ctx.wait(ctx.launch(kernel, {})); });
        };
        EXPECT_THAT(told("throws_runtime"), AllOf(HasSubstr("kernel 'throws_runtime' on sip0.cube0.pe1 at "),
                                                  HasSubstr(" ns: threw std::runtime_error: a table is missing")));
        EXPECT_THAT(told("throws_int"), AllOf(HasSubstr("kernel 'throws_int' on sip0.cube"), HasSubstr("threw a int")));
        EXPECT_THAT(told("throws_own"), HasSubstr("NoStdException"));
        EXPECT_THAT(told("throws_memory"), HasSubstr("threw std::bad_alloc"));
        EXPECT_THAT(told("waits_for_nothing"), HasSubstr("wait: no receive 0 is under way"));
        ctx.wait(ctx.launch("noop", {}));  // the platform goes on
    });
    const tl::KernelInfo& info = *kernels.find("throws_runtime");
    tl::FunctionalRunner runner({.num_pes_per_cube = 2});
    EXPECT_EQ(error_of([&] { runner.run(info, std::vector<tl::KernelArgs>(2)); }),
              "kernel throws_runtime, sip0.cube0.pe1: threw std::runtime_error: a table is missing");
}

}  // namespace
}  // namespace ahbm::runtime::test
