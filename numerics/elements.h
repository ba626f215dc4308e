// SPDX-License-Identifier: Apache-2.0
/// From stored elements (f16, bf16, f32, i32, i8; dense or blocked; any alignment) to the arrays that arithmetic runs
/// on, and back. Private to the folder: nothing outside sees Eigen.
/// Non-goal: arithmetic.
#pragma once

#include "numerics/operation.h"

#include <Eigen/Core>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ahbm::shadow {

/// Elements in row-major order, widened. The arrays are longer than the tensor: their length is a multiple of the
/// widest vector register, so that every element takes the same vectorised path through exp() and friends, and its
/// result does not depend on its position. Elements behind the tensor's are 1.
using Floats = Eigen::ArrayXf;
using Ints = Eigen::ArrayXi;

Eigen::Index padded(std::uint64_t elements);

/// f16, bf16 and i8 widen exactly; i32 rounds to nearest even.
Floats load_floats(const Operand& operand);
/// Of i32 and i8 operands only.
Ints load_ints(const Operand& operand);

/// Rounds once, to nearest even. To an integer type: truncates towards zero and saturates; NaN becomes 0.
void store(const Floats& values, const View& result, std::span<std::byte> bytes);
/// To i8: modulo 2^8. To a floating-point type: to nearest even, by way of f32.
void store(const Ints& values, const View& result, std::span<std::byte> bytes);

/// Repeats size-1 axes (and missing leading ones) of `from` until it has the shape `to`.
template <class Array>
Array broadcast(const Array& values, const Shape& from, const Shape& to) {
    if (from.elements() == to.elements()) return values;
    Array result = Array::Ones(padded(to.elements()));
    // Extents and strides seen as 4-D, innermost last.
    std::array<Eigen::Index, 4> extent{1, 1, 1, 1}, stride{};
    Eigen::Index step = 1;
    for (unsigned i = 1; i <= to.rank; ++i) {
        extent[4 - i] = to[to.rank - i];
        if (i <= from.rank && from[from.rank - i] != 1) {
            stride[4 - i] = step;
            step *= from[from.rank - i];
        }
    }
    Eigen::Index at = 0;
    for (Eigen::Index a = 0; a < extent[0]; ++a) {
        for (Eigen::Index b = 0; b < extent[1]; ++b) {
            for (Eigen::Index c = 0; c < extent[2]; ++c, at += extent[3]) {
                const Eigen::Index first = a * stride[0] + b * stride[1] + c * stride[2];
                if (stride[3] == 0)
                    result.segment(at, extent[3]).setConstant(values[first]);
                else
                    result.segment(at, extent[3]) = values.segment(first, extent[3]);
            }
        }
    }
    return result;
}

}  // namespace ahbm::shadow
