// SPDX-License-Identifier: Apache-2.0
/// Which operands fit an operation, and what comes out.
#include "numerics/arithmetic.h"
#include "numerics/operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace ahbm {

namespace {

template <class... Args>
[[noreturn]] void fail(const OpSpec& spec, fmt::format_string<Args...> text, Args&&... args) {
    throw std::invalid_argument(
        fmt::format("{}: {}", to_string(spec.code), fmt::format(text, std::forward<Args>(args)...)));
}

std::size_t operand_count(const OpSpec& spec) {
    switch (spec.code) {
        case OpCode::arange:
        case OpCode::full: return 0;
        case OpCode::fma:
        case OpCode::where: return 3;
        case OpCode::add:
        case OpCode::sub:
        case OpCode::mul:
        case OpCode::div:
        case OpCode::maximum:
        case OpCode::minimum:
        case OpCode::compare_eq:
        case OpCode::compare_ne:
        case OpCode::compare_lt:
        case OpCode::compare_le:
        case OpCode::compare_gt:
        case OpCode::compare_ge: return 2;
        case OpCode::matmul:
            return 2 + static_cast<std::size_t>(
                           std::count_if(spec.epilogues.begin(), spec.epilogues.end(), &takes_operand));
        default: return 1;
    }
}

Dtype wider(Dtype a, Dtype b) {
    if (a == b) return a;
    if (is_float(a) && is_float(b)) return Dtype::f32;
    if (is_float(a)) return a;
    if (is_float(b)) return b;
    return Dtype::i32;
}

Shape broadcast_shape(const OpSpec& spec, const Shape& a, const Shape& b) {
    Shape result = a.rank >= b.rank ? a : b;
    const Shape& other = a.rank >= b.rank ? b : a;
    for (unsigned i = 1; i <= other.rank; ++i) {
        std::uint32_t& mine = result.dims[result.rank - i];
        const std::uint32_t theirs = other[other.rank - i];
        if (mine == 1)
            mine = theirs;
        else if (theirs != 1 && theirs != mine) {
            fail(spec, "shapes {} and {} do not broadcast: axis {} is {} against {}", to_string(a), to_string(b),
                 -static_cast<int>(i), a[a.rank - i], b[b.rank - i]);
        }
    }
    return result;
}

void check_epilogues(const OpSpec& spec, std::span<const View> vectors, std::uint64_t k, std::uint64_t n) {
    for (const Epilogue& step : spec.epilogues) {
        switch (step.code) {
            case OpCode::add:
            case OpCode::mul: break;
            case OpCode::relu:
            case OpCode::gelu:
            case OpCode::scale:
            case OpCode::clamp:
            case OpCode::sigmoid:
            case OpCode::tanh:
            case OpCode::exp: continue;
            default: fail(spec, "{} is not an epilogue", to_string(step.code));
        }
        const Shape& shape = vectors.front().shape;
        const bool by_tile = step.scope == EpilogueScope::k_tile && spec.k_tile != 0 &&
                             shape.rows() == (k + spec.k_tile - 1) / spec.k_tile;
        if (shape.cols() != n || (shape.rows() != 1 && !by_tile)) {
            fail(spec, "the operand of epilogue {} must be a row of {} elements, got {}", to_string(step.code), n,
                 to_string(shape));
        }
        vectors = vectors.subspan(1);
    }
}

View infer_matmul(const OpSpec& spec, std::span<const View> operands) {
    const View &a = operands[0], &b = operands[1];
    if (a.shape.rank < 2) fail(spec, "A must have at least two dimensions, got {}", to_string(a.shape));
    if (b.shape.rank != 2) fail(spec, "B must have two dimensions, got {}", to_string(b.shape));
    const std::uint32_t k = a.shape[a.shape.rank - 1u];
    if (k != b.shape[0]) {
        fail(spec, "A {} and B {} do not fit: inner extents are {} and {}", to_string(a.shape), to_string(b.shape), k,
             b.shape[0]);
    }
    check_epilogues(spec, operands.subspan(2), k, b.shape[1]);
    View result{a.shape, wider(a.dtype, b.dtype), {}};
    if (!is_float(result.dtype)) result.dtype = Dtype::i32;
    result.shape.dims[result.shape.rank - 1u] = b.shape[1];
    return result;
}

}  // namespace

unsigned shadow::resolve_axis(const OpSpec& spec, const Shape& shape) {
    const int axis = spec.axis < 0 ? spec.axis + shape.rank : spec.axis;
    if (axis < 0 || axis >= shape.rank) fail(spec, "axis {} is outside {}", spec.axis, to_string(shape));
    return static_cast<unsigned>(axis);
}

View infer_result(const OpSpec& spec, std::span<const View> operands) {
    if (operands.size() != operand_count(spec)) {
        fail(spec, "takes {} operand(s), got {}", operand_count(spec), operands.size());
    }
    if (operands.empty()) fail(spec, "has no operands to infer its result from; give the result's shape and type");
    if (spec.code == OpCode::matmul) return infer_matmul(spec, operands);

    View result{operands[0].shape, operands[0].dtype, {}};
    if (spec.code == OpCode::where) result.dtype = operands[1].dtype;
    for (const View& operand : operands.subspan(1)) {
        result.shape = broadcast_shape(spec, result.shape, operand.shape);
        result.dtype = wider(result.dtype, operand.dtype);
    }
    switch (spec.code) {
        case OpCode::compare_eq:
        case OpCode::compare_ne:
        case OpCode::compare_lt:
        case OpCode::compare_le:
        case OpCode::compare_gt:
        case OpCode::compare_ge: result.dtype = Dtype::i8; break;
        case OpCode::exp:
        case OpCode::log:
        case OpCode::sqrt:
        case OpCode::rsqrt:
        case OpCode::sigmoid:
        case OpCode::tanh:
        case OpCode::gelu:
        case OpCode::sin:
        case OpCode::cos:
        case OpCode::scale:
        case OpCode::softmax:
            if (!is_float(result.dtype)) result.dtype = Dtype::f32;
            if (spec.code == OpCode::softmax) shadow::resolve_axis(spec, result.shape);
            break;
        case OpCode::reduce_sum:
        case OpCode::reduce_max:
        case OpCode::reduce_min: {
            std::uint32_t& extent = result.shape.dims[shadow::resolve_axis(spec, result.shape)];
            if (extent == 0 && spec.code != OpCode::reduce_sum) fail(spec, "axis {} is empty", spec.axis);
            extent = 1;
            if (spec.code == OpCode::reduce_sum && !is_float(result.dtype)) result.dtype = Dtype::i32;
            break;
        }
        case OpCode::transpose:
            if (result.shape.rank < 2) fail(spec, "needs at least two dimensions, got {}", to_string(result.shape));
            std::swap(result.shape.dims[result.shape.rank - 1u], result.shape.dims[result.shape.rank - 2u]);
            break;
        default: break;
    }
    return result;
}

void check_result(const OpSpec& spec, std::span<const View> operands, const View& result) {
    if (operand_count(spec) == 0) {
        if (!operands.empty()) fail(spec, "takes no operands, got {}", operands.size());
        return;
    }
    const View inferred = infer_result(spec, operands);
    const bool keeps_type = spec.code == OpCode::copy || spec.code == OpCode::transpose || spec.code == OpCode::reshape;
    if (keeps_type && result.dtype != inferred.dtype) {
        fail(spec, "keeps the element type {}, the result has {}", to_string(inferred.dtype), to_string(result.dtype));
    }
    const bool fits = spec.code == OpCode::reshape ? result.shape.elements() == inferred.shape.elements()
                                                   : result.shape == inferred.shape;
    if (!fits) fail(spec, "the result is {}, the operands give {}", to_string(result.shape), to_string(inferred.shape));
}

}  // namespace ahbm
