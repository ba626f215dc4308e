// SPDX-License-Identifier: Apache-2.0
#include "firmware/kernels/builtin.h"
#include "tests/firmware/tl_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace ahbm::tl::test {
namespace {

struct Kernels : ::testing::Test {
    Kernels() { register_builtin_kernels(registry); }
    void run(Bench& bench, const std::string& name, const std::vector<KernelArgs>& args) {
        bench.runner.run(*registry.find(name), args);
    }
    std::string error(Bench& bench, const std::string& name, const KernelArgs& args) {
        try {
            run(bench, name, {args});
        } catch (const KernelError& failure) {
            return failure.what();
        }
        return "";
    }
    KernelRegistry registry;
};

TEST_F(Kernels, AreListedByName) {
    std::vector<std::string> names;  // collectives have tests of their own
    for (const KernelInfo* info : registry.all()) {
        const bool collective = info->name.find("ring_") != std::string::npos || info->name.ends_with("_allreduce") ||
                                info->name.ends_with("_tensor") || info->name == "hello_send";
        if (!collective) names.push_back(info->name);
        EXPECT_FALSE(info->description.empty()) << info->name;
    }
    EXPECT_EQ(names, (std::vector<std::string>{"copy", "dma_load", "dma_store", "gemm", "gemm_tiled_manual", "noop",
                                               "queue_pass", "softmax_rows", "va_offset_probe", "vector_add"}));
}

TEST_F(Kernels, NoopTakesNothingAndDoesNothing) {
    Bench bench;
    run(bench, "noop", {{}});
}

TEST_F(Kernels, CopyMovesEachShard) {
    Bench bench({.num_cubes = 1, .num_pes_per_cube = 2});
    const View shard{{3, 100}, Dtype::bf16, {}};
    const Floats first = random_values(300, -4, 4, 1), second = random_values(300, -4, 4, 2);
    const TensorArg from[] = {bench.place(shard, first), bench.place(shard, second)};
    const TensorArg to[] = {bench.reserve(shard), bench.reserve(shard)};
    run(bench, "copy", {{{from[0], to[0]}, {}}, {{from[1], to[1]}, {}}});
    EXPECT_EQ(bench.read(to[0]), first);
    EXPECT_EQ(bench.read(to[1]), second);
}

TEST_F(Kernels, GemmIsExactForEveryModeLayoutAndOddSize) {
    const struct {
        std::uint32_t m, k, n;
    } sizes[] = {{1, 1, 1}, {32, 64, 32}, {33, 65, 31}, {7, 130, 70}, {100, 3, 5}};
    const Layout layouts[] = {{}, {16, 16}};
    for (const auto& [m, k, n] : sizes) {
        const Floats x = random_values(m * k, -2, 2, m), y = random_values(k * n, -2, 2, n);
        Floats expected = product(x, y, m, k, n);
        for (float& value : expected) value = rounded(value, Dtype::f16);
        for (const Layout& layout : layouts) {
            for (const double mode : {0.0, 1.0, 2.0}) {
                Bench bench;
                const TensorArg a = bench.place({{m, k}, Dtype::f16, layout}, x);
                const TensorArg b = bench.place({{k, n}, Dtype::f16, layout}, y);
                const TensorArg c = bench.reserve({{m, n}, Dtype::f16, layout});
                run(bench, "gemm", {{{a, b, c}, {mode}}});
                EXPECT_EQ(bench.read(c), expected) << m << "x" << k << "x" << n << " mode " << mode;
            }
            Bench bench;
            const TensorArg a = bench.place({{m, k}, Dtype::f16, layout}, x);
            const TensorArg b = bench.place({{k, n}, Dtype::f16, layout}, y);
            const TensorArg c = bench.reserve({{m, n}, Dtype::f32, layout});
            run(bench, "gemm_tiled_manual", {{{a, b, c}, {}}});
            // Multiples of 2^-12 below 2^11: every sum is exact in f32, whatever its order.
            EXPECT_EQ(bench.read(c), product(x, y, m, k, n)) << m << "x" << k << "x" << n;
        }
    }
}

TEST_F(Kernels, GemmAddsBiasThenAppliesItsEpilogue) {
    constexpr std::uint32_t m = 9, k = 20, n = 33;
    const Floats x = random_values(m * k, -1, 1, 1), y = random_values(k * n, -1, 1, 2),
                 row = random_values(n, -1, 1, 3);
    const Floats sums = product(x, y, m, k, n);
    Bench bench;
    const TensorArg a = bench.place({{m, k}, Dtype::f16, {}}, x), b = bench.place({{k, n}, Dtype::f16, {}}, y);
    const TensorArg bias = bench.place({{1, n}, Dtype::f16, {}}, row), c = bench.reserve({{m, n}, Dtype::f32, {}});

    run(bench, "gemm", {{{a, b, c, bias}, {1, 1}}});
    const Floats relu = bench.read(c);
    for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_EQ(relu[i], std::max(sums[i] + row[i % n], 0.0f));

    run(bench, "gemm", {{{a, b, c, bias}, {0, 2}}});
    const Floats gelu = bench.read(c);
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const float v = sums[i] + row[i % n];
        EXPECT_FLOAT_EQ(gelu[i], 0.5f * v * std::erfc(-v * 0.70710678f));
    }
}

TEST_F(Kernels, SoftmaxRowsInBlocksEqualsWholeShard) {
    constexpr std::uint32_t rows = 37, cols = 50;
    const Floats x = random_values(rows * cols, -6, 6, 9);
    for (const Layout& layout : {Layout{}, Layout{8, 16}}) {
        const auto result = [&](double by_steps, double block, std::uint64_t tcm) {
            Bench bench({.tcm_bytes = tcm});
            const TensorArg from = bench.place({{rows, cols}, Dtype::f32, layout}, x);
            const TensorArg to = bench.reserve({{rows, cols}, Dtype::f32, layout});
            run(bench, "softmax_rows", {{{from, to}, {by_steps, block}}});
            return bench.read(to);
        };
        const Floats whole = result(0, rows, 1 << 20);
        EXPECT_EQ(result(0, 16, 1 << 20), whole);
        EXPECT_EQ(result(0, 0, 16384), whole) << "as many rows as fit";
        const Floats steps = result(1, 0, 16384);
        for (std::size_t row = 0; row < rows; ++row) {
            double sum = 0;
            for (std::size_t col = 0; col < cols; ++col) sum += std::exp(static_cast<double>(x[row * cols + col]));
            for (std::size_t col = 0; col < cols; ++col) {
                const double expected = std::exp(static_cast<double>(x[row * cols + col])) / sum;
                // exp, a sum of 50 terms and a division in f32: well below 64 roundings.
                EXPECT_NEAR(whole[row * cols + col], expected, expected * 64 * 0x1p-24);
                EXPECT_NEAR(steps[row * cols + col], expected, expected * 64 * 0x1p-24);
            }
        }
    }
}

TEST_F(Kernels, VectorAddInPiecesThatFitTcm) {
    const Floats x = random_values(5000, -4, 4, 1), y = random_values(5000, -4, 4, 2);
    for (const std::uint64_t tcm : {1024u, 1u << 20}) {
        Bench bench({.tcm_bytes = tcm});
        const View view{{1, 5000}, Dtype::f32, {}};
        const TensorArg a = bench.place(view, x), b = bench.place(view, y), out = bench.reserve(view);
        run(bench, "vector_add", {{{a, b, out}, {}}});
        const Floats sum = bench.read(out);
        for (std::size_t i = 0; i < sum.size(); ++i) ASSERT_EQ(sum[i], x[i] + y[i]) << i;
    }
}

TEST_F(Kernels, VaOffsetProbeMarksExactlyItsOwnShard) {
    // Four shards of 24 bytes side by side in one tensor: far below any page.
    constexpr std::uint32_t count = 6;
    Bench bench({.num_cubes = 2, .num_pes_per_cube = 2});
    const Floats x = random_values(4 * count, -4, 4, 1);
    const TensorArg from = bench.place({{4, count}, Dtype::f32, {}}, x);
    const TensorArg to = bench.place({{4, count}, Dtype::f32, {}}, Floats(4 * count, -9));
    std::vector<KernelArgs> args;
    for (std::uint32_t p = 0; p < 4; ++p) {
        const auto shard = [&](TensorArg arg) {
            arg.base += p * count * sizeof(float);
            arg.shape = {1, count};
            arg.first_row = p;
            return arg;
        };
        args.push_back({{shard(from), shard(to)}, {2.0}});
    }
    run(bench, "va_offset_probe", args);
    const Floats result = bench.read(to);
    for (std::size_t i = 0; i < result.size(); ++i) {
        const float expected = i % count < 2 ? -9.0f : x[i] + static_cast<float>(i / count);
        EXPECT_EQ(result[i], expected) << "element " << i;
    }
}

TEST_F(Kernels, SayWhichArgumentIsMissingOrWrong) {
    Bench bench;
    const TensorArg a = bench.place({{2, 2}, Dtype::f32, {}}, {1, 2, 3, 4});
    EXPECT_EQ(error(bench, "copy", {{a}, {}}),
              "kernel copy, sip0.cube0.pe0: tensor argument 1 (dst) is missing: the launch gives 1");
    EXPECT_EQ(error(bench, "gemm", {{a, a, a}, {3}}), "kernel gemm, sip0.cube0.pe0: mode 3 is not one of 0..2");
    EXPECT_EQ(error(bench, "gemm", {{a, a, a}, {0, 0.5}}),
              "kernel gemm, sip0.cube0.pe0: epilogue 0.5 is not one of 0..2");
}

TEST_F(Kernels, CollectivesRefuseRangesThatOverlapWithoutBeingTheSame) {
    Bench bench;
    const TensorArg whole = bench.place({{1, 64}, Dtype::f32, {}}, Floats(64, 1));
    TensorArg part = whole;
    part.base += 16 * 4;
    part.shape = {1, 32};
    for (const char* name : {"rank_ring_reduce_scatter", "ring_reduce_scatter"})
        EXPECT_THAT(error(bench, name, {{whole, part}, {}}), ::testing::HasSubstr("overlap without being the same"))
            << name;
    EXPECT_THAT(error(bench, "rank_ring_all_gather", {{part, whole}, {}}), ::testing::HasSubstr("128 bytes at "));
    for (const char* name : {"rank_ring_all_to_all", "ring_all_to_all", "ring_allreduce"})
        EXPECT_EQ(error(bench, name, {{whole, whole}, {}}), "") << name << ": one participant, in place";
}

}  // namespace
}  // namespace ahbm::tl::test
