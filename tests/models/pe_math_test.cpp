// SPDX-License-Identifier: Apache-2.0
// PeMath: ceil(elements / lanes) cycles per pass. By default 64 lanes at 1 GHz; exp and its like take 4 passes.
#include "models/pe_math/pe_math.h"
#include "tests/models/job_driver.h"
#include "tests/models/pe_rig.h"
#include "tests/support/sim_test.h"

namespace ahbm::test {
namespace {

struct MathBench {
    sim::WheelPump wheel{"wheel"};
    PeMathConfig config;
    PeMath math;
    JobDriver scheduler{"scheduler", wheel};
    explicit MathBench(PeMathConfig of_math = {}) : config(of_math), math("math", config, wheel) {
        scheduler.engine.bind(math.control);
    }
    static Job operation(std::uint64_t elements, std::uint32_t simple, std::uint32_t transcendental = 0) {
        Job job;
        job.kind = JobKind::math;
        job.elements = elements;
        job.simple_ops = simple;
        job.transcendental_ops = transcendental;
        return job;
    }
};

TEST(PeMath, TimeIsCyclesOfAllLanesTimesPasses) {
    PeRig rig;
    simulate([&] {
        // 1 ns dispatch, fetch 130 B, ceil(65 / 64) = 2 cycles, store 130 B; a port moves 512 B/ns.
        const auto& simple = rig.cpu.run(math_of(OpCode::relu, {in_tcm(0, {65})}, in_tcm(4096, {65})));
        EXPECT_EQ(*simple.done, 1_ns + 254_ps + 2_ns + 254_ps);
        const sim::Time start = *simple.done;
        const auto& transcendental = rig.cpu.run(math_of(OpCode::exp, {in_tcm(0, {65})}, in_tcm(4096, {65})));
        EXPECT_EQ(*transcendental.done - start, 1_ns + 254_ps + 8_ns + 254_ps);
        const sim::Time second = *transcendental.done;
        const auto& reduction = rig.cpu.run(math_of(OpCode::reduce_sum, {in_tcm(0, {4, 64})}, in_tcm(4096, {4, 1})));
        EXPECT_EQ(*reduction.done - second, 1_ns + 1_ns + 4_ns + 16_ps) << "a reduction passes all its input";
    });
}

TEST(PeMath, LanesWorkOrIdleTogether) {
    MathBench bench;
    simulate([&] {
        EXPECT_EQ(bench.scheduler.time_of(bench.operation(1, 1)), 1_ns);
        EXPECT_EQ(bench.scheduler.time_of(bench.operation(64, 1)), 1_ns);
        EXPECT_EQ(bench.scheduler.time_of(bench.operation(65, 1)), 2_ns);
        EXPECT_EQ(bench.scheduler.time_of(bench.operation(1024, 1)), 16_ns);
    });
    EXPECT_EQ(bench.math.elements(), 1u + 64 + 65 + 1024);
}

TEST(PeMath, ChainTakesThePassesOfAllItsOperations) {
    MathBench bench;
    simulate([&] {
        EXPECT_EQ(bench.scheduler.time_of(bench.operation(128, 3)), 6_ns);
        EXPECT_EQ(bench.scheduler.time_of(bench.operation(128, 0, 1)), 8_ns);
        EXPECT_EQ(bench.scheduler.time_of(bench.operation(128, 3, 2)), 2 * (3 + 2 * 4) * 1_ns);
    });
}

TEST(PeMath, TakesItsTimeFromTheConfiguration) {
    MathBench bench({.lanes = 16, .clock = 2_GHz, .transcendental_passes = 5});
    simulate([&] {
        EXPECT_EQ(bench.scheduler.time_of(bench.operation(64, 1)), 2_ns) << "four cycles of 0.5 ns";
        EXPECT_EQ(bench.scheduler.time_of(bench.operation(64, 1, 1)), 12_ns);
    });
}

TEST(PeMath, ServesOneOperationAtATimeInOrder) {
    MathBench bench;
    simulate([&] {
        const auto& first = bench.scheduler.submit(bench.operation(640, 1));
        const auto& second = bench.scheduler.submit(bench.operation(64, 1));
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_EQ(first.done, 10_ns);
        EXPECT_EQ(second.job.issued, 0_ns);
        EXPECT_EQ(second.job.started, 10_ns);
        EXPECT_EQ(second.done, 11_ns);
        EXPECT_EQ(bench.scheduler.completed, (std::vector<const JobDriver::Entry*>{&first, &second}));
    });
    EXPECT_EQ(bench.math.operations(), 2u);
}

TEST(PeMath, SaysWhetherItWorksAndHowLongItHas) {
    MathBench bench;
    simulate([&] {
        EXPECT_EQ(bench.math.state(), EngineState::idle);
        bench.scheduler.submit(bench.operation(640, 1));
        sc_core::wait(4, sc_core::SC_NS);
        EXPECT_EQ(bench.math.state(), EngineState::busy);
        EXPECT_EQ(bench.math.busy(), 4_ns);
        sc_core::wait(40, sc_core::SC_NS);
        EXPECT_EQ(bench.math.state(), EngineState::idle);
        EXPECT_EQ(bench.math.busy(), 10_ns);
    });
}

TEST(PeMath, RefusesBlockingCalls) {
    MathBench bench;
    simulate([&] { EXPECT_EQ(bench.scheduler.block(bench.operation(1, 1)), tlm::TLM_COMMAND_ERROR_RESPONSE); });
}

TEST(PeMath, ForgetsItsJobsWithAReset) {
    MathBench bench;
    simulate([&] {
        const auto& lost = bench.scheduler.submit(bench.operation(640, 1));
        const auto& queued = bench.scheduler.submit(bench.operation(640, 1));
        sc_core::wait(4, sc_core::SC_NS);
        bench.math.reset();
        EXPECT_EQ(bench.math.state(), EngineState::idle);
        EXPECT_EQ(bench.math.elements(), 0u);
        const auto& next = bench.scheduler.submit(bench.operation(640, 1));
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_FALSE(lost.done);
        EXPECT_FALSE(queued.done);
        EXPECT_EQ(next.done, 14_ns);
    });
    EXPECT_EQ(bench.math.operations(), 1u);
}

}  // namespace
}  // namespace ahbm::test
