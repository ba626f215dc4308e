// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/tl_bench.h"

#include <gtest/gtest.h>

namespace ahbm::tl::test {
namespace {

Floats counting(std::size_t count) {
    Floats values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
    return values;
}

TEST(TlMemory, LoadAndStoreBlocksOfADenseShard) {
    Bench bench;
    const TensorArg source = bench.place({{4, 6}, Dtype::f16, {}}, counting(24));
    const TensorArg target = bench.place({{4, 6}, Dtype::f16, {}}, Floats(24, -1));
    bench.run([&](Program& tl) {
        const Tensor block = tl.load(tl.view(source, 1, 2, 2, 3));
        EXPECT_EQ(block.shape(), (Shape{2, 3}));
        tl.store(tl.view(target, 2, 3, 2, 3), block);
    });
    EXPECT_EQ(bench.read(target), (Floats{-1, -1, -1, -1, -1, -1,  //
                                          -1, -1, -1, -1, -1, -1,  //
                                          -1, -1, -1, 8,  9,  10,  //
                                          -1, -1, -1, 14, 15, 16}));
}

TEST(TlMemory, BlockedShardGivesWholeTilesAndStripes) {
    Bench bench;
    const Layout tiles{2, 3};
    const TensorArg source = bench.place({{5, 8}, Dtype::f32, tiles}, counting(40));  // edge tiles at both ends
    const auto loaded = [&](std::uint64_t row, std::uint64_t col, std::uint64_t rows, std::uint64_t cols) {
        return bench.value([&](Program& tl) { return tl.load(tl.view(source, row, col, rows, cols)); }).values;
    };
    EXPECT_EQ(loaded(2, 3, 2, 3), (Floats{19, 20, 21, 27, 28, 29}));
    EXPECT_EQ(loaded(2, 6, 2, 2), (Floats{22, 23, 30, 31}));
    EXPECT_EQ(loaded(4, 6, 1, 2), (Floats{38, 39}));
    EXPECT_EQ(loaded(0, 3, 2, 5), (Floats{3, 4, 5, 6, 7, 11, 12, 13, 14, 15}));
    const Floats all = counting(40);
    EXPECT_EQ(loaded(2, 0, 3, 8), Floats(all.begin() + 16, all.end()));
    EXPECT_EQ(loaded(0, 0, 5, 8), all);
}

TEST(TlMemory, StoreChangesTheLayoutWhereItHasTo) {
    Bench bench;
    const TensorArg dense = bench.place({{5, 8}, Dtype::f16, {}}, counting(40));
    const TensorArg blocked = bench.reserve({{5, 8}, Dtype::f16, {2, 3}});
    const TensorArg back = bench.reserve({{5, 8}, Dtype::f16, {}});
    bench.run([&](Program& tl) {
        tl.store(tl.view(blocked), tl.load(tl.view(dense)));
        tl.store(tl.view(back), tl.load(tl.view(blocked)));
    });
    EXPECT_EQ(bench.read(blocked), counting(40));
    EXPECT_EQ(bench.read(back), counting(40));
    EXPECT_NE(bench.runner.read(blocked.base, 80), bench.runner.read(dense.base, 80)) << "tiles lie one by one";
}

TEST(TlMemory, BlockedTensorsComputeLikeDenseOnes) {
    Bench bench;
    const TensorArg blocked = bench.place({{4, 6}, Dtype::f32, {2, 3}}, counting(24));
    const auto doubled = bench.value([&](Program& tl) {
        const Tensor x = tl.load(tl.view(blocked));
        return x + tl.reshape(tl.reshape(x, {24}), {4, 6});
    });
    for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(doubled.values[i], 2.0f * static_cast<float>(i));
}

TEST(TlMemory, FlatViewsFollowTheOrderInMemory) {
    Bench bench;
    const TensorArg blocked = bench.place({{4, 4}, Dtype::f32, {2, 2}}, counting(16));
    EXPECT_EQ(bench.value([&](Program& tl) { return tl.load(tl.flat(blocked, 3, 4)); }).values, (Floats{5, 2, 3, 6}));
}

TEST(TlMemory, CopyThroughChunks) {
    // 1 KiB of TCM against 4 KiB of data.
    Bench bench({.tcm_bytes = 1024});
    const View whole{{32, 64}, Dtype::f16, {}};
    const Floats values = random_values(32 * 64, -8, 8, 6);
    const TensorArg source = bench.place(whole, values), flat = bench.reserve(whole);
    const TensorArg pitched = bench.place(whole, Floats(32 * 64, 0));
    bench.run([&](Program& tl) {
        tl.copy(tl.view(flat), tl.view(source));
        tl.copy(tl.view(pitched, 1, 8, 30, 40), tl.view(source, 0, 0, 30, 40));
    });
    EXPECT_EQ(bench.read(flat), values);
    const Floats moved = bench.read(pitched);
    for (std::size_t row = 0; row < 32; ++row) {
        for (std::size_t col = 0; col < 64; ++col) {
            const bool inside = row >= 1 && row < 31 && col >= 8 && col < 48;
            EXPECT_EQ(moved[row * 64 + col], inside ? values[(row - 1) * 64 + col - 8] : 0.0f) << row << ", " << col;
        }
    }
}

TEST(TlMemory, CopyBetweenLayouts) {
    Bench bench;
    const TensorArg source = bench.place({{6, 6}, Dtype::i32, {4, 4}}, counting(36));
    const TensorArg target = bench.reserve({{6, 6}, Dtype::i32, {}});
    bench.run([&](Program& tl) { tl.copy(tl.view(target), tl.view(source)); });
    EXPECT_EQ(bench.read(target), counting(36));
}

TEST(TlMemory, HandlesGiveTheirBytesBack) {
    Bench bench({.tcm_bytes = 4096});
    bench.run([](Program& tl) {
        EXPECT_EQ(tl.tcm_room(), 4096u);
        const Tensor first = tl.empty({16, 16}, Dtype::f32);
        {
            const Tensor second = tl.empty({8, 8}, Dtype::f32), copy = second;
            EXPECT_EQ(second.address(), 1024u);
            EXPECT_EQ(tl.tcm_room(), 4096u - 1024 - 256);
        }
        EXPECT_EQ(tl.tcm_room(), 4096u - 1024);
        EXPECT_EQ(tl.empty({1}, Dtype::i8).address(), 1024u);
        EXPECT_NE(first.id(), tl.empty({1}, Dtype::i8).id());
    });
}

TEST(TlMemory, ExhaustedTcmTellsWhatIsLeft) {
    Bench bench({.num_cubes = 2, .num_pes_per_cube = 2, .tcm_bytes = 4096});
    EXPECT_EQ(bench.error([](Program& tl) {
        if (tl.program_id(0) != 1 || tl.program_id(1) != 1) return;
        Tensor low = tl.empty({256}, Dtype::f32);
        const Tensor middle = tl.empty({256}, Dtype::f32);
        low = {};
        tl.full({32, 32}, 1.0, Dtype::f32);
    }),
              "kernel test, sip0.cube1.pe1: full: TCM exhausted: (32, 32) f32 needs 4096 B; 3072 B free, largest hole "
              "2048 B, of 4096 B that kernels have (sip.cube.pe.tcm.size, less scheduler_reserved and queue rings)");
}

TEST(TlMemory, ViewsMustStayInsideTheShard) {
    Bench bench;
    const TensorArg dense = bench.reserve({{64, 32}, Dtype::f16, {}});
    const TensorArg blocked = bench.reserve({{64, 96}, Dtype::f16, {16, 32}});
    const auto error = [&](const TensorArg& arg, std::uint64_t row, std::uint64_t col, std::uint64_t rows,
                           std::uint64_t cols) {
        return bench.error([&](Program& tl) { tl.view(arg, row, col, rows, cols); });
    };
    EXPECT_EQ(
        error(dense, 48, 0, 32, 32),
        "kernel test, sip0.cube0.pe0: view: rows [48, 80) x cols [0, 32) of shard (64, 32) f16 at global 0x100000: "
        "out of bounds");
    EXPECT_EQ(error(dense, 0, 0, 0, 32),
              "kernel test, sip0.cube0.pe0: view: rows [0, 0) x cols [0, 32) of shard (64, 32) f16 at global 0x100000: "
              "no elements");
    EXPECT_EQ(
        error(blocked, 8, 0, 16, 32),
        "kernel test, sip0.cube0.pe0: view: rows [8, 24) x cols [0, 32) of shard (64, 96) f16 at global 0x200000: "
        "not whole tiles of its 16 x 32 blocked layout");
    EXPECT_EQ(
        error(blocked, 0, 0, 32, 64),
        "kernel test, sip0.cube0.pe0: view: rows [0, 32) x cols [0, 64) of shard (64, 96) f16 at global 0x200000: "
        "several rows of 16 x 32 tiles but not their full width are not contiguous");
    EXPECT_EQ(
        bench.error([&](Program& tl) { tl.flat(dense, 2000, 49); }),
        "kernel test, sip0.cube0.pe0: flat: elements [2000, 2049) of shard (64, 32) f16 at global 0x100000: out of "
        "bounds");
}

TEST(TlMemory, AccessOutsideAnyTensorIsAnError) {
    Bench bench;
    TensorArg arg = bench.place({{4, 4}, Dtype::f32, {}}, counting(16));
    arg.shape = {8, 4};  // the launch promised more than the host allocated
    EXPECT_EQ(bench.error([&](Program& tl) { tl.load(tl.view(arg)); }),
              "kernel test, sip0.cube0.pe0: dma_read: (8, 4) f32 at global 0x100000: out of bounds");
}

TEST(TlMemory, UninitialisedReadsNameTheOperand) {
    Bench bench;
    const TensorArg fresh = bench.reserve({{2, 8}, Dtype::f16, {}});
    EXPECT_EQ(bench.error([&](Program& tl) { tl.load(tl.view(fresh)); }),
              "kernel test, sip0.cube0.pe0: dma_read: (2, 8) f16 at global 0x100000: uninitialised read, nobody has "
              "written the byte at 0x100000");
    EXPECT_EQ(
        bench.error([&](Program& tl) {
            const Tensor written = tl.zeros({4}, Dtype::f32), unwritten = tl.empty({4}, Dtype::f32);
            tl.add(written, unwritten);
        }),
        "kernel test, sip0.cube0.pe0: add: (4) f32 at tcm 0x40: uninitialised read, nobody has written the byte at "
        "0x40");
    bench.run([&](Program& tl) { tl.store(tl.view(fresh, 0, 0, 1, 8), tl.zeros({8}, Dtype::f16)); });
    EXPECT_EQ(bench.error([&](Program& tl) { tl.load(tl.view(fresh)); }),
              "kernel test, sip0.cube0.pe0: dma_read: (2, 8) f16 at global 0x100000: uninitialised read, nobody has "
              "written the byte at 0x100010");
    EXPECT_THROW(bench.read(fresh), std::runtime_error);
}

TEST(TlMemory, EveryProgramStartsWithUnwrittenTcm) {
    Bench bench({.num_cubes = 1, .num_pes_per_cube = 2});
    EXPECT_EQ(
        bench.error([&](Program& tl) {
            if (tl.program_id(0) == 0)
                tl.zeros({4}, Dtype::f32);
            else
                tl.exp(tl.empty({4}, Dtype::f32));
        }),
        "kernel test, sip0.cube0.pe1: exp: (4) f32 at tcm 0x0: uninitialised read, nobody has written the byte at "
        "0x0");
}

TEST(TlMemory, StoreRefusesWhatDoesNotFit) {
    Bench bench;
    const TensorArg target = bench.reserve({{2, 4}, Dtype::f16, {}});
    EXPECT_EQ(bench.error([&](Program& tl) {
        tl.store(tl.view(target), tl.zeros({4, 2}, Dtype::f16));
    }),
              "kernel test, sip0.cube0.pe0: store: (4, 2) f16 into (2, 4) f16 at global 0x100000: shapes differ");
    EXPECT_EQ(
        bench.error([&](Program& tl) {
            tl.store(tl.view(target), tl.zeros({2, 4}, Dtype::f32));
        }),
        "kernel test, sip0.cube0.pe0: store: (2, 4) f32 into (2, 4) f16 at global 0x100000: element types differ, "
        "cast first");
}

TEST(TlMemory, ProgramsKnowTheirPlace) {
    Bench bench({.num_cubes = 2, .num_pes_per_cube = 3});
    std::vector<std::uint32_t> order;
    bench.run([&](Program& tl) {
        order.push_back(tl.program_id(1) * 10 + tl.program_id(0));
        EXPECT_EQ(tl.num_programs(0), 3u);
        EXPECT_EQ(tl.num_programs(1), 2u);
    });
    EXPECT_EQ(order, (std::vector<std::uint32_t>{0, 1, 2, 10, 11, 12}));
    static_assert(Program::cdiv(65, 32) == 3);
}

TEST(TlMemory, HostMistakesAreRefused) {
    Bench bench;
    const TensorArg taken = bench.reserve({{4, 4}, Dtype::f32, {}});
    EXPECT_THROW(bench.runner.reserve(taken.base + 60, {{1}, Dtype::f32, {}}), std::invalid_argument);
    EXPECT_THROW(bench.runner.reserve(taken.base - 4, {{2}, Dtype::f32, {}}), std::invalid_argument);
    EXPECT_THROW(bench.runner.place(0, {{2}, Dtype::f32, {}}, std::vector<std::byte>(4)), std::invalid_argument);
    EXPECT_THROW(bench.runner.run({"k", "", [](Program&, const KernelArgs&) {}}, std::vector<KernelArgs>(2)),
                 std::invalid_argument);
}

}  // namespace
}  // namespace ahbm::tl::test
