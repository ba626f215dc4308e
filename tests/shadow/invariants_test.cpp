// SPDX-License-Identifier: Apache-2.0
/// The invariants of the data shadow, as far as values, memories and the recorder alone can show them. S5 and S9's
/// timing side need queues and a fabric.
#include "shadow/memory.h"
#include "shadow/recorder.h"
#include "tests/shadow/tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace ahbm;
using namespace ahbm::shadow;
using namespace ahbm::test;
using namespace ahbm::sim::literals;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::ThrowsMessage;

namespace {

/// A PE reduced to what the shadow sees: memories, and operations between them.
struct ShadowInvariant : testing::Test {
    Recorder recorder{{}};
    Memory tcm, hbm, sram;

    static View view(Shape shape) { return {shape, Dtype::f16, {}}; }

    void put(Memory& memory, std::uint64_t address, const Bundle& bytes, sim::Time visible = 0_ns) {
        memory.write(address, bytes, 0, bytes.size(), visible);
    }
    void fill(Memory& memory, std::uint64_t address, Shape shape, double value) {
        put(memory, address, recorder.constant(encode(Dtype::f16, std::vector<double>(shape.elements(), value))));
    }
    BoundOperand bind(const Memory& memory, std::uint64_t address, const View& what,
                      std::string_view name = "pe0.tcm") const {
        BoundOperand operand{what, {}, {name, address}};
        memory.read(address, what.bytes(), operand.bytes);
        return operand;
    }
    Bundle record(const OpSpec& spec, std::vector<BoundOperand> operands, Shape result) {
        return recorder.record({"pe0.math", "math", 10_ns, 20_ns}, spec, std::move(operands), view(result),
                               {"pe0.tcm", 0x9000});
    }
    std::vector<double> values(const Bundle& bytes) { return decode(Dtype::f16, recorder.materialize(bytes)); }
    std::vector<double> values(const Memory& memory, std::uint64_t address, Shape shape) {
        return values(bind(memory, address, view(shape)).bytes);
    }
};

}  // namespace

TEST_F(ShadowInvariant, S1_BoundOperandNeverChanges) {
    fill(tcm, 0, {16, 1}, 7);
    const Bundle result = record(op(OpCode::neg), {bind(tcm, 0, view({16, 1}))}, {16, 1});
    fill(tcm, 0, {16, 1}, 99);
    EXPECT_THAT(values(result), Each(-7));
}

TEST_F(ShadowInvariant, S2_WrapWithAnotherShapeLosesNothing) {
    fill(tcm, 0, {16, 1}, 7);
    const Bundle result = record(op(OpCode::neg), {bind(tcm, 0, view({16, 1}))}, {16, 1});
    fill(tcm, 0, {16, 64}, 99);
    EXPECT_THAT(values(result), Each(-7));
    EXPECT_THAT(values(tcm, 0, {16, 64}), Each(99));
}

TEST_F(ShadowInvariant, S3_OperandsBindIndependently) {
    fill(tcm, 0x000, {8}, 1);   // scratch
    fill(tcm, 0x100, {8}, 10);  // slot
    BoundOperand scratch = bind(tcm, 0x000, view({8}));
    fill(tcm, 0x000, {8}, 2);
    BoundOperand slot = bind(tcm, 0x100, view({8}));
    fill(tcm, 0x100, {8}, 20);  // wraps
    const Bundle result = record(op(OpCode::add), {std::move(scratch), std::move(slot)}, {8});
    EXPECT_THAT(values(result), Each(11));
}

TEST_F(ShadowInvariant, S4_ValuesKnownOnlyInReplayFlowThroughForwards) {
    std::vector<Memory> ring(8);
    fill(ring[0], 0, {32}, 1.5);
    std::vector<double> eager(32, 1.5);
    for (std::size_t hop = 0; hop < 7; ++hop) {
        const Bundle scaled = record(op(OpCode::scale, 1.25), {bind(ring[hop], 0, view({32}))}, {32});
        put(ring[hop], 0x400, scaled);                                    // result in scratch
        put(ring[hop + 1], 0, bind(ring[hop], 0x400, view({32})).bytes);  // sent on, byte ranges only
        for (double& v : eager) v = half_to_double(double_to_half(v * 1.25));
    }
    EXPECT_EQ(recorder.stats().evaluated, 0u) << "nothing is computed before somebody asks";
    EXPECT_EQ(values(ring[7], 0, {32}), eager);
}

TEST_F(ShadowInvariant, S6_EachOperandCarriesItsOwnSpace) {
    fill(hbm, 0x1000, {4}, 3);
    fill(tcm, 0x1000, {4}, 5);
    put(sram, 0x1000, record(op(OpCode::sub), {bind(hbm, 0x1000, view({4})), bind(tcm, 0x1000, view({4}))}, {4}));
    EXPECT_THAT(values(sram, 0x1000, {4}), Each(-2));
    EXPECT_THAT(values(hbm, 0x1000, {4}), Each(3));
    EXPECT_THAT(values(tcm, 0x1000, {4}), Each(5));
}

TEST_F(ShadowInvariant, S7_ScratchReuseAcrossKernels) {
    fill(tcm, 0x200, {2, 2}, 3);
    const Bundle x =
        record(op(OpCode::matmul), {bind(tcm, 0x200, view({2, 2})), bind(tcm, 0x200, view({2, 2}))}, {2, 2});
    put(tcm, 0, x);
    const Bundle y = record(op(OpCode::add), {bind(tcm, 0, view({2, 2})), bind(tcm, 0x200, view({2, 2}))}, {2, 2});
    put(tcm, 0, y);
    put(hbm, 0x40, bind(tcm, 0, view({2, 2})).bytes);
    EXPECT_THAT(values(hbm, 0x40, {2, 2}), Each(21));
}

TEST_F(ShadowInvariant, S8_ZerosAreWrittenAndEmptyIsReported) {
    put(tcm, 0, record(op(OpCode::full, 0), {}, {8}));
    record(op(OpCode::neg), {bind(tcm, 0, view({8}))}, {8});
    EXPECT_TRUE(recorder.uninitialised_reads().empty());

    const Bundle result = record(op(OpCode::copy), {bind(tcm, 8, view({8}))}, {8});  // half of it never written
    ASSERT_EQ(recorder.uninitialised_reads().size(), 1u);
    EXPECT_EQ(to_string(recorder.uninitialised_reads()[0]),
              "math by pe0.math at 10.000 ns reads 8 unwritten bytes at pe0.tcm+0x10, the rest of it written by "
              "value #1, math by pe0.math");
    const auto bits = values_of<std::uint16_t>(recorder.materialize(result));
    EXPECT_THAT(bits, testing::ElementsAre(0, 0, 0, 0, 0x7E00, 0x7E00, 0x7E00, 0x7E00));

    record(op(OpCode::neg), {bind(hbm, 0x40, view({8}), "pe0.hbm")}, {8});
    ASSERT_EQ(recorder.uninitialised_reads().size(), 2u);
    EXPECT_EQ(recorder.uninitialised_reads()[1].producer, "nobody");

    // What one component reads in one way from one memory is one finding.
    record(op(OpCode::neg), {bind(hbm, 0x80, view({8}), "pe0.hbm")}, {8});
    ASSERT_EQ(recorder.uninitialised_reads().size(), 2u);
    EXPECT_EQ(to_string(recorder.uninitialised_reads()[1]),
              "math by pe0.math at 10.000 ns reads 32 unwritten bytes in 2 reads, the first at pe0.hbm+0x40, the rest "
              "of it written by nobody");
}

TEST_F(ShadowInvariant, S9_ReadBeforeVisibilityBindsTheOldVersion) {
    fill(sram, 0, {4}, 1);
    const Bundle stored = recorder.constant(encode(Dtype::f16, {2, 2, 2, 2}));  // under way, not visible
    const BoundOperand early = bind(sram, 0, view({4}));
    put(sram, 0, stored, 50_ns);
    EXPECT_THAT(values(record(op(OpCode::neg), {early}, {4})), Each(-1));
    EXPECT_THAT(values(record(op(OpCode::neg), {bind(sram, 0, view({4}))}, {4})), Each(-2));
    EXPECT_EQ(sram.version_at(0)->visible, 50_ns);
}

namespace {
/// A random dataflow over few, reused slots; returns every result's bytes.
std::vector<Bytes> random_program(Recorder& recorder, std::optional<std::uint64_t> shuffle_seed) {
    std::mt19937_64 random(42);
    const View view{{24}, Dtype::f16, {}};
    Memory tcm;
    std::vector<Bundle> results;
    for (std::uint64_t slot = 0; slot < 6; ++slot) {
        tcm.write(slot * 48, recorder.constant(random_tensor({24}, Dtype::f16, slot).bytes), 0, 48, 0_ns);
    }
    const OpCode codes[] = {OpCode::add, OpCode::sub, OpCode::mul, OpCode::maximum, OpCode::minimum};
    for (int i = 0; i < 400; ++i) {
        std::vector<BoundOperand> operands(2);
        for (BoundOperand& operand : operands) {
            operand.view = view;
            operand.place = {"tcm", random() % 240};  // straddles slots: operands of several values
            operand.place.address &= ~std::uint64_t{1};
            tcm.read(operand.place.address, 48, operand.bytes);
        }
        const OpCode code = codes[random() % 5];
        const std::uint64_t to = random() % 6 * 48;
        results.push_back(
            recorder.record({"pe0.math", "math", 0_ns, 1_ns}, op(code), std::move(operands), view, {"tcm", to}));
        tcm.write(to, results.back(), 0, 48, 1_ns);
    }
    if (shuffle_seed) recorder.evaluate_pending(shuffle_seed);
    std::vector<Bytes> bytes;
    for (const Bundle& result : results) bytes.push_back(recorder.materialize(result));
    return bytes;
}
}  // namespace

TEST_F(ShadowInvariant, S10_PermutedAndThreadedReplayGiveIdenticalBytes) {
    const auto expected = random_program(recorder, std::nullopt);
    EXPECT_EQ(recorder.stats().evaluated, 400u) << "each promise is produced once";
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Recorder permuted{{}};
        ASSERT_EQ(random_program(permuted, seed), expected) << "seed " << seed;
        EXPECT_EQ(permuted.stats().evaluated, 400u);
    }
    for (std::uint64_t bound : {0, 1, 7, 4096}) {
        for (Mode mode : {Mode::lazy, Mode::background}) {
            Recorder bounded{{.mode = mode, .max_pending_operations = bound}};
            ASSERT_EQ(random_program(bounded, std::nullopt), expected) << "bound " << bound;
            EXPECT_EQ(bounded.stats().evaluated, 400u);
        }
    }
}

TEST_F(ShadowInvariant, S11_MemoryIsBoundedOverLongRuns) {
    for (Mode mode : {Mode::lazy, Mode::background}) {
        Recorder bounded{{.mode = mode, .max_pending_operations = 64}};
        Memory slots;
        std::uint64_t most_values = 0, most_bytes = 0;
        const View panel{{32, 32}, Dtype::f16, {}};
        Bundle sum = bounded.constant(Bytes(panel.bytes()));
        for (std::uint64_t i = 0; i < 10'000; ++i) {
            const std::uint64_t slot = i % 8 * panel.bytes();
            const Bundle fresh =
                bounded.record({"pe0", "math", 0_ns, 0_ns}, op(OpCode::full, 1), {}, panel, {"tcm", slot});
            slots.write(slot, fresh, 0, fresh.size(), 0_ns);
            BoundOperand received{panel, {}, {"tcm", slot}};
            slots.read(slot, panel.bytes(), received.bytes);
            sum = bounded.record({"pe0", "math", 0_ns, 0_ns}, op(OpCode::add), {received, {panel, sum, {"tcm", 0}}},
                                 panel, {"tcm", 0});
            most_values = std::max(most_values, bounded.stats().live_values);
            most_bytes = std::max(most_bytes, bounded.stats().live_bytes);
        }
        EXPECT_LT(most_values, 64u + 8 + 16);
        EXPECT_LT(most_bytes, (64u + 8 + 16) * panel.bytes());
        EXPECT_THAT(decode(Dtype::f16, bounded.materialize(sum)), Each(2048)) << "f16 sums of ones stop at 2048";
        EXPECT_LE(bounded.stats().live_values, 10u) << "the slots and the sum";
    }
}

TEST_F(ShadowInvariant, S12_TiledGemmWithEdgeTilesEqualsTheWhole) {
    const Tensor a = random_tensor({37, 50}, Dtype::f16, 1), b = random_tensor({50, 21}, Dtype::f16, 2);
    const Tensor bias = random_tensor({1, 21}, Dtype::f16, 3);
    put(hbm, 0, recorder.constant(a.bytes));
    put(hbm, 0x4000, recorder.constant(b.bytes));
    put(hbm, 0x8000, recorder.constant(bias.bytes));
    OpSpec gemm = op(OpCode::matmul);
    gemm.epilogues = {{OpCode::add, EpilogueScope::output_tile, 0}, {OpCode::relu, EpilogueScope::output_tile, 0}};
    const std::uint32_t tm = 16, tn = 8;
    for (std::uint32_t m = 0; m < 37; m += tm) {
        for (std::uint32_t n = 0; n < 21; n += tn) {
            const std::uint32_t rows = std::min(tm, 37 - m), cols = std::min(tn, 21 - n);
            const auto columns = [&](std::uint64_t base, std::uint32_t height) {
                BoundOperand operand{view({height, cols}), {}, {"hbm", base}};
                for (std::uint32_t r = 0; r < height; ++r)
                    hbm.read(base + (r * 21u + n) * 2u, cols * 2u, operand.bytes);
                return operand;
            };
            const Bundle tile = record(
                gemm, {bind(hbm, m * 100u, view({rows, 50})), columns(0x4000, 50), columns(0x8000, 1)}, {rows, cols});
            for (std::uint32_t r = 0; r < rows; ++r) {
                hbm.write(0x10000 + ((m + r) * 21u + n) * 2u, tile, r * cols * 2u, cols * 2u, 0_ns);
            }
        }
    }
    const auto x = a.values(), y = b.values(), z = bias.values(), result = values(hbm, 0x10000, {37, 21});
    for (std::size_t i = 0; i < 37; ++i) {
        for (std::size_t j = 0; j < 21; ++j) {
            float c = 0;
            for (std::size_t k = 0; k < 50; ++k)
                c += static_cast<float>(x[i * 50 + k]) * static_cast<float>(y[k * 21 + j]);
            c = std::max(c + static_cast<float>(z[j]), 0.0f);
            ASSERT_EQ(result[i * 21 + j], half_to_double(double_to_half(c))) << i << ", " << j;
        }
    }
}

TEST_F(ShadowInvariant, S13_WhatDoesNotFitIsAHardError) {
    fill(tcm, 0x1200, {32, 32}, 1);
    BoundOperand operand = bind(tcm, 0x1200, view({32, 32}));
    operand.view = view({32, 64});
    EXPECT_THAT(
        [&] {
            record(op(OpCode::neg), {operand}, {32, 64});
        },
        ThrowsMessage<BindingError>("neg (math by pe0.math at 10000 ps): operand 0 at pe0.tcm+0x1200 [0x1200..0x2200): "
                                    "expected (32, 64) f16, 4096 bytes; found 2048 bytes: #1[0..2048)"));
    operand.view = view({32, 32});
    EXPECT_THAT(
        [&] {
            record(op(OpCode::neg), {operand}, {16, 64});
        },
        ThrowsMessage<BindingError>(
            AllOf(HasSubstr("neg (math by pe0.math at 10000 ps)"),
                  HasSubstr("the result is (16, 64), the operands give (32, 32)"),
                  HasSubstr("operand 0 at pe0.tcm+0x1200: (32, 32) f16, 2048 bytes, holds #1[0..2048)"))));
    EXPECT_EQ(recorder.stats().recorded, 0u);
}

TEST_F(ShadowInvariant, S14_KeysAreOffsetsWithinOneMemory) {
    // An offset whose high bits would name another PE in a virtual address is an offset like any other.
    Memory other;
    fill(other, 0x40, {4}, 1);
    fill(tcm, 0x0000'7000'0000'0040, {4}, 9);
    EXPECT_THAT(values(other, 0x40, {4}), Each(1));
    EXPECT_THAT(values(tcm, 0x0000'7000'0000'0040, {4}), Each(9));
    EXPECT_FALSE(tcm.version_at(0x40).has_value());
}
