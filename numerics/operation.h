// SPDX-License-Identifier: Apache-2.0
/// What an operation computes: one vocabulary for the kernel language, the PE's engines and the replay.
#pragma once

#include "numerics/dtype.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ahbm {

// clang-format off
enum class OpCode : std::uint8_t {
    // binary and ternary element-wise; size-1 axes broadcast, missing leading axes count as 1
    add, sub, mul, div, maximum, minimum, fma, where,
    compare_eq, compare_ne, compare_lt, compare_le, compare_gt, compare_ge,  // result i8, 0 or 1
    // unary element-wise
    exp, log, sqrt, rsqrt, abs, neg, sigmoid, tanh, relu, gelu, sin, cos, clamp, scale, cast, copy,
    // over an axis (kept with extent 1)
    reduce_sum, reduce_max, reduce_min, softmax,
    // shape
    transpose, reshape,
    // sources
    arange, full,
    // matrix
    matmul,  // C[M,N] = A[M,K] B[K,N]
};
// clang-format on
std::string_view to_string(OpCode code);
/// True for the functions a MATH lane needs several passes for (div, softmax, exp, log, sqrt,
/// rsqrt, sigmoid, tanh, gelu, sin, cos).
bool is_transcendental(OpCode code);

/// When an epilogue runs inside a tiled matmul.
enum class EpilogueScope : std::uint8_t { k_tile, output_tile, kernel };

/// One step behind a matmul, applied to the f32 accumulator before it is rounded to the output type. `add` takes a
/// bias row vector (1, N) or (N) as the operation's next input; `mul` likewise (per-column dequantisation);
/// `relu`, `gelu`, `scale` (by `parameter`), `clamp` (to +- `parameter`), `sigmoid`, `tanh`, `exp` take none.
/// Scope k_tile: works on the product of one k tile before that is added to the accumulator (dequantisation by groups
/// of k); its vector may then also be a matrix of one row per k tile. Steps of a scope run in the order given; kernel
/// scope runs behind output_tile scope.
struct Epilogue {
    OpCode code = OpCode::relu;
    EpilogueScope scope = EpilogueScope::output_tile;
    double parameter = 0.0;
};

/// True for the epilogues that consume one of the operation's inputs.
constexpr bool takes_operand(const Epilogue& epilogue) {
    return epilogue.code == OpCode::add || epilogue.code == OpCode::mul;
}

/// Operation with its attributes; operands and results are given beside it.
struct OpSpec {
    OpCode code = OpCode::copy;
    std::int32_t axis = -1;           ///< reductions, softmax: axis, negative counts from the end
    std::array<double, 2> params{};   ///< clamp {lo, hi}; scale {factor}; full {value}; arange {start, step}
    std::vector<Epilogue> epilogues;  ///< matmul only
    std::uint32_t k_tile = 0;         ///< matmul: extent of k per tile, where a k_tile epilogue runs; 0: all of k
};

/// An operand or result as seen by arithmetic: its shape, element type and byte layout.
struct View {
    Shape shape;
    Dtype dtype = Dtype::f16;
    Layout layout;
    std::uint64_t bytes() const { return shape.elements() * size_of(dtype); }
    bool operator==(const View&) const = default;
};

/// Result view (shape, dtype; dense) of an operation on given operands; throws std::invalid_argument with a sentence
/// that names the operation and the shapes when they do not fit.
/// Element type: the wider operand's, where f32 > f16, bf16 > i32 > i8 and f16 with bf16 gives f32; functions with
/// fractional results give f32 for integers; sums and products of matrices give i32 for integers. The caller may ask
/// for another one by writing it into the result view. arange and full have no operands to infer from: they throw, and
/// take any result view in evaluate().
View infer_result(const OpSpec& spec, std::span<const View> operands);
/// Throws std::invalid_argument when `result` cannot hold the operation's result. Element types are free, except that
/// copy, transpose and reshape keep theirs; the layout is free; reshape takes any shape of as many elements.
void check_result(const OpSpec& spec, std::span<const View> operands, const View& result);

struct Operand {
    View view;
    std::span<const std::byte> bytes;
};

/// Computes one operation, in whose operands and result any layout and alignment will do. Numerics:
/// - Floating point: inputs widened to f32, computed in f32 and rounded once (nearest even) to the result type. fma is
///   fused in f32. Reductions and softmax accumulate along the axis in ascending order. Maximum, minimum, relu and
///   clamp hand NaN on. gelu is the exact one, x/2 erfc(-x/sqrt 2).
/// - matmul accumulates in f32 over k in ascending order, applies epilogues in f32 and rounds once.
/// - i32 and i8: exact modulo 2^32, narrowed modulo 2^8 for i8; division truncates, by zero it gives -1 as RISC-V does.
///   An integer among floating-point operands is rounded to f32.
/// - cast from a floating-point to an integer type truncates towards zero and saturates; NaN becomes 0.
/// Throws std::invalid_argument where check_result() does, or when a byte count does not match its view.
void evaluate(const OpSpec& spec, std::span<const Operand> operands, const View& result,
              std::span<std::byte> result_bytes);

}  // namespace ahbm
