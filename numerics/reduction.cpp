// SPDX-License-Identifier: Apache-2.0
/// Reductions and softmax: the axis is brought to the front, then whole rows are combined in ascending order, which
/// fixes the order of every sum and keeps the arithmetic vectorised.
#include "numerics/arithmetic.h"
#include "numerics/elements.h"
#include "numerics/functions.h"

#include <stdexcept>

namespace ahbm::shadow {

namespace {

using Index = Eigen::Index;

template <class T>
using MatrixOf = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using RowOf = Eigen::Array<T, 1, Eigen::Dynamic>;

/// A tensor around one axis: outer x axis x inner elements.
struct Split {
    Index outer = 1, axis = 1, inner = 1;
    Split(const Shape& shape, unsigned at) {
        for (unsigned i = 0; i < shape.rank; ++i) (i < at ? outer : i == at ? axis : inner) *= shape[i];
    }
};

template <class Array>
auto axis_first(const Array& x, const Split& split) {
    using T = typename Array::Scalar;
    MatrixOf<T> rows(split.axis, split.outer * split.inner);
    for (Index o = 0; o < split.outer; ++o) {
        if (split.inner == 1) {
            rows = Eigen::Map<const MatrixOf<T>>(x.data(), split.outer, split.axis).transpose();
            break;
        }
        rows.middleCols(o * split.inner, split.inner) =
            Eigen::Map<const MatrixOf<T>>(x.data() + o * split.axis * split.inner, split.axis, split.inner);
    }
    return rows;
}

template <class T>
RowOf<T> reduce(OpCode code, const MatrixOf<T>& rows) {
    if (rows.rows() == 0 && code == OpCode::reduce_sum) return RowOf<T>::Zero(rows.cols());
    RowOf<T> result = rows.row(0);
    for (Index k = 1; k < rows.rows(); ++k) {
        if (code == OpCode::reduce_max)
            result = larger(result, rows.row(k));
        else if (code == OpCode::reduce_min)
            result = smaller(result, rows.row(k));
        else if constexpr (std::is_same_v<T, float>)
            result += rows.row(k);
        else
            result = (result.template cast<unsigned>() + rows.row(k).template cast<unsigned>()).template cast<int>();
    }
    return result;
}

/// exp(x - max) / sum, along the axis.
Floats softmax(const Floats& x, const Split& split) {
    const MatrixOf<float> rows = axis_first(x, split);
    const RowOf<float> largest = reduce(OpCode::reduce_max, rows);
    Floats powers(padded(static_cast<std::uint64_t>(rows.size())));
    Eigen::Map<MatrixOf<float>> matrix(powers.data(), rows.rows(), rows.cols());
    powers.tail(powers.size() - rows.size()).setZero();
    matrix = rows.rowwise() - largest;
    exponential(powers);
    matrix.rowwise() /= RowOf<float>(reduce<float>(OpCode::reduce_sum, matrix));
    Floats result(x.size());
    if (split.inner == 1) {
        Eigen::Map<MatrixOf<float>>(result.data(), split.outer, split.axis) = matrix.transpose();
        return result;
    }
    for (Index o = 0; o < split.outer; ++o) {
        Eigen::Map<MatrixOf<float>>(result.data() + o * split.axis * split.inner, split.axis, split.inner) =
            matrix.middleCols(o * split.inner, split.inner);
    }
    return result;
}

}  // namespace

void evaluate_reduction(const OpSpec& spec, const Operand& operand, const View& result, std::span<std::byte> bytes) {
    const Split split(operand.view.shape, resolve_axis(spec, operand.view.shape));
    if (operand.view.shape.elements() == 0 && spec.code != OpCode::reduce_sum) return;
    if (spec.code == OpCode::softmax) return store(softmax(load_floats(operand), split), result, bytes);
    if (is_float(operand.view.dtype)) {
        store(Floats(reduce(spec.code, axis_first(load_floats(operand), split))), result, bytes);
    } else {
        store(Ints(reduce(spec.code, axis_first(load_ints(operand), split))), result, bytes);
    }
}

}  // namespace ahbm::shadow
