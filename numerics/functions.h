// SPDX-License-Identifier: Apache-2.0
/// Functions of one f32 array, used by element-wise operations and by matmul epilogues.
#pragma once

#include "numerics/elements.h"

namespace ahbm::shadow {

/// The larger or smaller element of two array expressions; NaN wins. The result refers to its operands.
template <class A, class B>
auto larger(const A& a, const B& b) {
    return (a < b || b != b).select(b, a);
}
template <class A, class B>
auto smaller(const A& a, const B& b) {
    return (b < a || b != b).select(b, a);
}

/// e to the power of each element, in place; 0 for -infinity, denormal where it has to be.
void exponential(Floats& x);
/// Applies a unary function in place; `low` and `high` are the bounds of clamp, `low` the factor of scale.
void apply_unary(OpCode code, double low, double high, Floats& x);

}  // namespace ahbm::shadow
