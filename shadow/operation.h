// SPDX-License-Identifier: Apache-2.0
/// What an operation computes: one vocabulary for the kernel language, the PE's engines and the replay.
#pragma once

#include "shadow/dtype.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ahbm {

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
    matmul,     // C[M,N] = A[M,K] B[K,N]
};
std::string_view to_string(OpCode code);
/// True for the functions a MATH lane needs several passes for (exp, log, sqrt, rsqrt, sigmoid, tanh, gelu, sin, cos, div, softmax).
bool is_transcendental(OpCode code);

/// When an epilogue runs inside a tiled matmul.
enum class EpilogueScope : std::uint8_t { k_tile, output_tile, kernel };

/// One step behind a matmul, applied to the f32 accumulator before it is rounded to the output type. `add` takes a
/// bias row vector (1, N) or (N) as the operation's next input; `mul` likewise (per-column dequantisation);
/// `relu`, `gelu`, `scale` (by params[0]), `clamp`, `sigmoid`, `tanh`, `exp` take none.
struct Epilogue {
    OpCode code = OpCode::relu;
    EpilogueScope scope = EpilogueScope::output_tile;
    double parameter = 0.0;
};

/// Operation with its attributes; operands and results are given beside it.
struct OpSpec {
    OpCode code = OpCode::copy;
    std::int32_t axis = -1;               ///< reductions, softmax: axis, negative counts from the end
    std::array<double, 2> params{};       ///< clamp {lo, hi}; scale {factor}; full {value}; arange {start, step}
    std::vector<Epilogue> epilogues;      ///< matmul only
    std::uint32_t k_tile = 0;             ///< matmul: extent of k per tile, where a k_tile epilogue runs; 0: all of k
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
View infer_result(const OpSpec& spec, std::span<const View> operands);

struct Operand {
    View view;
    std::span<const std::byte> bytes;
};

/// Computes one operation. Numerics: inputs widened to f32, one rounding per operation (nearest even) to the result
/// type; matmul accumulates in f32 over k in ascending order, applies epilogues in f32 and rounds once; i32 arithmetic
/// is exact modulo 2^32. `result_bytes` is laid out as `result` says.
void evaluate(const OpSpec& spec, std::span<const Operand> operands, const View& result,
              std::span<std::byte> result_bytes);

}  // namespace ahbm
