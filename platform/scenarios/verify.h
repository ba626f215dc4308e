// SPDX-License-Identifier: Apache-2.0
/// Compares a result with its reference, element by element, and says where and at whom they differ.
#pragma once

#include "platform/scenarios/scenario.h"

namespace ahbm::scenarios {

/// |got - want| <= absolute + relative * |want|; both 0: the bits must be equal. NaN and infinity never pass, whichever
/// side they are on: a reference that has one proves nothing.
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

/// The verdict of a run without values or with --no-verify.
Verification not_verified(std::string why);

}  // namespace ahbm::scenarios
