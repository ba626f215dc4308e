// SPDX-License-Identifier: Apache-2.0
#include "models/pe_scheduler/tile_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

namespace ahbm {
namespace {

using testing::HasSubstr;
using tl::Command;
using tl::CommandKind;
using tl::Region;
using tl::Space;

constexpr tl::Backend::GemmTile kTile{32, 64, 32};
constexpr TileBuffers kBuffers{4u << 20, 4, 2};

Command product(std::uint32_t m, std::uint32_t k, std::uint32_t n, Space space = Space::global) {
    Command command{CommandKind::composite, {}, {}, {space, 1u << 20, {{m, n}, Dtype::f16, {}}, 0}};
    command.op.code = OpCode::matmul;
    command.op.k_tile = kTile.k;
    command.inputs = {{space, 0, {{m, k}, Dtype::f16, {}}, 0}, {space, 1u << 16, {{k, n}, Dtype::f16, {}}, 0}};
    return command;
}

/// Address of every element of a rectangle, through the pieces that append_pieces() cuts.
std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> addresses(const Region& matrix, const Rect& rect) {
    std::vector<Piece> pieces;
    append_pieces(matrix, rect, pieces);
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> found;
    for (const Piece& piece : pieces) {
        const std::uint64_t pitch = piece.region.contiguous() ? piece.region.row_bytes() : piece.region.row_pitch;
        for (std::uint64_t row = 0; row < piece.region.rows(); ++row) {
            for (std::uint64_t col = 0; col < piece.region.cols(); ++col) {
                EXPECT_TRUE(found
                                .emplace(std::pair{piece.row + row, piece.col + col},
                                         piece.region.address + row * pitch + col * size_of(matrix.view.dtype))
                                .second);
            }
        }
    }
    return found;
}

TEST(SubRegion, PiecesCoverARectangleOfAnyLayoutExactlyOnce) {
    for (const Layout layout : {Layout{}, Layout{8, 16}, Layout{5, 7}, Layout{64, 64}}) {
        const Region matrix{Space::global, 1000, {{37, 41}, Dtype::f32, layout}, 0};
        for (const Rect rect :
             {Rect{0, 0, 8, 16}, Rect{8, 16, 8, 16}, Rect{32, 32, 5, 9}, Rect{3, 5, 20, 30}, Rect{36, 40, 1, 1}}) {
            const auto found = addresses(matrix, rect);
            ASSERT_EQ(found.size(), rect.rows * rect.cols);
            for (const auto& [place, address] : found) {
                EXPECT_EQ(address, 1000 + 4 * layout.index(37, 41, rect.row + place.first, rect.col + place.second));
            }
        }
    }
}

TEST(SubRegion, TileOfAMatchingBlockedLayoutIsOneContiguousPiece) {
    const Region matrix{Space::global, 0, {{64, 128}, Dtype::f16, {32, 64}}, 0};
    std::vector<Piece> pieces;
    append_pieces(matrix, {32, 64, 32, 64}, pieces);
    ASSERT_EQ(pieces.size(), 1u);
    EXPECT_TRUE(pieces[0].region.contiguous());
    EXPECT_EQ(pieces[0].region.address, 3u * 32 * 64 * 2);
}

TEST(SubRegion, TileOfAPitchedMatrixKeepsThePitch) {
    const Region matrix{Space::tcm, 64, {{40, 40}, Dtype::f16, {}}, 256};
    const auto found = addresses(matrix, {2, 3, 10, 10});
    EXPECT_EQ(found.at({0, 0}), 64u + 2 * 256 + 3 * 2);
    EXPECT_EQ(found.at({9, 9}), 64u + 11 * 256 + 12 * 2);
}

TEST(TilePlan, RunsMThenNThenKAndCutsEdgesExactly) {
    const TilePlan plan(product(70, 150, 50), kTile, kBuffers);
    EXPECT_EQ(plan.tiles(), 3u * 2 * 3);
    EXPECT_EQ(plan.outputs(), 6u);
    std::uint64_t flop = 0;
    for (std::uint64_t i = 0; i < plan.tiles(); ++i) {
        const Tile tile = plan.tile(i);
        EXPECT_EQ(tile.m.first, i / 6 * 32);
        EXPECT_EQ(tile.n.first, i / 3 % 2 * 32);
        EXPECT_EQ(tile.k.first, i % 3 * 64);
        EXPECT_EQ(tile.output, i / 3);
        flop += tile.flop();
    }
    EXPECT_EQ(flop, 2u * 70 * 150 * 50);
    const Tile last = plan.tile(17);
    EXPECT_EQ(last.m.count, 6u);
    EXPECT_EQ(last.n.count, 18u);
    EXPECT_EQ(last.k.count, 22u);
    EXPECT_TRUE(last.last_k);
}

TEST(TilePlan, BuffersInFlightNeverShareBytes) {
    Command command = product(64, 256, 64);
    command.op.epilogues = {{OpCode::add, EpilogueScope::output_tile, 0.0}};
    command.inputs.push_back({Space::global, 1u << 22, {{1, 64}, Dtype::f32, {}}, 0});
    const TilePlan plan(command, kTile, kBuffers);
    std::map<std::uint64_t, std::uint64_t> used;  // start -> end
    for (std::uint64_t i = 0; i < 4; ++i) {
        const Tile tile = plan.tile(i);
        for (std::size_t operand = 0; operand < 3; ++operand) {
            const Rect rect = plan.rect(operand, tile);
            const std::uint64_t start = plan.buffer(operand, tile);
            used[start] = start + rect.rows * rect.cols * size_of(plan.region(operand).view.dtype);
        }
    }
    for (std::uint64_t output = 0; output < 2; ++output) {
        const std::uint64_t start = plan.output_buffer(plan.tile(output * 4));
        used[start] = start + 32 * 32 * 2;
    }
    EXPECT_EQ(used.size(), 4u * 3 + 2);
    std::uint64_t end = 0;
    for (const auto& [first, last] : used) {
        EXPECT_GE(first, end);
        end = last;
    }
    EXPECT_LE(end, kBuffers.reserved);
}

TEST(TilePlan, FetchesAnEpiloguesRowOncePerOutputTile) {
    Command command = product(32, 192, 32);
    command.op.epilogues = {{OpCode::add, EpilogueScope::output_tile, 0.0},
                            {OpCode::relu, EpilogueScope::kernel, 0.0},
                            {OpCode::gelu, EpilogueScope::output_tile, 0.0}};
    command.inputs.push_back({Space::tcm, 0, {{1, 32}, Dtype::f16, {}}, 0});
    const TilePlan plan(command, kTile, kBuffers);
    EXPECT_FALSE(plan.needs(2, plan.tile(0)));
    EXPECT_FALSE(plan.needs(2, plan.tile(1)));
    EXPECT_TRUE(plan.needs(2, plan.tile(2)));
    EXPECT_FALSE(plan.epilogues(plan.tile(1)).any());
    EXPECT_EQ(plan.epilogues(plan.tile(2)).simple, 2u);
    EXPECT_EQ(plan.epilogues(plan.tile(2)).transcendental, 1u);
    EXPECT_FALSE(plan.every_k());
}

std::string refusal(const Command& command, const TileBuffers& buffers = kBuffers) {
    try {
        TilePlan plan(command, kTile, buffers);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

TEST(TilePlan, RefusesWhatDoesNotFitInASentence) {
    Command wrong_inner = product(32, 64, 32);
    wrong_inner.inputs[1].view.shape = {65, 32};
    EXPECT_THAT(refusal(wrong_inner), HasSubstr("(65, 32)"));

    Command wrong_result = product(32, 64, 32);
    wrong_result.output.view.shape = {32, 31};
    EXPECT_THAT(refusal(wrong_result), HasSubstr("the product is (32, 32), but it goes to (32, 31)"));

    EXPECT_THAT(refusal(product(32, 64, 32), {8192, 4, 2}),
                HasSubstr("tile buffers need 36864 bytes of TCM, scheduler_reserved is 8192"));

    Command wrong_k = product(32, 64, 32);
    wrong_k.op.k_tile = 16;
    wrong_k.op.epilogues = {{OpCode::scale, EpilogueScope::k_tile, 2.0}};
    EXPECT_THAT(refusal(wrong_k), HasSubstr("k_tile is 16"));
}

}  // namespace
}  // namespace ahbm
