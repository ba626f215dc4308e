// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/tl_bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace ahbm::tl::test {
namespace {

constexpr View matrix{{4, 6}, Dtype::f32, {}};
using Binary = Tensor (Program::*)(const Term&, const Term&);
using Unary = Tensor (Program::*)(const Tensor&);

TEST(TlElementwise, BinaryOperationsMatchPlainCpp) {
    const struct {
        Binary call;
        float (*reference)(float, float);
    } cases[] = {
        {&Program::add, [](float a, float b) { return a + b; }},
        {&Program::sub, [](float a, float b) { return a - b; }},
        {&Program::mul, [](float a, float b) { return a * b; }},
        {&Program::div, [](float a, float b) { return a / b; }},
        {&Program::maximum, [](float a, float b) { return std::max(a, b); }},
        {&Program::minimum, [](float a, float b) { return std::min(a, b); }},
        {&Program::eq, [](float a, float b) { return a == b ? 1.0f : 0.0f; }},
        {&Program::ne, [](float a, float b) { return a != b ? 1.0f : 0.0f; }},
        {&Program::lt, [](float a, float b) { return a < b ? 1.0f : 0.0f; }},
        {&Program::le, [](float a, float b) { return a <= b ? 1.0f : 0.0f; }},
        {&Program::gt, [](float a, float b) { return a > b ? 1.0f : 0.0f; }},
        {&Program::ge, [](float a, float b) { return a >= b ? 1.0f : 0.0f; }},
    };
    Floats x = random_values(24, -4, 4, 1), y = random_values(24, -4, 4, 2);
    for (float& value : y) value = value == 0.0f ? 1.0f : value;
    x[3] = y[3];  // so that the comparisons see equality too
    Bench bench;
    const TensorArg a = bench.place(matrix, x), b = bench.place(matrix, y);
    for (std::size_t c = 0; c < std::size(cases); ++c) {
        const auto result = bench.value([&](Program& tl) {
            const Tensor left = tl.load(tl.view(a)), right = tl.load(tl.view(b));
            return std::invoke(cases[c].call, tl, left, right);
        });
        for (std::size_t i = 0; i < x.size(); ++i) {
            EXPECT_EQ(result.values[i], cases[c].reference(x[i], y[i])) << "case " << c << " element " << i;
        }
    }
}

TEST(TlElementwise, UnaryOperationsMatchPlainCpp) {
    const struct {
        Unary call;
        float (*reference)(float);
    } cases[] = {
        {&Program::exp, [](float x) { return std::exp(x); }},
        {&Program::log, [](float x) { return std::log(x); }},
        {&Program::sqrt, [](float x) { return std::sqrt(x); }},
        {&Program::rsqrt, [](float x) { return 1.0f / std::sqrt(x); }},
        {&Program::abs, [](float x) { return std::abs(x); }},
        {&Program::neg, [](float x) { return -x; }},
        {&Program::sigmoid, [](float x) { return 1.0f / (1.0f + std::exp(-x)); }},
        {&Program::tanh, [](float x) { return std::tanh(x); }},
        {&Program::relu, [](float x) { return std::max(x, 0.0f); }},
        {&Program::gelu, [](float x) { return 0.5f * x * std::erfc(-x * 0.70710678f); }},
        {&Program::sin, [](float x) { return std::sin(x); }},
        {&Program::cos, [](float x) { return std::cos(x); }},
    };
    const Floats x = random_values(24, -3, 3, 3);
    Bench bench;
    const TensorArg a = bench.place(matrix, x);
    for (std::size_t c = 0; c < std::size(cases); ++c) {
        const auto result = bench.value([&](Program& tl) {
            const Tensor operand = tl.load(tl.view(a));
            return std::invoke(cases[c].call, tl, operand);
        });
        for (std::size_t i = 0; i < x.size(); ++i) {
            const float expected = cases[c].reference(x[i]);
            if (std::isnan(expected))
                EXPECT_TRUE(std::isnan(result.values[i])) << "case " << c << " of " << x[i];
            else
                EXPECT_FLOAT_EQ(result.values[i], expected) << "case " << c << " of " << x[i];
        }
    }
}

TEST(TlElementwise, ClampScaleFmaWhereAndCast) {
    const Floats x = random_values(24, -4, 4, 4), y = random_values(24, -4, 4, 5);
    Bench bench;
    const TensorArg a = bench.place(matrix, x), b = bench.place(matrix, y);
    const auto expect = [&](const std::function<Tensor(Program&, Tensor, Tensor)>& body, auto reference) {
        const auto result =
            bench.value([&](Program& tl) { return body(tl, tl.load(tl.view(a)), tl.load(tl.view(b))); });
        for (std::size_t i = 0; i < x.size(); ++i)
            EXPECT_EQ(result.values[i], reference(x[i], y[i])) << "element " << i;
    };
    expect([](Program& tl, Tensor p, Tensor) { return tl.clamp(p, -1.0, 2.0); },
           [](float p, float) { return std::clamp(p, -1.0f, 2.0f); });
    expect([](Program& tl, Tensor p, Tensor) { return tl.scale(p, 0.25); }, [](float p, float) { return p * 0.25f; });
    expect([](Program& tl, Tensor p, Tensor q) { return tl.fma(p, q, 0.5); },
           [](float p, float q) { return std::fma(p, q, 0.5f); });
    expect([](Program& tl, Tensor p, Tensor q) { return tl.where(tl.lt(p, q), p, 9.0); },
           [](float p, float q) { return p < q ? p : 9.0f; });
    expect([](Program& tl, Tensor p, Tensor) { return tl.where(tl.gt(p, 0.0), 1.0, -1.0); },
           [](float p, float) { return p > 0 ? 1.0f : -1.0f; });
    expect([](Program& tl, Tensor p, Tensor) { return tl.cast(p, Dtype::i32); },
           [](float p, float) { return std::trunc(p); });
}

TEST(TlElementwise, OperatorsTakeNumbersOnEitherSide) {
    Bench bench;
    const TensorArg a = bench.place({{1, 2}, Dtype::f32, {}}, {2.0f, -4.0f});
    const auto values = [&](auto body) {
        return bench.value([&](Program& tl) { return body(tl.load(tl.view(a))); }).values;
    };
    EXPECT_EQ(values([](Tensor x) { return x + 1.0; }), (Floats{3, -3}));
    EXPECT_EQ(values([](Tensor x) { return 1 - x; }), (Floats{-1, 5}));
    EXPECT_EQ(values([](Tensor x) { return 3 * x; }), (Floats{6, -12}));
    EXPECT_EQ(values([](Tensor x) { return 1 / x; }), (Floats{0.5f, -0.25f}));
    EXPECT_EQ(values([](Tensor x) { return -x / x - x * x; }), (Floats{-5, -17}));
}

TEST(TlElementwise, ANumberNeverLosesItsValueBesideIntegers) {
    Bench bench;
    const TensorArg a = bench.place({{1, 2}, Dtype::i8, {}}, {100, -100});
    const auto result = [&](auto body) { return bench.value([&](Program& tl) { return body(tl.load(tl.view(a))); }); };
    const auto small = result([](Tensor x) { return x + 1; });
    EXPECT_EQ(small.dtype, Dtype::i8);
    EXPECT_EQ(small.values, (Floats{101, -99}));
    const auto wide = result([](Tensor x) { return x * 1000; });
    EXPECT_EQ(wide.dtype, Dtype::i32);
    EXPECT_EQ(wide.values, (Floats{100000, -100000}));
    const auto fraction = result([](Tensor x) { return x * 0.25; });
    EXPECT_EQ(fraction.dtype, Dtype::f32);
    EXPECT_EQ(fraction.values, (Floats{25, -25}));
}

TEST(TlElementwise, EachOperationRoundsOnceToItsType) {
    for (const Dtype dtype : {Dtype::f16, Dtype::bf16}) {
        const Floats x{1.0f, 0.5f, 3.0f}, y{1.0f / 4096, 1.0f / 1024, 1.0f / 256};
        Bench bench;
        const View view{{1, 3}, dtype, {}};
        const TensorArg a = bench.place(view, x), b = bench.place(view, y);
        const auto sum = bench.value([&](Program& tl) { return tl.load(tl.view(a)) + tl.load(tl.view(b)); });
        EXPECT_EQ(sum.dtype, dtype);
        for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(sum.values[i], rounded(x[i] + y[i], dtype));
    }
}

TEST(TlElementwise, BroadcastsSizeOneAxes) {
    Bench bench;
    const TensorArg column = bench.place({{3, 1}, Dtype::f32, {}}, {10, 20, 30});
    const TensorArg row = bench.place({{1, 2}, Dtype::f32, {}}, {1, 2});
    const auto sum = bench.value([&](Program& tl) { return tl.load(tl.view(column)) + tl.load(tl.view(row)); });
    EXPECT_EQ(sum.shape, (Shape{3, 2}));
    EXPECT_EQ(sum.values, (Floats{11, 12, 21, 22, 31, 32}));
}

TEST(TlElementwise, ReductionsKeepTheirAxis) {
    Bench bench;
    const TensorArg a = bench.place({{2, 3}, Dtype::f32, {}}, {1, 5, 3, -2, 0, 8});
    const auto reduce = [&](auto call, std::int32_t axis) {
        return bench.value([&](Program& tl) { return std::invoke(call, tl, tl.load(tl.view(a)), axis); });
    };
    EXPECT_EQ(reduce(&Program::sum, 1).shape, (Shape{2, 1}));
    EXPECT_EQ(reduce(&Program::sum, 1).values, (Floats{9, 6}));
    EXPECT_EQ(reduce(&Program::sum, 0).values, (Floats{-1, 5, 11}));
    EXPECT_EQ(reduce(&Program::max, -1).values, (Floats{5, 8}));
    EXPECT_EQ(reduce(&Program::min, 0).shape, (Shape{1, 3}));
    EXPECT_EQ(reduce(&Program::min, 0).values, (Floats{-2, 0, 3}));
}

TEST(TlElementwise, SoftmaxAlongEitherAxis) {
    Bench bench;
    const Floats x{0, 1, 2, 3};
    const TensorArg a = bench.place({{2, 2}, Dtype::f32, {}}, x);
    const float low = 1 / (1 + std::exp(1.0f)), far = 1 / (1 + std::exp(2.0f));
    const auto rows = bench.value([&](Program& tl) { return tl.softmax(tl.load(tl.view(a))); });
    const auto cols = bench.value([&](Program& tl) { return tl.softmax(tl.load(tl.view(a)), 0); });
    const Floats expected_rows{low, 1 - low, low, 1 - low}, expected_cols{far, far, 1 - far, 1 - far};
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_FLOAT_EQ(rows.values[i], expected_rows[i]);
        EXPECT_FLOAT_EQ(cols.values[i], expected_cols[i]);
    }
}

TEST(TlElementwise, ShapesAndSources) {
    Bench bench;
    const auto trans = bench.value([](Program& tl) { return tl.trans(tl.reshape(tl.arange(6, Dtype::f32), {2, 3})); });
    EXPECT_EQ(trans.shape, (Shape{3, 2}));
    EXPECT_EQ(trans.values, (Floats{0, 3, 1, 4, 2, 5}));
    const auto steps = bench.value([](Program& tl) { return tl.arange(4, Dtype::i32, 10, -3); });
    EXPECT_EQ(steps.values, (Floats{10, 7, 4, 1}));
    const auto full = bench.value([](Program& tl) { return tl.full({2, 2}, 1.5, Dtype::f16); });
    EXPECT_EQ(full.values, (Floats{1.5f, 1.5f, 1.5f, 1.5f}));
    EXPECT_EQ(bench.value([](Program& tl) { return tl.zeros({3}, Dtype::i8); }).values, (Floats{0, 0, 0}));
}

TEST(TlElementwise, ReshapeSharesTheBytes) {
    Bench bench;
    bench.run([](Program& tl) {
        const std::uint64_t before = tl.tcm_room();
        Tensor line = tl.arange(6, Dtype::f32);
        const std::uint64_t with_line = tl.tcm_room();
        const Tensor table = tl.reshape(line, {2, 3});
        EXPECT_EQ(table.address(), line.address());
        EXPECT_EQ(table.id(), line.id());
        line = {};
        EXPECT_EQ(tl.tcm_room(), with_line) << "the reshaped handle still owns the bytes";
        EXPECT_LT(with_line, before);
    });
}

TEST(TlElementwise, ItemSteersTheControlFlow) {
    Bench bench;
    bench.run([](Program& tl) {
        EXPECT_EQ(tl.item(tl.sum(tl.arange(5, Dtype::f32), 0)), 10.0);
        EXPECT_EQ(tl.item(tl.full({1}, 16777217, Dtype::i32)), 16777217.0) << "i32 must not pass through f32";
        EXPECT_EQ(tl.item(tl.full({1, 1}, -7, Dtype::i8)), -7.0);
        EXPECT_EQ(tl.item(tl.full({}, 0.5, Dtype::bf16)), 0.5);
    });
}

TEST(TlElementwise, DebugPrintNamesThePeAndShortensLongTensors) {
    Bench bench({.num_cubes = 1, .num_pes_per_cube = 2});
    bench.run([](Program& tl) {
        if (tl.program_id(0) == 1)
            tl.debug_print("line", tl.arange(3, Dtype::f16, 0.5));
        else
            tl.debug_print("long", tl.arange(20));
    });
    EXPECT_EQ(bench.runner.printed(),
              (std::vector<std::string>{
                  "sip0.cube0.pe0: long (20) i32: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 ... (20 in all)",
                  "sip0.cube0.pe1: line (3) f16: 0.5 1.5 2.5"}));
}

TEST(TlElementwise, ErrorsNameTheCallAndItsOperands) {
    Bench bench;
    EXPECT_EQ(bench.error([](Program& tl) {
        tl.reshape(tl.zeros({2, 3}, Dtype::f16), {4, 2});
    }),
              "kernel test, sip0.cube0.pe0: reshape: (2, 3) f16 to (4, 2): element counts differ");
    EXPECT_EQ(bench.error([](Program& tl) { tl.item(tl.zeros({2}, Dtype::f32)); }),
              "kernel test, sip0.cube0.pe0: item: (2) f32 has more than one element");
    EXPECT_EQ(bench.error([](Program& tl) { tl.add(1.0, 2.0); }),
              "kernel test, sip0.cube0.pe0: add: no operand is a tensor");
    EXPECT_EQ(bench.error([](Program& tl) { tl.exp(Tensor()); }),
              "kernel test, sip0.cube0.pe0: exp: an operand is a handle that holds no tensor");
    EXPECT_EQ(bench.error([](Program& tl) {
        tl.zeros({0, 3}, Dtype::f32);
    }),
              "kernel test, sip0.cube0.pe0: full: (0, 3) f32 has no elements");
    EXPECT_EQ(bench.error([](Program& tl) {
        tl.zeros({4, 4}, Dtype::f16) + tl.zeros({3, 4}, Dtype::f16);
    }),
              "kernel test, sip0.cube0.pe0: add: (4, 4) f16 and (3, 4) f16: shapes (4, 4) and (3, 4) do not broadcast: "
              "axis -2 is 4 against 3");
    EXPECT_EQ(bench.error([](Program& tl) {
        tl.sum(tl.zeros({4, 4}, Dtype::f16), 2);
    }),
              "kernel test, sip0.cube0.pe0: sum: (4, 4) f16: axis 2 is outside (4, 4)");
    EXPECT_EQ(bench.error([](Program& tl) { tl.trans(tl.zeros({4}, Dtype::f16)); }),
              "kernel test, sip0.cube0.pe0: trans: (4) f16: needs at least two dimensions, got (4)");
}

}  // namespace
}  // namespace ahbm::tl::test
