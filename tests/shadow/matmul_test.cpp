// SPDX-License-Identifier: Apache-2.0
/// Matrix products, bit for bit against a plain loop.
#include "tests/shadow/tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace ahbm;
using namespace ahbm::test;
using testing::ElementsAre;

namespace {

/// f32 sums over k in [begin, end), ascending.
std::vector<float> reference(const Tensor& a, const Tensor& b, std::size_t begin, std::size_t end) {
    const std::size_t m = a.view.shape.rows(), k = a.view.shape.cols(), n = b.view.shape.cols();
    const auto x = a.values(), y = b.values();
    std::vector<float> c(m * n, 0.0f);
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t p = begin; p < end; ++p)
            for (std::size_t j = 0; j < n; ++j) {
                const float product = static_cast<float>(x[i * k + p]) * static_cast<float>(y[p * n + j]);
                c[i * n + j] += product;
            }
    return c;
}
std::vector<float> reference(const Tensor& a, const Tensor& b) { return reference(a, b, 0, a.view.shape.cols()); }

Bytes rounded(Dtype dtype, const std::vector<float>& values) {
    return encode(dtype, std::vector<double>(values.begin(), values.end()));
}

/// Elements with full mantissas, so that a sum in another order comes out different.
Tensor rough_tensor(Shape shape, Dtype dtype, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<double> values(shape.elements());
    for (double& v : values)
        v = (static_cast<double>(random() >> 11) * 0x1p-53 - 0.5) * static_cast<double>(1u << (random() % 6));
    return tensor(shape, dtype, values);
}

}  // namespace

TEST(Matmul, EqualsThePlainLoopBitForBit) {
    for (Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32}) {
        for (Shape s : {Shape{1, 1, 1}, Shape{3, 7, 5}, Shape{33, 130, 17}, Shape{5, 257, 300}, Shape{64, 64, 64}}) {
            const Tensor a = rough_tensor({s[0], s[1]}, dtype, 1), b = rough_tensor({s[1], s[2]}, dtype, 2);
            const auto expected = reference(a, b);
            for (Dtype out : {Dtype::f16, Dtype::bf16, Dtype::f32}) {
                const Tensor c = compute(op(OpCode::matmul), {a, b}, {{s[0], s[2]}, out, {}});
                EXPECT_EQ(c.bytes, rounded(out, expected))
                    << to_string(s) << ' ' << to_string(dtype) << "->" << to_string(out);
            }
        }
    }
}

TEST(Matmul, IntegersAreExactModulo32Bits) {
    const Tensor a = tensor({1, 2}, Dtype::i32, {65536, 3}), b = tensor({2, 2}, Dtype::i32, {65536, 32768, 7, 1});
    EXPECT_THAT(compute(op(OpCode::matmul), {a, b}).values(), ElementsAre(21, -2147483645.0));
    const Tensor c = random_tensor({9, 300}, Dtype::i8, 3), d = random_tensor({300, 11}, Dtype::i8, 4);
    EXPECT_EQ(compute(op(OpCode::matmul), {c, d}).bytes, rounded(Dtype::i32, reference(c, d)));
}

TEST(Matmul, EmptyInnerExtentGivesZeros) {
    EXPECT_THAT(compute(op(OpCode::matmul), {tensor({1, 0}, Dtype::f16, {}), tensor({0, 2}, Dtype::f16, {})}).values(),
                ElementsAre(0, 0));
}

TEST(Matmul, TakesAndGivesBlockedLayouts) {
    const Tensor a = rough_tensor({19, 23}, Dtype::f16, 1), b = rough_tensor({23, 29}, Dtype::f16, 2);
    const auto blocked = [](const Tensor& t, Layout layout) {
        return compute(op(OpCode::copy), {t}, {t.view.shape, t.view.dtype, layout});
    };
    const View c_view{{19, 29}, Dtype::f16, {4, 8}};
    const Tensor c = compute(op(OpCode::matmul), {blocked(a, {8, 16}), blocked(b, {16, 8})}, c_view);
    const Tensor dense = compute(op(OpCode::copy), {c}, {{19, 29}, Dtype::f16, {}});
    EXPECT_EQ(dense.bytes, rounded(Dtype::f16, reference(a, b)));
}

TEST(Matmul, EpiloguesRunInF32BeforeTheOneRounding) {
    const Tensor a = rough_tensor({5, 40}, Dtype::f16, 1), b = rough_tensor({40, 6}, Dtype::f16, 2);
    const Tensor bias = rough_tensor({6}, Dtype::f16, 3), factor = rough_tensor({1, 6}, Dtype::f32, 4);
    OpSpec spec = op(OpCode::matmul);
    spec.epilogues = {{OpCode::relu, EpilogueScope::kernel, 0},  // runs last, in spite of its place
                      {OpCode::add, EpilogueScope::output_tile, 0},
                      {OpCode::mul, EpilogueScope::output_tile, 0},
                      {OpCode::scale, EpilogueScope::output_tile, 0.5},
                      {OpCode::clamp, EpilogueScope::output_tile, 3}};
    auto expected = reference(a, b);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        float& c = expected[i];
        c = c + static_cast<float>(bias.values()[i % 6]);
        c = c * static_cast<float>(factor.values()[i % 6]);
        c = std::min(std::max(c * 0.5f, -3.0f), 3.0f);
        c = std::max(c, 0.0f);
    }
    EXPECT_EQ(compute(spec, {a, b, bias, factor}, {{5, 6}, Dtype::f16, {}}).bytes, rounded(Dtype::f16, expected));
}

TEST(Matmul, KTileEpilogueDequantisesEachGroupOfK) {
    const Tensor a = random_tensor({4, 10}, Dtype::i8, 1), b = random_tensor({10, 3}, Dtype::i8, 2);
    const Tensor scales = rough_tensor({3, 3}, Dtype::f32, 3);  // one row per group of 4, 4 and 2
    OpSpec spec = op(OpCode::matmul);
    spec.k_tile = 4;
    spec.epilogues = {{OpCode::mul, EpilogueScope::k_tile, 0}};
    std::vector<float> expected(12, 0.0f);
    for (std::size_t t = 0; t < 3; ++t) {
        const auto partial = reference(a, b, t * 4, std::min<std::size_t>(t * 4 + 4, 10));
        for (std::size_t i = 0; i < 12; ++i) {
            const float scaled = partial[i] * static_cast<float>(scales.values()[t * 3 + i % 3]);
            expected[i] += scaled;
        }
    }
    EXPECT_EQ(compute(spec, {a, b, scales}, {{4, 3}, Dtype::f32, {}}).bytes, rounded(Dtype::f32, expected));
}
