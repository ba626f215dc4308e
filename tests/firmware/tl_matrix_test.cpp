// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/tl_bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace ahbm::tl::test {
namespace {

/// f32 sums in ascending k, as the matrix engine promises.
struct TlMatrix : ::testing::Test {
    static constexpr std::uint32_t m = 5, k = 70, n = 37;  // no multiple of any tile
    const Floats x = random_values(m * k, -2, 2, 11), y = random_values(k * n, -2, 2, 12);
    const Floats bias = random_values(n, -2, 2, 13), gain = random_values(n, 1, 2, 14);
    const Floats xy = product(x, y, m, k, n);
    Bench bench;
    const TensorArg a = bench.place({{m, k}, Dtype::f16, {}}, x), b = bench.place({{k, n}, Dtype::f16, {}}, y);
    const TensorArg bias_row = bench.place({{1, n}, Dtype::f16, {}}, bias);
    const TensorArg gain_row = bench.place({{1, n}, Dtype::f32, {}}, gain);
    const TensorArg c = bench.reserve({{m, n}, Dtype::f16, {}});

    template <class Reference>
    void expect_result(Reference reference) {
        const Floats result = bench.read(c);
        for (std::size_t i = 0; i < result.size(); ++i) {
            EXPECT_EQ(result[i], rounded(reference(xy[i], i % n), Dtype::f16)) << "element " << i;
        }
    }
};

TEST_F(TlMatrix, DotAccumulatesInF32AndRoundsOnce) {
    const auto narrow = bench.value([&](Program& tl) { return tl.dot(tl.load(tl.view(a)), tl.load(tl.view(b))); });
    const auto wide =
        bench.value([&](Program& tl) { return tl.dot(tl.ref(tl.view(a)), tl.ref(tl.view(b)), Dtype::f32); });
    EXPECT_EQ(narrow.dtype, Dtype::f16);
    EXPECT_EQ(wide.values, xy);
    for (std::size_t i = 0; i < xy.size(); ++i) EXPECT_EQ(narrow.values[i], rounded(xy[i], Dtype::f16));
}

TEST_F(TlMatrix, DotAddsToAnAccumulator) {
    const auto result = bench.value([&](Program& tl) {
        const Tensor sum = tl.full({m, n}, 0.5, Dtype::f32);
        return tl.dot(tl.load(tl.view(a)), tl.load(tl.view(b)), sum);
    });
    for (std::size_t i = 0; i < xy.size(); ++i) EXPECT_EQ(result.values[i], 0.5f + xy[i]);
}

TEST_F(TlMatrix, IntegerDotIsExact) {
    const TensorArg p = bench.place({{1, 2}, Dtype::i8, {}}, {127, 127}),
                    q = bench.place({{2, 1}, Dtype::i8, {}}, {127, 127});
    const auto result = bench.value([&](Program& tl) { return tl.dot(tl.load(tl.view(p)), tl.load(tl.view(q))); });
    EXPECT_EQ(result.dtype, Dtype::i32);
    EXPECT_EQ(result.values, (Floats{2 * 127 * 127}));
}

TEST_F(TlMatrix, CompositeIsTheSameForRefAndLoadOperands) {
    for (int mode = 0; mode < 4; ++mode) {
        bench.run([&](Program& tl) {
            const auto operand = [&](const TensorArg& arg, bool load) -> MatrixOperand {
                if (load) return tl.load(tl.view(arg));
                return tl.ref(tl.view(arg));
            };
            tl.composite(operand(a, mode & 1), operand(b, mode & 2), tl.view(c));
        });
        expect_result([](float sum, std::size_t) { return sum; });
    }
}

TEST_F(TlMatrix, EpiloguesRunInOrderBeforeTheOneRounding) {
    bench.run([&](Program& tl) {
        const Tensor row = tl.load(tl.view(bias_row)), columns = tl.load(tl.view(gain_row));
        tl.composite(tl.ref(tl.view(a)), tl.ref(tl.view(b)), tl.view(c),
                     {epilogue::dequant(columns), epilogue::bias(row), epilogue::scale(0.5), epilogue::relu()});
    });
    expect_result([&](float sum, std::size_t col) { return std::max((sum * gain[col] + bias[col]) * 0.5f, 0.0f); });
}

TEST_F(TlMatrix, GeluEpilogue) {
    bench.run([&](Program& tl) {
        tl.composite(tl.ref(tl.view(a)), tl.ref(tl.view(b)), tl.view(c), {epilogue::scale(0.125), epilogue::gelu()});
    });
    // The engine's gelu works on f32: the same function as the element-wise one.
    const TensorArg scaled = bench.place({{m, n}, Dtype::f32, {}}, [&] {
        Floats values = xy;
        for (float& value : values) value *= 0.125f;
        return values;
    }());
    const auto gelu = bench.value([&](Program& tl) { return tl.cast(tl.gelu(tl.load(tl.view(scaled))), Dtype::f16); });
    EXPECT_EQ(bench.read(c), gelu.values);
}

TEST_F(TlMatrix, KTileEpiloguesScaleEachGroupOfK) {
    // The engine's k tile is 64: 70 is a full group and a rest of 6, each with its own row of gains.
    Floats gains = random_values(2 * n, 1, 2, 15);
    const TensorArg groups = bench.place({{2, n}, Dtype::f32, {}}, gains);
    bench.run([&](Program& tl) {
        const Tensor rows = tl.load(tl.view(groups));
        tl.composite(tl.ref(tl.view(a)), tl.ref(tl.view(b)), tl.view(c),
                     {epilogue::dequant(rows, EpilogueScope::k_tile)});
    });
    const Floats result = bench.read(c);
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            float first = 0, second = 0;
            for (std::size_t p = 0; p < k; ++p) (p < 64 ? first : second) += x[i * k + p] * y[p * n + j];
            EXPECT_EQ(result[i * n + j], rounded(first * gains[j] + second * gains[n + j], Dtype::f16));
        }
    }
}

TEST_F(TlMatrix, CompositeIntoABlockOfALargerShard) {
    const TensorArg large = bench.place({{2 * m, 2 * n}, Dtype::f16, {}}, Floats(4 * m * n, -9));
    bench.run([&](Program& tl) { tl.composite(tl.ref(tl.view(a)), tl.ref(tl.view(b)), tl.view(large, m, n, m, n)); });
    const Floats result = bench.read(large);
    for (std::size_t row = 0; row < 2 * m; ++row) {
        for (std::size_t col = 0; col < 2 * n; ++col) {
            const bool inside = row >= m && col >= n;
            const float expected = inside ? rounded(xy[(row - m) * n + col - n], Dtype::f16) : -9.0f;
            EXPECT_EQ(result[row * 2 * n + col], expected);
        }
    }
}

TEST_F(TlMatrix, ShapeErrorsNameBothOperands) {
    EXPECT_EQ(bench.error([](Program& tl) {
        tl.dot(tl.zeros({32, 64}, Dtype::f16), tl.zeros({32, 64}, Dtype::f16));
    }),
              "kernel test, sip0.cube0.pe0: dot: A (32, 64) f16 and B (32, 64) f16: inner extents differ");
    EXPECT_EQ(bench.error([](Program& tl) {
        tl.dot(tl.zeros({64}, Dtype::f16), tl.zeros({64, 1}, Dtype::f16));
    }),
              "kernel test, sip0.cube0.pe0: dot: A (64) f16 and B (64, 1) f16: not both matrices");
    EXPECT_EQ(bench.error([&](Program& tl) { tl.composite(tl.ref(tl.view(b)), tl.ref(tl.view(a)), tl.view(c)); }),
              "kernel test, sip0.cube0.pe0: composite: A (70, 37) f16 and B (5, 70) f16: inner extents differ");
    EXPECT_EQ(
        bench.error([&](Program& tl) { tl.composite(tl.ref(tl.view(a)), tl.ref(tl.view(b)), tl.view(c, 0, 0, 4, n)); }),
        "kernel test, sip0.cube0.pe0: composite: A (5, 70) f16 and B (70, 37) f16 into (4, 37) f16 at global "
        "0x500000: the product is (5, 37)");
    EXPECT_EQ(bench.error([&](Program& tl) {
        const Tensor row = tl.load(tl.view(bias_row, 0, 0, 1, 30));
        tl.composite(tl.ref(tl.view(a)), tl.ref(tl.view(b)), tl.view(c), {epilogue::bias(row)});
    }),
              "kernel test, sip0.cube0.pe0: composite: A (5, 70) f16 and B (70, 37) f16 into (5, 37) f16 at global "
              "0x500000: the operand of epilogue add must be a row of 37 elements, got (1, 30)");
}

}  // namespace
}  // namespace ahbm::tl::test
