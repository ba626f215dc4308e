// SPDX-License-Identifier: Apache-2.0
/// Numerics of element-wise operations, reductions and rearrangements against references written out here.
#include "tests/shadow/tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

using namespace ahbm;
using namespace ahbm::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

namespace {

/// A position on the line of f16 numbers, so that neighbours differ by one.
int rank_of(std::uint16_t h) { return (h & 0x8000) != 0 ? -(h & 0x7FFF) : h & 0x7FFF; }

Tensor all_halves() {
    std::vector<std::uint16_t> bits(65536);
    for (unsigned i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint16_t>(i);
    return {{{256, 256}, Dtype::f16, {}}, bytes_of(bits)};
}

void expect_within_one_ulp(OpCode code, double (*reference)(double)) {
    const Tensor input = all_halves();
    const auto results = values_of<std::uint16_t>(compute(op(code), {input}).bytes);
    int wrong = 0;
    for (unsigned i = 0; i < 65536; ++i) {
        const double x = half_to_double(static_cast<std::uint16_t>(i));
        const std::uint16_t expected = double_to_half(reference(x));
        const bool nan = std::isnan(half_to_double(expected));
        const bool right = nan ? std::isnan(half_to_double(results[i]))
                               : std::abs(rank_of(results[i]) - rank_of(expected)) <= 1 &&
                                     std::isinf(half_to_double(results[i])) == std::isinf(half_to_double(expected));
        if (!right && ++wrong <= 5) {
            ADD_FAILURE() << to_string(code) << "(" << x << ") = " << half_to_double(results[i]) << ", expected "
                          << half_to_double(expected);
        }
    }
    EXPECT_EQ(wrong, 0) << to_string(code);
}

Tensor random_bits(Dtype dtype, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::uint64_t> words(32768 * size_of(dtype) / 8);
    for (auto& word : words) word = random();
    return {{{128, 256}, dtype, {}}, bytes_of(words)};
}

/// Every bit of the result, for random bit patterns; any NaN equals any NaN, and zeros compare by value.
void expect_exact(OpCode code, Dtype dtype, float (*reference)(float, float)) {
    const Tensor a = random_bits(dtype, 1), b = random_bits(dtype, 2);
    const auto x = a.values(), y = b.values(), results = compute(op(code), {a, b}).values();
    int wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const float wide = reference(static_cast<float>(x[i]), static_cast<float>(y[i]));
        double expected = wide;
        if (dtype == Dtype::f16) expected = half_to_double(double_to_half(wide));
        if (dtype == Dtype::bf16 && !std::isnan(wide)) expected = bfloat_to_float(float_to_bfloat(wide));
        const bool right = std::isnan(expected) ? std::isnan(results[i]) : results[i] == expected;
        if (!right && ++wrong <= 5)
            ADD_FAILURE() << x[i] << ", " << y[i] << ": " << results[i] << ", expected " << expected;
    }
    EXPECT_EQ(wrong, 0) << to_string(code) << ' ' << to_string(dtype);
}

}  // namespace

TEST(Elementwise, ArithmeticIsIeeeWithOneRounding) {
    for (Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32}) {
        expect_exact(OpCode::add, dtype, [](float a, float b) { return a + b; });
        expect_exact(OpCode::sub, dtype, [](float a, float b) { return a - b; });
        expect_exact(OpCode::mul, dtype, [](float a, float b) { return a * b; });
        expect_exact(OpCode::div, dtype, [](float a, float b) { return a / b; });
        expect_exact(OpCode::maximum, dtype,
                     [](float a, float b) { return std::isnan(a) || std::isnan(b) ? NAN : std::fmax(a, b); });
        expect_exact(OpCode::minimum, dtype,
                     [](float a, float b) { return std::isnan(a) || std::isnan(b) ? NAN : std::fmin(a, b); });
    }
}

TEST(Elementwise, TranscendentalsWithinOneUlpForEveryHalf) {
    expect_within_one_ulp(OpCode::exp, [](double x) { return std::exp(x); });
    expect_within_one_ulp(OpCode::log, [](double x) { return std::log(x); });
    expect_within_one_ulp(OpCode::sqrt, [](double x) { return std::sqrt(x); });
    expect_within_one_ulp(OpCode::rsqrt, [](double x) { return 1.0 / std::sqrt(x); });
    expect_within_one_ulp(OpCode::sigmoid, [](double x) { return 1.0 / (1.0 + std::exp(-x)); });
    expect_within_one_ulp(OpCode::tanh, [](double x) { return std::tanh(x); });
    expect_within_one_ulp(OpCode::gelu, [](double x) {
        return std::isinf(x) ? std::fmax(x, 0.0) : 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    });
    expect_within_one_ulp(OpCode::sin, [](double x) { return std::sin(x); });
    expect_within_one_ulp(OpCode::cos, [](double x) { return std::cos(x); });
}

TEST(Elementwise, ExpOfWhatIsFarBelowZeroIsZeroOrDenormal) {
    const std::vector<double> x{-HUGE_VAL, -1000, -104, -100, -90, -80};
    const auto results = compute(op(OpCode::exp), {tensor({6}, Dtype::f32, x)}).values();
    EXPECT_EQ(results[0], 0);
    EXPECT_EQ(results[1], 0);
    for (std::size_t i = 2; i < x.size(); ++i) EXPECT_NEAR(results[i], std::exp(x[i]), 2e-45 + 1e-7 * std::exp(x[i]));
}

TEST(Elementwise, ResultDoesNotDependOnThePosition) {
    for (OpCode code :
         {OpCode::exp, OpCode::log, OpCode::sin, OpCode::cos, OpCode::tanh, OpCode::sigmoid, OpCode::gelu}) {
        Tensor many = random_tensor({1, 61}, Dtype::f32, 3);
        const auto together = values_of<float>(compute(op(code), {many}).bytes);
        const auto inputs = values_of<float>(many.bytes);
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const auto alone = values_of<float>(compute(op(code), {tensor({}, Dtype::f32, {inputs[i]})}).bytes);
            EXPECT_EQ(std::bit_cast<std::uint32_t>(alone[0]), std::bit_cast<std::uint32_t>(together[i]))
                << to_string(code);
        }
    }
}

TEST(Elementwise, SimpleFunctions) {
    const Tensor x = tensor({5}, Dtype::f16, {-3, -0.5, 0, 2, NAN});
    const auto nan = testing::IsNan();
    EXPECT_THAT(compute(op(OpCode::abs), {x}).values(), ElementsAre(3, 0.5, 0, 2, nan));
    EXPECT_THAT(compute(op(OpCode::neg), {x}).values(), ElementsAre(3, 0.5, 0, -2, nan));
    EXPECT_THAT(compute(op(OpCode::relu), {x}).values(), ElementsAre(0, 0, 0, 2, nan));
    EXPECT_THAT(compute(op(OpCode::clamp, -1, 1), {x}).values(), ElementsAre(-1, -0.5, 0, 1, nan));
    EXPECT_THAT(compute(op(OpCode::scale, 0.25), {x}).values(), ElementsAre(-0.75, -0.125, 0, 0.5, nan));
    EXPECT_THAT(compute(op(OpCode::copy), {x}).values(), ElementsAre(-3, -0.5, 0, 2, nan));
}

TEST(Elementwise, FmaIsFused) {
    // 1 + 2^-12 squared is 1 + 2^-11 + 2^-24; only a fused operation keeps the last term.
    const double a = 1 + std::ldexp(1, -12);
    const Tensor x = tensor({1}, Dtype::f32, {a}), c = tensor({1}, Dtype::f32, {-(1 + std::ldexp(1, -11))});
    EXPECT_EQ(compute(op(OpCode::fma), {x, x, c}).values()[0], std::ldexp(1, -24));
    const Tensor i = tensor({1}, Dtype::i32, {70000}), j = tensor({1}, Dtype::i32, {5});
    EXPECT_EQ(compute(op(OpCode::fma), {i, i, j}).values()[0], static_cast<std::int32_t>(70000u * 70000u + 5u));
}

TEST(Elementwise, IntegersWrapAndDivideAsTheHardware) {
    const Tensor a = tensor({4}, Dtype::i32, {2147483647, -2147483648.0, 7, -7});
    const Tensor b = tensor({4}, Dtype::i32, {1, -1, 0, 2});
    EXPECT_THAT(compute(op(OpCode::add), {a, b}).values(), ElementsAre(-2147483648.0, 2147483647, 7, -5));
    EXPECT_THAT(compute(op(OpCode::div), {a, b}).values(), ElementsAre(2147483647, -2147483648.0, -1, -3));
    EXPECT_THAT(compute(op(OpCode::neg), {a}).values(), ElementsAre(-2147483647, -2147483648.0, -7, 7));
    EXPECT_THAT(compute(op(OpCode::abs), {a}).values(), ElementsAre(2147483647, -2147483648.0, 7, 7));
    const Tensor c = tensor({2}, Dtype::i8, {127, -128}), one = tensor({1}, Dtype::i8, {1});
    EXPECT_THAT(compute(op(OpCode::add), {c, one}).values(), ElementsAre(-128, -127));
    EXPECT_THAT(compute(op(OpCode::clamp, -0.5, 100.7), {c}).values(), ElementsAre(100, 0));
    EXPECT_THAT(compute(op(OpCode::scale, 0.5), {c}).values(), ElementsAre(63.5, -64));
}

TEST(Elementwise, CastRoundsToFloatsAndTruncatesToIntegers) {
    const Tensor x = tensor({7}, Dtype::f32, {2.9, -2.9, 1e10, -1e10, NAN, 200, 1.0 + std::ldexp(1, -11)});
    const auto to = [&](Dtype dtype) { return compute(op(OpCode::cast), {x}, {x.view.shape, dtype, {}}).values(); };
    EXPECT_THAT(to(Dtype::i32), ElementsAre(2, -2, 2147483647, -2147483648.0, 0, 200, 1));
    EXPECT_THAT(to(Dtype::i8), ElementsAre(2, -2, 127, -128, 0, 127, 1));
    EXPECT_EQ(to(Dtype::f16)[6], 1.0) << "a tie goes to even";
    EXPECT_EQ(to(Dtype::f16)[2], INFINITY);
    const Tensor i = tensor({3}, Dtype::i32, {300, -1, 16777217});
    const auto from_i32 = [&](Dtype dtype) {
        return compute(op(OpCode::cast), {i}, {i.view.shape, dtype, {}}).values();
    };
    EXPECT_THAT(from_i32(Dtype::i8), ElementsAre(44, -1, 1));
    EXPECT_THAT(from_i32(Dtype::f32), ElementsAre(300, -1, 16777216));
}

TEST(Elementwise, CompareAndWhere) {
    const Tensor a = tensor({3}, Dtype::f16, {1, 2, NAN}), b = tensor({3}, Dtype::f16, {1, 3, 3});
    EXPECT_THAT(compute(op(OpCode::compare_eq), {a, b}).values(), ElementsAre(1, 0, 0));
    EXPECT_THAT(compute(op(OpCode::compare_ne), {a, b}).values(), ElementsAre(0, 1, 1));
    EXPECT_THAT(compute(op(OpCode::compare_lt), {a, b}).values(), ElementsAre(0, 1, 0));
    EXPECT_THAT(compute(op(OpCode::compare_le), {a, b}).values(), ElementsAre(1, 1, 0));
    EXPECT_THAT(compute(op(OpCode::compare_gt), {b, a}).values(), ElementsAre(0, 1, 0));
    EXPECT_THAT(compute(op(OpCode::compare_ge), {b, a}).values(), ElementsAre(1, 1, 0));
    const Tensor less = compute(op(OpCode::compare_lt), {a, b});
    EXPECT_EQ(less.view.dtype, Dtype::i8);
    EXPECT_THAT(compute(op(OpCode::where), {less, a, b}).values(), ElementsAre(1, 2, 3));
    const Tensor big = tensor({1}, Dtype::i32, {16777217}), none = tensor({1}, Dtype::i8, {0});
    EXPECT_EQ(compute(op(OpCode::where), {none, none, big}).values()[0], 16777217) << "integers stay exact";
}

TEST(Elementwise, BroadcastsSizeOneAndMissingLeadingAxes) {
    const Tensor a = random_tensor({2, 3, 1, 5}, Dtype::f32, 5), b = random_tensor({4, 1}, Dtype::f32, 6);
    const Tensor sum = compute(op(OpCode::sub), {a, b});
    ASSERT_EQ(sum.view.shape, (Shape{2, 3, 4, 5}));
    const auto x = a.values(), y = b.values(), z = sum.values();
    for (std::size_t i = 0; i < 6; ++i)
        for (std::size_t r = 0; r < 4; ++r)
            for (std::size_t c = 0; c < 5; ++c) EXPECT_EQ(z[(i * 4 + r) * 5 + c], x[i * 5 + c] - y[r]);
    const Tensor scalar = tensor({}, Dtype::f16, {2});
    EXPECT_THAT(compute(op(OpCode::mul), {tensor({2}, Dtype::f16, {3, 4}), scalar}).values(), ElementsAre(6, 8));
    EXPECT_THAT(compute(op(OpCode::div), {scalar, tensor({1, 2}, Dtype::f16, {4, 8})}).values(),
                ElementsAre(0.5, 0.25));
}

TEST(Elementwise, OperandsNeedNoAlignment) {
    Bytes storage(1 + 8);
    const Bytes values = encode(Dtype::f32, {1.5, -2});
    std::copy(values.begin(), values.end(), storage.begin() + 1);
    const View view{{2}, Dtype::f32, {}};
    Bytes result(1 + 8);
    evaluate(op(OpCode::neg), std::vector<Operand>{{view, std::span(storage).subspan(1)}}, view,
             std::span(result).subspan(1));
    EXPECT_THAT(decode(Dtype::f32, Bytes(result.begin() + 1, result.end())), ElementsAre(-1.5, 2));
}

TEST(Reduction, SumsInAscendingOrderInF32) {
    for (Shape shape : {Shape{7, 33}, Shape{3, 5, 9}, Shape{130}}) {
        for (int axis = 0; axis < shape.rank; ++axis) {
            const Tensor x = random_bits(Dtype::f32, 1);
            Tensor t = random_tensor(shape, Dtype::f32, 7);
            for (auto& b : t.bytes)
                b = x.bytes[static_cast<std::size_t>(&b - t.bytes.data())] & std::byte{0xBF};  // |x| < 2
            OpSpec spec = op(OpCode::reduce_sum);
            spec.axis = axis;
            const Tensor result = compute(spec, {t});
            Shape expected_shape = shape;
            expected_shape.dims[static_cast<std::size_t>(axis)] = 1;
            ASSERT_EQ(result.view.shape, expected_shape);
            std::size_t inner = 1, n = shape[static_cast<std::size_t>(axis)];
            for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < shape.rank; ++i) inner *= shape[i];
            const auto in = values_of<float>(t.bytes), out = values_of<float>(result.bytes);
            for (std::size_t o = 0; o < out.size(); ++o) {
                const float* first = in.data() + o / inner * inner * n + o % inner;
                float sum = first[0];
                for (std::size_t k = 1; k < n; ++k) sum += first[k * inner];
                EXPECT_EQ(out[o], sum) << to_string(shape) << " axis " << axis;
            }
        }
    }
}

TEST(Reduction, MaximaMinimaAndIntegers) {
    OpSpec spec = op(OpCode::reduce_max);
    const Tensor x = tensor({2, 3}, Dtype::f16, {1, 5, 2, 7, NAN, 3});
    EXPECT_THAT(compute(spec, {x}).values(), ElementsAre(5, testing::IsNan()));
    spec.code = OpCode::reduce_min;
    spec.axis = 0;
    EXPECT_THAT(compute(spec, {x}).values(), ElementsAre(1, testing::IsNan(), 2));
    spec.code = OpCode::reduce_sum;
    spec.axis = 1;
    const Tensor sum = compute(spec, {tensor({1, 3}, Dtype::i8, {100, 100, 100})});
    EXPECT_EQ(sum.view.dtype, Dtype::i32);
    EXPECT_THAT(sum.values(), ElementsAre(300));
}

TEST(Reduction, SoftmaxWithinOneUlpOnBothAxes) {
    const Tensor x = random_tensor({6, 10}, Dtype::f16, 8);
    const auto in = x.values();
    for (int axis : {0, 1}) {
        OpSpec spec = op(OpCode::softmax);
        spec.axis = axis;
        const auto out = values_of<std::uint16_t>(compute(spec, {x}).bytes);
        for (std::size_t r = 0; r < 6; ++r) {
            for (std::size_t c = 0; c < 10; ++c) {
                double sum = 0;
                for (std::size_t k = 0; k < (axis == 0 ? 6u : 10u); ++k)
                    sum += std::exp(axis == 0 ? in[k * 10 + c] : in[r * 10 + k]);
                const std::uint16_t expected = double_to_half(std::exp(in[r * 10 + c]) / sum);
                EXPECT_LE(std::abs(rank_of(out[r * 10 + c]) - rank_of(expected)), 1)
                    << r << ',' << c << " axis " << axis;
            }
        }
    }
}

TEST(Rearrangement, TransposeReshapeArangeFull) {
    const Tensor x = tensor({2, 2, 3}, Dtype::i8, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    const Tensor turned = compute(op(OpCode::transpose), {x});
    EXPECT_EQ(turned.view.shape, (Shape{2, 3, 2}));
    EXPECT_THAT(turned.values(), ElementsAre(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11));
    EXPECT_EQ(compute(op(OpCode::reshape), {x}, {{3, 4}, Dtype::i8, {}}).bytes, x.bytes);
    EXPECT_THAT(compute(op(OpCode::arange, 2, 0.5), {}, {{4}, Dtype::f16, {}}).values(), ElementsAre(2, 2.5, 3, 3.5));
    EXPECT_THAT(compute(op(OpCode::arange, 2147483647, 1), {}, {{2}, Dtype::i32, {}}).values(),
                ElementsAre(2147483647, -2147483648.0));
    EXPECT_THAT(compute(op(OpCode::full, -1.5), {}, {{1, 2}, Dtype::bf16, {}}).values(), ElementsAre(-1.5, -1.5));
}

TEST(Rearrangement, CopyConvertsLayouts) {
    const Tensor x = tensor({3, 5}, Dtype::i8, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
    const View blocked{{3, 5}, Dtype::i8, {2, 2}};
    const Tensor tiles = compute(op(OpCode::copy), {x}, blocked);
    EXPECT_THAT(tiles.values(), ElementsAre(0, 1, 5, 6, 2, 3, 7, 8, 4, 9, 10, 11, 12, 13, 14));
    for (std::uint64_t r = 0; r < 3; ++r)
        for (std::uint64_t c = 0; c < 5; ++c)
            EXPECT_EQ(tiles.values()[blocked.layout.index(3, 5, r, c)], x.values()[r * 5 + c]);
    const View other{{3, 5}, Dtype::i8, {1, 3}};
    EXPECT_EQ(compute(op(OpCode::copy), {compute(op(OpCode::copy), {tiles}, other)}, x.view).bytes, x.bytes);
}

TEST(Inference, SaysWhatDoesNotFit) {
    const auto infer = [](const OpSpec& spec, std::vector<View> views) { return [=] { infer_result(spec, views); }; };
    const auto f16 = [](Shape shape) { return View{shape, Dtype::f16, {}}; };
    EXPECT_THAT(infer(op(OpCode::add), {f16({16, 64}), f16({16, 3})}),
                ThrowsMessage<std::invalid_argument>(
                    "add: shapes (16, 64) and (16, 3) do not broadcast: axis -1 is 64 against 3"));
    EXPECT_THAT(infer(op(OpCode::matmul), {f16({32, 64}), f16({32, 16})}),
                ThrowsMessage<std::invalid_argument>(
                    "matmul: A (32, 64) and B (32, 16) do not fit: inner extents are 64 and 32"));
    EXPECT_THAT(infer(op(OpCode::fma), {f16({1}), f16({1})}),
                ThrowsMessage<std::invalid_argument>("fma: takes 3 operand(s), got 2"));
    OpSpec sum = op(OpCode::reduce_sum);
    sum.axis = 2;
    EXPECT_THAT(infer(sum, {f16({4, 4})}),
                ThrowsMessage<std::invalid_argument>("reduce_sum: axis 2 is outside (4, 4)"));
    EXPECT_THAT(infer(op(OpCode::transpose), {f16({4})}),
                ThrowsMessage<std::invalid_argument>(HasSubstr("two dimensions")));
    OpSpec gemm = op(OpCode::matmul);
    gemm.epilogues = {{OpCode::add, EpilogueScope::output_tile, 0}};
    EXPECT_THAT(infer(gemm, {f16({2, 3}), f16({3, 4}), f16({3})}),
                ThrowsMessage<std::invalid_argument>(
                    "matmul: the operand of epilogue add must be a row of 4 elements, got (3)"));
    EXPECT_THAT(
        [&] {
            check_result(op(OpCode::neg), std::vector{f16({2, 3})}, f16({3, 2}));
        },
        ThrowsMessage<std::invalid_argument>("neg: the result is (3, 2), the operands give (2, 3)"));
}

TEST(Inference, PromotesElementTypes) {
    const auto type = [](OpCode code, Dtype a, Dtype b) {
        return infer_result(op(code), std::vector<View>{{{1, 1}, a, {}}, {{1, 1}, b, {}}}).dtype;
    };
    EXPECT_EQ(type(OpCode::add, Dtype::f16, Dtype::bf16), Dtype::f32);
    EXPECT_EQ(type(OpCode::add, Dtype::i32, Dtype::f16), Dtype::f16);
    EXPECT_EQ(type(OpCode::add, Dtype::i8, Dtype::i32), Dtype::i32);
    EXPECT_EQ(type(OpCode::matmul, Dtype::i8, Dtype::i8), Dtype::i32);
    EXPECT_EQ(infer_result(op(OpCode::exp), std::vector<View>{{{1}, Dtype::i8, {}}}).dtype, Dtype::f32);
    EXPECT_EQ(dtype_from_string("bf16"), Dtype::bf16);
    EXPECT_EQ(dtype_from_string("f64"), std::nullopt);
}
