// SPDX-License-Identifier: Apache-2.0
// A launch is complete when everything it did is visible; what nobody has written is told when it is read; all PEs of a
// launch start together, whatever is in the way of its messages.
#include "firmware/tl/program.h"
#include "tests/platform/dma_driver.h"
#include "tests/platform/session_test.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

#include <set>

namespace ahbm::test {
namespace {

using runtime::Context;
using runtime::LaunchResult;
using runtime::Split;
using runtime::Tensor;
using testing::HasSubstr;

class Completion : public SessionTest, public testing::WithParamInterface<const char*> {
protected:
    PlatformConfig slow(std::vector<std::string> overrides) {
        overrides.push_back(std::string("fabric.timing=") + GetParam());
        return topology("mini", overrides);
    }
};

TEST_P(Completion, WhatALaunchHasStoredCanBeReadWhenItIsComplete) {
    auto session = make(slow({"sip.cube.hbm.channel_bandwidth=10 MB/s"}));
    session->run([&] {
        Context ctx(session->port());
        const runtime::Array values = runtime::test::random_numbers({64, 256}, Dtype::f16, 7);
        const Tensor x = ctx.from_host(values, {{Split::row_wise, Split::row_wise}, {}, "x"});
        const Tensor y = ctx.zeros({64, 256}, Dtype::f16, {{Split::row_wise, Split::row_wise}, {}, "y"});
        ctx.synchronize();
        const LaunchResult launch = ctx.wait(ctx.launch("copy", {x, y}));
        EXPECT_EQ(y.to_host().bytes, values.bytes);
        for (const abi::PeSpan& span : launch.spans) {
            EXPECT_GT(span.fence_ps, 1'000'000u) << "a burst takes 25.6 us to write, and the launch waits for it";
            EXPECT_LT(span.fence_ps, span.exec_end_ps - span.exec_start_ps);
        }
    });
    EXPECT_TRUE(session->system().recorder().uninitialised_reads().empty());
}

TEST_P(Completion, AReadThatArrivesBehindAWriteSeesIt) {
    // Acknowledged or not: the host's write is under way in a slow array when the read of the same bytes arrives.
    auto session = make(slow({"sip.cube.hbm.channel_bandwidth=100 MB/s"}));
    session->run([&] {
        System& system = session->system();
        HostPort& port = session->port();
        const PhysAddr place = PhysAddr::pe_hbm(pe(0, 1, 1), system.config().sip.cube.hbm.slice, 0);
        const auto fill = [](int value) { return std::vector<std::byte>(4096, static_cast<std::byte>(value)); };
        port.write_host(0x10000, fill(1));
        port.write_host(0x20000, fill(2));
        system.host().submit(host_copy(abi::Opcode::memory_write, 0x10000, place, 4096), 1);
        system.host().wait_for(1);
        system.host().submit(host_copy(abi::Opcode::memory_write, 0x20000, place, 4096), 2);
        // Its tail arrives well within a microsecond and is written in five.
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
        ASSERT_FALSE(system.host().completed(2));
        system.host().submit(host_copy(abi::Opcode::memory_read, 0x30000, place, 256), 3);
        system.host().wait_for(3);
        EXPECT_EQ(port.read_host(0x30000, 256), std::vector<std::byte>(256, std::byte{2}));
        system.host().wait_for(2);
    });
}

TEST_P(Completion, AllPesStartTogetherWhateverSlowsTheMessagesDown) {
    auto session = make(slow({"cpu.posted_writes=1", "sip.io_noc.link_bandwidth=1 GB/s", "mailbox.depth=1",
                              "sip.cube.noc.link_bandwidth=2 GB/s"}));
    session->run([&] {
        Context ctx(session->port());
        for (int i = 0; i < 3; ++i) {
            const LaunchResult launch = ctx.wait(ctx.launch("noop", {}));
            std::set<std::uint64_t> starts;
            for (const abi::PeSpan& span : launch.spans) starts.insert(span.exec_start_ps);
            EXPECT_EQ(launch.spans.size(), 16u);
            ASSERT_EQ(starts.size(), 1u);
            EXPECT_EQ(sim::Time::ps(static_cast<std::int64_t>(*starts.begin())), launch.target_start);
        }
    });
}

INSTANTIATE_TEST_SUITE_P(Timings, Completion, testing::Values("hop", "fast", "flit"),
                         [](const auto& timing) { return std::string(timing.param); });

class Unwritten : public SessionTest {
protected:
    static std::vector<std::string> readers(Session& session) {
        std::vector<std::string> kinds;
        for (const auto& read : session.system().recorder().uninitialised_reads()) kinds.push_back(read.kind);
        return kinds;
    }
    static runtime::TensorOptions on_one_pe(const char* name) {
        return {{Split::replicate, Split::replicate, 1, 1}, {}, name};
    }
};

TEST_F(Unwritten, TheHostIsToldWhenItReadsWhatNobodyHasWritten) {
    auto session = make(topology("mini"));
    session->run([&] {
        Context ctx(session->port());
        ctx.empty({16, 64}, Dtype::f16, on_one_pe("x")).to_host();
    });
    EXPECT_THAT(readers(*session), testing::ElementsAre("device to host"));
    const auto& read = session->system().recorder().uninitialised_reads().front();
    EXPECT_EQ(read.bytes, 2048u);
    EXPECT_EQ(read.memory, "sip0.cube0.hbm");
    EXPECT_EQ(read.producer, "nobody");
}

TEST_F(Unwritten, ACopyOfAnEmptyTensorIsTold) {
    auto session = make(topology("mini"));
    session->run([&] {
        Context ctx(session->port());
        const Tensor x = ctx.empty({16, 64}, Dtype::f16, on_one_pe("x"));
        const Tensor y = ctx.zeros({16, 64}, Dtype::f16, on_one_pe("y"));
        ctx.wait(ctx.launch("copy", {x, y}));
    });
    EXPECT_EQ(readers(*session).front(), "dma_read");
}

TEST_F(Unwritten, AStoreOfAnEmptyTileIsTold) {
    kernels.add({"store_empty", "stores what nobody has computed", [](tl::Program& p, const tl::KernelArgs& args) {
                     p.store(p.view(args.tensor(0, "y")), p.empty({16, 64}, Dtype::f16));
                 }});
    auto session = make(topology("mini"));
    session->run([&] {
        Context ctx(session->port());
        const Tensor y = ctx.zeros({16, 64}, Dtype::f16, on_one_pe("y"));
        ctx.wait(ctx.launch("store_empty", {y}));
    });
    EXPECT_EQ(readers(*session).front(), "dma_write");
}

TEST_F(Unwritten, AKernelThatFailsSaysSoBeforeTheOthersWaits) {
    kernels.add({"one_fails", "on one PE; the others wait", [](tl::Program& p, const tl::KernelArgs&) {
                     if (p.program_id(0) == 2 && p.program_id(1) == 1) throw tl::KernelError("no such luck");
                     for (;;) p.fence();
                 }});
    auto session = make(topology("mini"));
    session->run([&] {
        Context ctx(session->port());
        const std::string error = runtime::test::error_of([&] { ctx.wait(ctx.launch("one_fails", {})); });
        EXPECT_THAT(error, HasSubstr("kernel 'one_fails' on sip0.cube1.pe2 at "));
        EXPECT_THAT(error, HasSubstr("no such luck"));
        EXPECT_EQ(ctx.wait(ctx.launch("noop", {})).spans.size(), 16u);
    });
}

}  // namespace
}  // namespace ahbm::test
