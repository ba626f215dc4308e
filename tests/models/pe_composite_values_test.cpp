// SPDX-License-Identifier: Apache-2.0
/// What tiled products and vector operations compute, bit for bit against one evaluation of the whole operation.
#include "tests/models/pe_rig.h"
#include "tests/support/sim_test.h"

#include <gmock/gmock.h>

#include <cstring>

namespace ahbm::test {
namespace {

constexpr std::uint32_t kM = 70, kK = 150, kN = 50;

void poke(PeRig& rig, tl::Space space, std::uint64_t address, std::vector<std::byte> bytes) {
    if (space == tl::Space::global) {
        const std::uint64_t length = bytes.size();
        return rig.dma.memory.write(address, rig.recorder.constant(std::move(bytes)), 0, length, {});
    }
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(bytes.data()));
    payload.set_data_length(static_cast<unsigned>(bytes.size()));
    EXPECT_EQ(rig.cpu_tcm.tcm->transport_dbg(payload), bytes.size());
}

/// Writes a dense matrix as the region wants it; the gaps of a pitch stay unwritten.
void put(PeRig& rig, const tl::Region& region, const std::vector<std::byte>& dense) {
    const std::uint64_t element = size_of(region.view.dtype), rows = region.rows(), cols = region.cols();
    if (!region.contiguous()) {
        const auto bytes = static_cast<std::ptrdiff_t>(region.row_bytes());
        for (std::uint64_t row = 0; row < rows; ++row) {
            const auto first = dense.begin() + static_cast<std::ptrdiff_t>(row) * bytes;
            poke(rig, region.space, region.address + row * region.row_pitch, {first, first + bytes});
        }
        return;
    }
    std::vector<std::byte> stored(dense.size());
    for (std::uint64_t row = 0; row < rows; ++row) {
        for (std::uint64_t col = 0; col < cols; ++col) {
            std::memcpy(&stored[region.view.layout.index(rows, cols, row, col) * element],
                        &dense[(row * cols + col) * element], element);
        }
    }
    poke(rig, region.space, region.address, stored);
}

std::vector<std::byte> get(PeRig& rig, const tl::Region& region) {
    const shadow::Memory& memory = region.space == tl::Space::global ? rig.dma.memory : rig.tcm.memory();
    const std::uint64_t element = size_of(region.view.dtype), rows = region.rows(), cols = region.cols();
    shadow::Bundle bundle;
    if (region.contiguous()) {
        memory.read(region.address, region.view.bytes(), bundle);
    } else {
        for (std::uint64_t row = 0; row < rows; ++row)
            memory.read(region.address + row * region.row_pitch, region.row_bytes(), bundle);
    }
    const std::vector<std::byte> stored = rig.recorder.materialize(bundle);
    if (!region.contiguous()) return stored;
    std::vector<std::byte> dense(stored.size());
    for (std::uint64_t row = 0; row < rows; ++row) {
        for (std::uint64_t col = 0; col < cols; ++col) {
            std::memcpy(&dense[(row * cols + col) * element],
                        &stored[region.view.layout.index(rows, cols, row, col) * element], element);
        }
    }
    return dense;
}

struct Case {
    std::string name;
    tl::CommandKind kind;
    tl::Region a, b, c;
    std::vector<Epilogue> epilogues;
    std::vector<tl::Region> rows;  ///< their operands
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

tl::Region pitched(tl::Region region, std::uint64_t pitch) {
    region.row_pitch = pitch;
    return region;
}

const std::uint64_t kPinned = 8u << 20;
const Epilogue kBias{OpCode::add, EpilogueScope::output_tile, 0.0},
    kRelu{OpCode::relu, EpilogueScope::output_tile, 0.0};

std::vector<Case> cases() {
    using tl::CommandKind;
    const tl::Region global_a = in_global(0, {kM, kK}), global_b = in_global(1u << 20, {kK, kN}),
                     global_c = in_global(2u << 20, {kM, kN});
    const tl::Region pinned_a = in_tcm(kPinned, {kM, kK}), pinned_b = in_tcm(kPinned + (1u << 20), {kK, kN}),
                     pinned_c = in_tcm(kPinned + (2u << 20), {kM, kN});
    const tl::Region row = in_global(3u << 20, {1, kN}), pinned_row = in_tcm(kPinned + (3u << 20), {1, kN});
    return {
        {"streamed", CommandKind::composite, global_a, global_b, global_c, {}, {}},
        {"streamed_bias_relu", CommandKind::composite, global_a, global_b, global_c, {kBias, kRelu}, {row}},
        {"pinned_bias_relu", CommandKind::composite, pinned_a, pinned_b, pinned_c, {kBias, kRelu}, {pinned_row}},
        {"pinned_and_streamed", CommandKind::composite, pinned_a, global_b, global_c, {kBias}, {pinned_row}},
        {"blocked_as_the_tiles",
         CommandKind::composite,
         in_global(0, {kM, kK}, Dtype::f16, {32, 64}),
         in_global(1u << 20, {kK, kN}, Dtype::f16, {64, 32}),
         in_global(2u << 20, {kM, kN}, Dtype::f16, {32, 32}),
         {kBias, kRelu},
         {row}},
        {"blocked_across_the_tiles",
         CommandKind::composite,
         in_global(0, {kM, kK}, Dtype::f16, {48, 40}),
         in_tcm(kPinned, {kK, kN}, Dtype::f16, {20, 20}),
         in_tcm(kPinned + (1u << 20), {kM, kN}, Dtype::f16, {9, 11}),
         {kRelu},
         {}},
        {"blocked_result_in_global",
         CommandKind::composite,
         global_a,
         global_b,
         in_global(2u << 20, {kM, kN}, Dtype::f16, {24, 24}),
         {},
         {}},
        {"pitched",
         CommandKind::composite,
         pitched(global_a, 512),
         pitched(pinned_b, 256),
         pitched(global_c, 1024),
         {kBias},
         {row}},
        {"scale_behind_every_k",
         CommandKind::composite,
         global_a,
         pinned_b,
         global_c,
         {{OpCode::scale, EpilogueScope::k_tile, 0.5}, kBias},
         {row}},
        {"row_behind_every_k",
         CommandKind::composite,
         global_a,
         global_b,
         global_c,
         {{OpCode::mul, EpilogueScope::k_tile, 0.0}, kRelu},
         {in_global(3u << 20, {3, kN})}},
        {"dot", CommandKind::gemm, pinned_a, pinned_b, pinned_c, {}, {}},
        {"f32_result",
         CommandKind::composite,
         global_a,
         global_b,
         in_global(2u << 20, {kM, kN}, Dtype::f32),
         {kBias},
         {row}},
    };
}

class Product : public testing::TestWithParam<Case> {};

TEST_P(Product, EqualsTheWholeMatmulBitForBit) {
    const Case& c = GetParam();
    PeRig rig({}, shadow::Mode::lazy);
    rig.dma.latency = 30_ns;
    tl::Command command = product(c.kind, c.a, c.b, c.c);
    command.op.k_tile = 64;
    command.op.epilogues = c.epilogues;
    command.inputs.insert(command.inputs.end(), c.rows.begin(), c.rows.end());

    std::vector<std::vector<std::byte>> data;
    std::vector<Operand> operands;
    data.reserve(command.inputs.size());
    for (const tl::Region& input : command.inputs) {
        data.push_back(random_f16(input.view.shape.elements(), data.size() + 1));
        operands.push_back({{input.view.shape, input.view.dtype, {}}, data.back()});
    }
    const View result{{kM, kN}, c.c.view.dtype, {}};
    std::vector<std::byte> expected(result.bytes());
    evaluate(command.op, operands, result, expected);

    simulate([&] {
        for (std::size_t i = 0; i < data.size(); ++i) put(rig, command.inputs[i], data[i]);
        EXPECT_EQ(rig.cpu.run(command).ticket.error, "");
        rig.cpu.run({tl::CommandKind::fence, {}, {}, {}});
        EXPECT_TRUE(get(rig, c.c) == expected);
        EXPECT_TRUE(rig.recorder.uninitialised_reads().empty());
    });
}
INSTANTIATE_TEST_SUITE_P(Layouts, Product, testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

TEST(ProductErrors, UninitialisedOperandNamesTileAndPlace) {
    PeRig rig({}, shadow::Mode::lazy);
    const tl::Region a = in_tcm(kPinned, {64, 64}), b = in_tcm(kPinned + (1u << 20), {64, 32});
    simulate([&] {
        put(rig, b, random_f16(64 * 32, 1));
        put(rig, in_tcm(kPinned, {32, 64}), random_f16(32 * 64, 2));  // the first half of A
        EXPECT_EQ(
            rig.cpu.run(product(tl::CommandKind::gemm, a, b, in_tcm(kPinned + (2u << 20), {64, 32}))).ticket.error,
            "gemm of (64, 64) f16 at tcm 0x800000 and (64, 32) f16 at tcm 0x900000: tile at m=32 n=0 k=0: "
            "uninitialised read of tcm+0x801000, (32, 64) f16: nobody has written byte 0 of it");
    });
}

TEST(MathValues, ChainOfCommandsThroughTcm) {
    PeRig rig({}, shadow::Mode::lazy);
    const std::vector<std::byte> x = random_f16(16 * 8, 3);
    put(rig, in_global(0, {16, 8}), x);
    const View view{{16, 8}, Dtype::f16, {}};
    std::vector<std::byte> doubled(x.size()), expected(x.size());
    evaluate(op(OpCode::add), std::vector<Operand>{{view, x}, {view, x}}, view, doubled);
    evaluate(op(OpCode::relu), std::vector<Operand>{{view, doubled}}, view, expected);
    simulate([&] {
        tl::Region inner = in_tcm(kPinned + 0x10000, {16, 8});
        inner.row_pitch = 64;
        rig.cpu.submit(read(in_global(0, {16, 8}), in_tcm(kPinned, {16, 8})));
        rig.cpu.submit(math_of(OpCode::add, {in_tcm(kPinned, {16, 8}), in_tcm(kPinned, {16, 8})}, inner));
        rig.cpu.submit(math_of(OpCode::relu, {inner}, in_tcm(kPinned, {16, 8})));
        rig.cpu.submit(write(in_tcm(kPinned, {16, 8}), in_global(0x1000, {16, 8})));
        rig.cpu.run({tl::CommandKind::fence, {}, {}, {}});
        EXPECT_TRUE(get(rig, in_global(0x1000, {16, 8})) == expected);
    });
}

TEST(Shadow, ChangesNoTime) {
    // Both modes cannot run in one process; the expected time is that of Composite.StreamedOperandsAreBoundByDma.
    PeRig rig({}, shadow::Mode::lazy);
    rig.dma.latency = 50_ns;
    put(rig, in_global(8u << 20, {128, 128}), random_f16(128 * 128, 1));
    put(rig, in_global(10u << 20, {128, 64}), random_f16(128 * 64, 2));
    simulate([&] {
        const auto& record = rig.cpu.run(product(tl::CommandKind::composite, in_global(8u << 20, {128, 128}),
                                                 in_global(10u << 20, {128, 64}), in_global(12u << 20, {128, 64})));
        EXPECT_EQ(record.ticket.error, "");
        EXPECT_EQ(*record.done, 1_ns + 50_ns + 16 * 32_ns + 16_ns + 16.384_ns + 4_ns + 8_ns);
    });
}

}  // namespace
}  // namespace ahbm::test
