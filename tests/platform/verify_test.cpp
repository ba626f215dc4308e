// SPDX-License-Identifier: Apache-2.0
// Synthetic mismatches, and what is said about them.
#include "experiments/scenarios/verify.h"

#include "tests/sw_runtime/functional_machine.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace ahbm::scenarios {
namespace {

using runtime::Array;
using testing::HasSubstr;
using Verdict = Verification::Verdict;

class Verify : public testing::Test {
protected:
    /// A (rows, 4) tensor whose rows lie on the PEs of cube 0 in turn.
    runtime::Tensor tensor(std::uint32_t rows) {
        return context_.zeros({rows, 4}, Dtype::f32, {{runtime::Split::replicate, runtime::Split::row_wise}, {}, "y"});
    }
    static Array numbers(std::uint32_t rows) {
        return runtime::make_array({rows, 4}, Dtype::f32, std::vector<float>(std::size_t{rows} * 4, 1));
    }
    static void set(Array& array, std::uint64_t row, std::uint64_t col, float value) {
        std::vector<double> values = runtime::values_of(array);
        values[row * 4 + col] = value;
        array = runtime::make_array(array.shape, array.dtype, std::vector<float>(values.begin(), values.end()));
    }

    runtime::test::FunctionalMachine machine_;
    runtime::Context context_{machine_};
    const float nan_ = std::numeric_limits<float>::quiet_NaN();
    const float inf_ = std::numeric_limits<float>::infinity();
};

TEST_F(Verify, EqualArraysPass) {
    const Verification same = compare(tensor(8), numbers(8), numbers(8), {}, "y with itself");
    EXPECT_EQ(same.verdict, Verdict::passed);
    EXPECT_EQ(same.what, "y with itself");
    EXPECT_EQ(same.elements, 32u);
    EXPECT_EQ(same.report, "");
}

TEST_F(Verify, OneWrongElementIsFoundAndItsOwnerNamed) {
    Array got = numbers(8);
    set(got, 5, 2, 1.5F);
    const Verification one = compare(tensor(8), got, numbers(8), {}, "");
    EXPECT_EQ(one.verdict, Verdict::failed);
    EXPECT_EQ(one.mismatches, 1u);
    EXPECT_EQ(one.report,
              "MISMATCH y shape=(8, 4) max_diff=0.5 tolerance=exact over=1/32 nan=0 inf=0\n"
              "  worst index=(5, 2) got=1.5 want=1 owner=sip0.cube0.pe2\n"
              "  rows over tolerance 1/8  (5) 1/4 max 0.5\n"
              "  PEs over tolerance  1/4  sip0.cube0.pe2 1/8 max 0.5");
    EXPECT_EQ(one.json["by_row"], nlohmann::json::parse(R"({"5": {"over": 1, "of": 4}})"));
    EXPECT_EQ(one.json["by_pe"], nlohmann::json::parse(R"({"sip0.cube0.pe2": {"over": 1, "of": 8}})"));
    EXPECT_EQ(one.json["worst"]["owner"], "sip0.cube0.pe2");
}

TEST_F(Verify, ToleranceIsAbsolutePlusRelativeToTheReference) {
    Array got = numbers(8), want = numbers(8);
    set(got, 0, 0, 110);
    set(want, 0, 0, 100);
    EXPECT_EQ(compare(tensor(8), got, want, {0, 0.1}, "").verdict, Verdict::passed);
    EXPECT_EQ(compare(tensor(8), got, want, {0.9, 0.09}, "").verdict, Verdict::failed);
    EXPECT_EQ(compare(tensor(8), got, want, {1, 0.09}, "").verdict, Verdict::passed);
    EXPECT_EQ(compare(tensor(8), want, got, {0, 0.0909}, "").verdict, Verdict::failed) << "10 > 0.0909 * 110";
}

TEST_F(Verify, NanAndInfinityMatchTheirOwnKindAtTheSamePlaceAndAreCounted) {
    Array array = numbers(8);
    set(array, 0, 0, nan_);
    set(array, 3, 1, inf_);
    set(array, 3, 2, -inf_);
    for (const Tolerance tolerance : {Tolerance{}, Tolerance{1e-3, 1e-3}}) {
        const Verification same = compare(tensor(8), array, array, tolerance, "y");
        EXPECT_EQ(same.verdict, Verdict::passed);
        EXPECT_EQ(same.elements, 32u);
        EXPECT_EQ(same.nan, 1u);
        EXPECT_EQ(same.infinite, 2u);
        EXPECT_EQ(same.what, "y; 1 NaN and 2 infinite as expected");
    }
    Array other = array;
    set(other, 3, 1, -inf_);  // the other infinity
    set(other, 0, 0, inf_);   // for NaN
    set(other, 5, 0, nan_);   // for a number
    EXPECT_EQ(compare(tensor(8), other, array, {1e30, 1e30}, "").mismatches, 3u);
    EXPECT_EQ(compare(tensor(8), array, other, {1e30, 1e30}, "").mismatches, 3u);
}

TEST_F(Verify, NanAndInfinityNeverMatchNumbers) {
    const Tolerance wide{1e30, 1e30};
    for (const float bad : {nan_, inf_, -inf_}) {
        Array array = numbers(8);
        set(array, 3, 1, bad);
        EXPECT_EQ(compare(tensor(8), array, numbers(8), wide, "").verdict, Verdict::failed);
        EXPECT_EQ(compare(tensor(8), numbers(8), array, wide, "").verdict, Verdict::failed);
    }
}

TEST_F(Verify, WhatIsNotFiniteIsWorstAndCountedByItself) {
    Array got = numbers(8);
    set(got, 1, 0, 1000);
    set(got, 2, 3, nan_);
    set(got, 4, 0, inf_);
    const Verification all = compare(tensor(8), got, numbers(8), {}, "");
    EXPECT_THAT(all.report,
                HasSubstr("max_diff=999 tolerance=exact over=3/32 nan=1 inf=1\n  worst index=(2, 3) got=nan want=1"));
    EXPECT_EQ(all.json["nan"], 1);
    EXPECT_EQ(all.json["inf"], 1);
    EXPECT_EQ(all.json["max_diff"], "999");
}

TEST_F(Verify, ManyWrongRowsAreSummarised) {
    Array got = numbers(40);
    for (std::uint32_t row = 0; row < 40; row += 2) set(got, row, 0, 3);
    const Verification many = compare(tensor(40), got, numbers(40), {0.5, 0}, "");
    EXPECT_THAT(many.report, HasSubstr("tolerance=0.5 + 0 |want| over=20/160"));
    EXPECT_THAT(many.report, HasSubstr("rows over tolerance 20/40  (0) 1/4 max 2 | (2) 1/4 max 2"));
    EXPECT_THAT(many.report, HasSubstr("| (30) 1/4 max 2 | and 4 more\n"));
    EXPECT_THAT(many.report, HasSubstr("PEs over tolerance  4/4  sip0.cube0.pe0 5/40 max 2"));
    EXPECT_EQ(many.json["rows_over"], 20);
    EXPECT_EQ(many.json["by_row"].size(), 16u);
    EXPECT_EQ(many.json["by_pe"].size(), 4u);
}

TEST_F(Verify, AnotherShapeOrTypeFailsWithoutComparing) {
    const Verification shape = compare(tensor(8), numbers(7), numbers(8), {}, "");
    EXPECT_EQ(shape.verdict, Verdict::failed);
    EXPECT_EQ(shape.report, "'y' is (7, 4) f32, the reference is (8, 4) f32");
    const Array halves = runtime::make_array({8, 4}, Dtype::f16, std::vector<float>(32, 1));
    EXPECT_EQ(compare(tensor(8), halves, numbers(8), {}, "").report, "'y' is (8, 4) f16, the reference is (8, 4) f32");
}

}  // namespace
}  // namespace ahbm::scenarios
