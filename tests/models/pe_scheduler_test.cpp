// SPDX-License-Identifier: Apache-2.0
/// Times and order of commands: what overlaps, what waits, and what bounds a tiled product.
#include "tests/models/pe_rig.h"
#include "tests/support/sim_test.h"

#include <gmock/gmock.h>

namespace ahbm::test {
namespace {

using testing::HasSubstr;
using tl::CommandKind;

constexpr std::uint64_t kA = 8u << 20, kB = 10u << 20, kC = 12u << 20;  // beyond the reserved part of TCM
constexpr sim::Time kTile = 16.384_ns;

tl::Command composite(bool stream_a, bool stream_b, bool stream_c, std::uint32_t m, std::uint32_t k, std::uint32_t n) {
    const auto place = [](bool stream, std::uint64_t address, Shape shape) {
        return stream ? in_global(address, shape) : in_tcm(address, shape);
    };
    return product(CommandKind::composite, place(stream_a, kA, {m, k}), place(stream_b, kB, {k, n}),
                   place(stream_c, kC, {m, n}));
}

TEST(Composite, PinnedOperandsAreBoundByGemm) {
    PeRig rig;
    simulate([&] {
        const auto& record = rig.cpu.run(composite(false, false, false, 128, 128, 64));
        EXPECT_EQ(record.ticket.error, "");
        // dispatch + fetch of the first tile + 16 tiles back to back + store of the last output tile
        EXPECT_EQ(*record.done, 1_ns + 16_ns + 16 * kTile + 4_ns);
        const CompositeReport& report = rig.scheduler.reports().back();
        EXPECT_EQ(report.tiles, 16u);
        EXPECT_EQ(report.bound(), Stage::gemm);
        EXPECT_EQ(report[Stage::gemm].busy, 16 * kTile);
        EXPECT_EQ(report.idle(Stage::gemm), 16_ns + 4_ns);
        EXPECT_EQ(report[Stage::fetch].busy, 16 * 16_ns);
        EXPECT_EQ(report[Stage::store].busy, 8 * 4_ns);
        EXPECT_EQ(report[Stage::dma_in].busy, 0_ns);
    });
}

TEST(Composite, StreamedOperandsAreBoundByDma) {
    PeRig rig;
    rig.dma.latency = 50_ns;
    simulate([&] {
        const auto& record = rig.cpu.run(composite(true, true, true, 128, 128, 64));
        // dispatch + latency + 32 ns per tile + the last tile's fetch, gemm, store and transfer
        EXPECT_EQ(*record.done, 1_ns + 50_ns + 16 * 32_ns + 16_ns + kTile + 4_ns + 8_ns);
        EXPECT_EQ(rig.scheduler.reports().back().bound(), Stage::dma_in);
        EXPECT_EQ(rig.dma.jobs, 2u * 16 + 8);
    });
}

TEST(Composite, OneStreamedOperandKeepsGemmBusyDespiteTheRoundTrip) {
    PeRig rig;
    rig.dma.latency = 25_ns;
    simulate([&] {
        const auto& record = rig.cpu.run(composite(false, true, false, 128, 128, 64));
        // 16 ns of DMA per tile against 16.384 ns of GEMM: after the first tile the DMA is never waited for.
        EXPECT_EQ(*record.done, 1_ns + 25_ns + 16_ns + 16_ns + 16 * kTile + 4_ns);
        EXPECT_EQ(rig.scheduler.reports().back().bound(), Stage::gemm);
    });
}

TEST(Composite, ReportNamesMathAndDmaOutWhenTheyBound) {
    PeRig rig;
    simulate([&] {
        tl::Command command = composite(false, false, false, 128, 64, 64);
        command.op.epilogues = {{OpCode::gelu, EpilogueScope::output_tile, 0.0}};  // 4 x 16 cycles per tile
        rig.cpu.run(command);
        EXPECT_EQ(rig.scheduler.reports().back().bound(), Stage::math);
        rig.dma.bandwidth = 32_GBps;  // 64 ns per output tile
        rig.cpu.run(composite(false, false, true, 128, 64, 64));
        EXPECT_EQ(rig.scheduler.reports().back().bound(), Stage::dma_out);
    });
}

TEST(Composite, EpilogueAndGemmShareTheAcceleratorSlot) {
    PeRig rig;
    simulate([&] {
        tl::Command command = composite(false, false, false, 128, 64, 64);
        command.op.epilogues = {{OpCode::relu, EpilogueScope::output_tile, 0.0}};
        // 8 outputs of 16.384 + 16 ns, one after the other
        EXPECT_EQ(*rig.cpu.run(command).done, 1_ns + 16_ns + 8 * (kTile + 16_ns) + 4_ns);
    });
}

TEST(Composite, EpilogueOverlapsTheNextGemmWithoutSharedSlot) {
    PeSchedulerConfig config;
    config.share_accelerator_slot = false;
    config.accumulators = 3;
    PeRig rig(config);
    simulate([&] {
        tl::Command command = composite(false, false, false, 128, 64, 64);
        command.op.epilogues = {{OpCode::relu, EpilogueScope::output_tile, 0.0}};
        EXPECT_EQ(*rig.cpu.run(command).done, 1_ns + 16_ns + 8 * kTile + 16_ns + 4_ns);
    });
}

TEST(Composite, NeedsFewEventsPerTile) {
    PeRig rig;
    simulate([&] {
        const auto events = [&](std::uint32_t m) {
            const std::uint64_t before = rig.wheel.dispatched();
            rig.cpu.run(composite(false, false, false, m, 1024, 64));
            return rig.wheel.dispatched() - before;
        };
        const std::uint64_t small = events(32), large = events(32 * 9);
        EXPECT_EQ(large - small, 8u * (32 * 2 + 2)) << "FETCH and GEMM per tile, STORE per output tile";
    });
}

TEST(Gemm, ProductInTcmUsesTheSamePipeline) {
    PeRig rig;
    simulate([&] {
        const auto& record =
            rig.cpu.run(product(CommandKind::gemm, in_tcm(kA, {40, 100}), in_tcm(kB, {100, 8}), in_tcm(kC, {40, 8})));
        EXPECT_EQ(record.ticket.error, "");
        EXPECT_EQ(rig.gemm.flop(), 2u * 40 * 100 * 8);
        EXPECT_EQ(rig.gemm.tiles(), 4u);
    });
}

/// How long the array is busy with a product.
sim::Time array_time(PeRig& rig, std::uint32_t m, std::uint32_t k, std::uint32_t n, Dtype dtype) {
    const sim::Time before = rig.gemm.busy();
    const auto& record = rig.cpu.run(
        product(CommandKind::gemm, in_tcm(kA, {m, k}, dtype), in_tcm(kB, {k, n}, dtype), in_tcm(kC, {m, n}, dtype)));
    EXPECT_EQ(record.ticket.error, "");
    return rig.gemm.busy() - before;
}

TEST(Gemm, ATileCostsTheWholeArrayInKAndN) {
    // 2 m k n / (8 TFLOP/s) of the tile filled up to 64 x 32 in k and n: 8 x 64 x 32 is 4.096 ns.
    PeRig rig;
    simulate([&] {
        EXPECT_EQ(array_time(rig, 32, 64, 32, Dtype::f16), 16.384_ns) << "the specification's tile";
        EXPECT_EQ(array_time(rig, 8, 64, 32, Dtype::f16), 4.096_ns) << "m streams through: it is not rounded";
        EXPECT_EQ(array_time(rig, 8, 1, 1, Dtype::f16), 4.096_ns) << "k and n are";
        EXPECT_EQ(array_time(rig, 8, 65, 32, Dtype::bf16), 8.192_ns) << "one row more is a second tile";
        EXPECT_EQ(array_time(rig, 8, 64, 32, Dtype::f32), 16.384_ns) << "f32 at a quarter of the rate";
    });
}

TEST(Gemm, TheArraysSizeAndTheRateOfF32AreConfigured) {
    PeGemmConfig exact;
    exact.array_k = exact.array_n = 1, exact.f32_slowdown = 2;
    PeRig rig({}, shadow::Mode::off, exact);
    simulate([&] {
        EXPECT_EQ(array_time(rig, 8, 32, 8, Dtype::f16), 0.512_ns);
        EXPECT_EQ(array_time(rig, 8, 32, 8, Dtype::f32), 1.024_ns);
    });
}

TEST(Commands, IndependentOnesOverlapAndDependentOnesDoNot) {
    PeRig rig;
    rig.dma.latency = 100_ns;
    simulate([&] {
        const auto& load = rig.cpu.submit(read(in_global(0, {64, 64}), in_tcm(kA, {64, 64})));
        const auto& dependent = rig.cpu.submit(math_of(OpCode::relu, {in_tcm(kA, {64, 64})}, in_tcm(kB, {64, 64})));
        const auto& independent = rig.cpu.submit(math_of(OpCode::relu, {in_tcm(kC, {64})}, in_tcm(kC + 4096, {64})));
        rig.cpu.wait_for(dependent);
        EXPECT_EQ(*load.done, 1_ns + 100_ns + 32_ns);
        EXPECT_EQ(*independent.done, 2_ns + 250_ps + 1_ns + 250_ps) << "overtakes the command that waits";
        EXPECT_EQ(*dependent.done, *load.done + 1_ns + 16_ns + 64_ns + 16_ns);
    });
}

TEST(Commands, DisjointColumnsOfOneMatrixAreIndependent) {
    PeRig rig;
    rig.dma.latency = 100_ns;
    simulate([&] {
        tl::Region left = in_tcm(kA, {8, 32}), right = in_tcm(kA + 64, {8, 32});
        left.row_pitch = right.row_pitch = 128;
        rig.cpu.submit(read(in_global(0, {8, 32}), left));
        const auto& record = rig.cpu.run(math_of(OpCode::relu, {right}, in_tcm(kB, {8, 32})));
        EXPECT_LT(*record.done, 100_ns);
    });
}

TEST(Commands, MathExcludesGemmOnTheSharedSlot) {
    PeRig rig;
    simulate([&] {
        const auto& gemm = rig.cpu.submit(
            product(CommandKind::gemm, in_tcm(kA, {32, 64}), in_tcm(kB, {64, 32}), in_tcm(kC, {32, 32})));
        const auto& math = rig.cpu.submit(math_of(OpCode::relu, {in_tcm(kC + 65536, {64})}, in_tcm(kC + 69632, {64})));
        rig.cpu.wait_for(math);
        EXPECT_EQ(*gemm.done, 1_ns + 16_ns + kTile + 4_ns);
        // Its operand is there at 17.25 ns, the slot is free when the tile is done; then its store follows the
        // product's.
        EXPECT_EQ(*math.done, *gemm.done + 250_ps);
    });
}

TEST(Commands, MathRunsBesideGemmWithSlotsOfTheirOwn) {
    PeSchedulerConfig config;
    config.share_accelerator_slot = false;
    PeRig rig(config);
    simulate([&] {
        rig.cpu.submit(product(CommandKind::gemm, in_tcm(kA, {32, 64}), in_tcm(kB, {64, 32}), in_tcm(kC, {32, 32})));
        const auto& math = rig.cpu.submit(math_of(OpCode::relu, {in_tcm(kC + 65536, {64})}, in_tcm(kC + 69632, {64})));
        rig.cpu.wait_for(math);
        EXPECT_EQ(*math.done, 1_ns + 16_ns + 250_ps + 1_ns + 250_ps);
    });
}

TEST(Commands, StoreIsCompleteWhenAcceptedAndItsTargetWaitsForTheAcknowledgement) {
    PeRig rig;
    rig.dma.latency = 40_ns;
    simulate([&] {
        const auto& store = rig.cpu.submit(write(in_tcm(kA, {64, 64}), in_global(0, {64, 64})));
        const auto& reuse = rig.cpu.submit(math_of(OpCode::full, {}, in_tcm(kA, {64})));
        const auto& again = rig.cpu.submit(write(in_tcm(kB, {64, 64}), in_global(0, {64, 64})));
        const auto& fence = rig.cpu.submit({CommandKind::fence, {}, {}, {}});
        rig.cpu.wait_for(fence);
        EXPECT_EQ(*store.done, 1_ns + 32_ns);
        EXPECT_EQ(*reuse.done, *store.done + 1_ns + 1_ns + 250_ps);
        const sim::Time acknowledged = 1_ns + 32_ns + 80_ns;
        EXPECT_EQ(*again.done, acknowledged + 1_ns + 32_ns);
        EXPECT_EQ(*fence.done, *again.done + 80_ns + 1_ns);
        EXPECT_TRUE(rig.scheduler.idle());
    });
}

TEST(Commands, FullFifoHoldsTheSubmitterBack) {
    PeSchedulerConfig config;
    config.command_fifo_depth = 2;
    PeRig rig(config);
    simulate([&] {
        const auto& first = rig.cpu.submit(read(in_global(0, {64, 64}), in_tcm(kA, {64, 64})));
        const auto& second = rig.cpu.submit(read(in_global(0, {64, 64}), in_tcm(kB, {64, 64})));
        EXPECT_EQ(*second.taken, 0_ns);
        const auto& third = rig.cpu.submit(read(in_global(0, {64, 64}), in_tcm(kC, {64, 64})));
        EXPECT_EQ(*third.taken, *first.done);
        EXPECT_EQ(*first.done, 33_ns);
        rig.cpu.wait_for(third);
        EXPECT_EQ(rig.scheduler.commands_completed(), 3u);
    });
}

TEST(Commands, AfterAFailureTheKernelsLaterCommandsFailAndTheNextKernelRuns) {
    PeRig rig;
    rig.dma.unmapped = 0x5000;
    simulate([&] {
        const auto& bad = rig.cpu.submit(read(in_global(0x5000, {64}), in_tcm(kA, {64})));
        const auto& dependent = rig.cpu.submit(math_of(OpCode::relu, {in_tcm(kA, {64})}, in_tcm(kB, {64})));
        rig.cpu.wait_for(dependent);
        EXPECT_EQ(bad.ticket.error, "dma_read: unmapped address");
        EXPECT_EQ(dependent.ticket.error,
                  "not started, an earlier command of the kernel failed: dma_read: unmapped address");
        ++rig.cpu.kernel;
        EXPECT_EQ(rig.cpu.run(math_of(OpCode::relu, {in_tcm(kA, {64})}, in_tcm(kB, {64}))).ticket.error, "");
    });
}

TEST(Commands, RefusedStoreFailsItselfAndWhatFollows) {
    PeRig rig;
    rig.dma.unmapped = 0x5000;
    simulate([&] {
        const auto& bad = rig.cpu.run(write(in_tcm(kA, {64}), in_global(0x5000, {64})));
        EXPECT_EQ(bad.ticket.error, "dma_write: unmapped address");
        EXPECT_EQ(rig.cpu.run({CommandKind::fence, {}, {}, {}}).ticket.error, "dma_write: unmapped address");
        EXPECT_TRUE(rig.scheduler.idle());
    });
}

TEST(Composite, RefusedResultTileFailsTheCommandOnce) {
    PeRig rig;
    rig.dma.unmapped = kC + 64;  // the second output tile
    simulate([&] {
        const auto& record = rig.cpu.run(composite(true, true, true, 64, 64, 64));
        EXPECT_THAT(record.ticket.error, HasSubstr("tile at m=0 n=32 k=0: unmapped address"));
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_TRUE(rig.scheduler.idle());
        EXPECT_EQ(rig.scheduler.commands_completed(), 1u);
    });
}

TEST(Commands, FailingTileNamesItsCoordinatesAndDrainsThePipeline) {
    PeRig rig;
    rig.dma.unmapped = kA + 32 * 128 * 2;  // A's second tile row
    simulate([&] {
        const auto& record = rig.cpu.run(composite(true, true, true, 128, 128, 64));
        EXPECT_EQ(record.ticket.error,
                  "composite of (128, 128) f16 at global 0x800000 and (128, 64) f16 at global 0xa00000: "
                  "tile at m=32 n=0 k=0: unmapped address");
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_TRUE(rig.scheduler.idle());
    });
}

TEST(Commands, MalformedOnesFailWithASentence) {
    PeRig rig;
    simulate([&] {
        EXPECT_THAT(
            rig.cpu.run(product(CommandKind::gemm, in_tcm(kA, {32, 64}), in_tcm(kB, {63, 32}), in_tcm(kC, {32, 32})))
                .ticket.error,
            HasSubstr("(63, 32)"));
        ++rig.cpu.kernel;
        EXPECT_EQ(rig.cpu.run(math_of(OpCode::relu, {in_global(0, {4})}, in_tcm(kC, {4}))).ticket.error,
                  "relu: operands and result must be in tcm");
        ++rig.cpu.kernel;
        EXPECT_EQ(rig.cpu.run(read(in_global(0, {4}), in_tcm(kA, {5}))).ticket.error,
                  "dma_read: (4) f16 at global 0x0 does not fit (5) f16 at tcm 0x800000");
    });
}

TEST(Reset, ReturnsEveryBlockToItsInitialState) {
    PeRig rig;
    simulate([&] {
        rig.cpu.submit(composite(false, false, false, 128, 128, 64));
        sc_core::wait(60, sc_core::SC_NS);
        EXPECT_EQ(rig.gemm.state(), EngineState::busy);
        rig.scheduler.reset();
        rig.fetch_store.reset();
        rig.gemm.reset();
        rig.math.reset();
        rig.tcm.reset();
        EXPECT_TRUE(rig.scheduler.idle());
        EXPECT_EQ(rig.gemm.state(), EngineState::idle);
        const auto& record = rig.cpu.run(composite(false, false, false, 128, 128, 64));
        EXPECT_EQ(*record.done - 60_ns, 1_ns + 16_ns + 16 * kTile + 4_ns) << "as fresh";
    });
}

}  // namespace
}  // namespace ahbm::test
