// SPDX-License-Identifier: Apache-2.0
// PeGemm: the time of tiles on the array. By default 8 TFLOP/s on 64 x 32: the default tile, 32 x 64 x 32, takes
// 131072 operations, 16.384 ns.
#include "models/pe_gemm/pe_gemm.h"
#include "tests/models/job_driver.h"
#include "tests/models/pe_rig.h"
#include "tests/support/sim_test.h"

namespace ahbm::test {
namespace {

struct GemmBench {
    sim::WheelPump wheel{"wheel"};
    PeGemmConfig config;
    PeGemm gemm;
    JobDriver scheduler{"scheduler", wheel};
    explicit GemmBench(PeGemmConfig of_gemm = {}) : config(of_gemm), gemm("gemm", config, wheel) {
        scheduler.engine.bind(gemm.control);
    }
    static Job tile(std::uint64_t m, std::uint64_t k, std::uint64_t n, Dtype dtype = Dtype::f16) {
        Job job;
        job.kind = JobKind::gemm;
        job.m = m, job.k = k, job.n = n;
        job.dtype = dtype;
        return job;
    }
};

TEST(PeGemm, OneDefaultTileTakesFlopOverRate) {
    PeRig rig;
    simulate([&] {
        rig.cpu.run(
            product(tl::CommandKind::gemm, in_tcm(0, {32, 64}), in_tcm(4096, {64, 32}), in_tcm(8192, {32, 32})));
        EXPECT_EQ(rig.gemm.busy(), 16.384_ns);
        EXPECT_EQ(rig.gemm.tiles(), 1u);
        EXPECT_EQ(rig.gemm.state(), EngineState::idle);
    });
}

TEST(PeGemm, PaysForAllRowsAndColumnsOfTheArrayButNotForM) {
    GemmBench bench;
    simulate([&] {
        EXPECT_EQ(bench.scheduler.time_of(bench.tile(32, 64, 32)), 16.384_ns);
        EXPECT_EQ(bench.scheduler.time_of(bench.tile(32, 1, 1)), 16.384_ns) << "64 x 32 of them idle";
        EXPECT_EQ(bench.scheduler.time_of(bench.tile(32, 65, 32)), 32.768_ns) << "two fills";
        EXPECT_EQ(bench.scheduler.time_of(bench.tile(32, 64, 33)), 32.768_ns);
        EXPECT_EQ(bench.scheduler.time_of(bench.tile(1, 64, 32)), 512_ps) << "m streams through";
    });
    EXPECT_EQ(bench.gemm.flop(), 2u * 32 * (64 * 32 + 1 + 65 * 32 + 64 * 33) + 2 * 64 * 32)
        << "what is counted is the product's, not the array's";
}

TEST(PeGemm, TakesLongerForF32AndByTheRate) {
    GemmBench bench({.rate = 4_TFLOPs, .f32_slowdown = 3});
    simulate([&] {
        EXPECT_EQ(bench.scheduler.time_of(bench.tile(32, 64, 32)), 32.768_ns);
        EXPECT_EQ(bench.scheduler.time_of(bench.tile(32, 64, 32, Dtype::f32)), 3 * 32.768_ns);
    });
}

TEST(PeGemm, ServesOneTileAtATimeInOrder) {
    GemmBench bench;
    simulate([&] {
        const auto& first = bench.scheduler.submit(bench.tile(32, 64, 32));
        const auto& second = bench.scheduler.submit(bench.tile(1, 64, 32));
        sc_core::wait(sc_core::sc_time(5, sc_core::SC_NS));
        const auto& third = bench.scheduler.submit(bench.tile(1, 64, 32));
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_EQ(first.done, 16.384_ns);
        EXPECT_EQ(second.job.issued, 0_ns);
        EXPECT_EQ(second.job.started, 16.384_ns) << "queueing is from issued to started";
        EXPECT_EQ(second.done, 16.384_ns + 512_ps);
        EXPECT_EQ(third.job.issued, 5_ns);
        EXPECT_EQ(third.done, 16.384_ns + 2 * 512_ps);
        EXPECT_EQ(bench.scheduler.completed, (std::vector<const JobDriver::Entry*>{&first, &second, &third}));
        EXPECT_FALSE(first.accepted) << "only stores are accepted before they are complete";
    });
    EXPECT_EQ(bench.gemm.tiles(), 3u);
}

TEST(PeGemm, SaysWhetherItWorksAndHowLongItHas) {
    GemmBench bench;
    simulate([&] {
        EXPECT_EQ(bench.gemm.state(), EngineState::idle);
        bench.scheduler.submit(bench.tile(32, 64, 32));
        sc_core::wait(sc_core::sc_time(10, sc_core::SC_NS));
        EXPECT_EQ(bench.gemm.state(), EngineState::busy);
        EXPECT_EQ(bench.gemm.busy(), 10_ns) << "up to now";
        sc_core::wait(sc_core::sc_time(10, sc_core::SC_NS));
        EXPECT_EQ(bench.gemm.state(), EngineState::idle);
        EXPECT_EQ(bench.gemm.busy(), 16.384_ns);
    });
}

TEST(PeGemm, RefusesBlockingCalls) {
    GemmBench bench;
    simulate([&] { EXPECT_EQ(bench.scheduler.block(bench.tile(1, 1, 1)), tlm::TLM_COMMAND_ERROR_RESPONSE); });
}

TEST(PeGemm, ForgetsItsJobsWithAReset) {
    GemmBench bench;
    simulate([&] {
        const auto& lost = bench.scheduler.submit(bench.tile(32, 64, 32));
        const auto& queued = bench.scheduler.submit(bench.tile(32, 64, 32));
        sc_core::wait(sc_core::sc_time(10, sc_core::SC_NS));
        bench.gemm.reset();
        EXPECT_EQ(bench.gemm.state(), EngineState::idle);
        EXPECT_EQ(bench.gemm.busy(), 0_ns);
        EXPECT_EQ(bench.gemm.flop(), 0u);
        const auto& next = bench.scheduler.submit(bench.tile(32, 64, 32));
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_FALSE(lost.done);
        EXPECT_FALSE(queued.done);
        EXPECT_EQ(next.done, 10_ns + 16.384_ns) << "the end of the lost one ends nothing";
    });
    EXPECT_EQ(bench.gemm.tiles(), 1u);
}

}  // namespace
}  // namespace ahbm::test
