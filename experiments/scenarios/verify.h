// SPDX-License-Identifier: Apache-2.0
/// Compares a result with its reference, element by element, and says where and at whom they differ.
#pragma once

#include "experiments/scenarios/scenario.h"

namespace ahbm::scenarios {

/// |got - want| <= absolute + relative * |want|; both 0: the bits must be equal. NaN matches NaN, an infinity the same
/// infinity, and nothing else: how many did is part of the verdict.
struct Tolerance {
    double absolute = 0;
    double relative = 0;

    bool exact() const { return absolute == 0 && relative == 0; }
};

/// `tensor` tells which PE holds which element. The report names the worst element (anything that is not finite is
/// worse than any number), the rows and the PEs with mismatches, 16 of each at most, and how many more there are;
/// max_diff is that of the finite ones. Its JSON twin has as many rows and every PE.
Verification compare(const runtime::Tensor& tensor, const runtime::Array& got, const runtime::Array& want,
                     Tolerance tolerance, std::string what);

/// What two values are to each other besides numbers.
enum class Kinds : std::uint8_t { numbers, both_nan, same_infinity, different };
Kinds kinds_of(double got, double want);
/// Notes a match of NaN or infinities; finish_kinds() puts their numbers into `what`.
void count_kind(Verification& result, Kinds kinds);
void finish_kinds(Verification& result);

/// The verdict of a run without values or with --no-verify.
Verification not_verified(std::string why);

}  // namespace ahbm::scenarios
