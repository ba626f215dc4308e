// SPDX-License-Identifier: Apache-2.0
/// Element-wise operations: operands are widened, broadcast to the result's shape, combined and rounded once.
#include "numerics/arithmetic.h"
#include "numerics/elements.h"
#include "numerics/functions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace ahbm::shadow {

namespace {

template <class Array>
Ints compare(OpCode code, const Array& a, const Array& b) {
    switch (code) {
        case OpCode::compare_eq: return (a == b).template cast<int>();
        case OpCode::compare_ne: return (a != b).template cast<int>();
        case OpCode::compare_lt: return (a < b).template cast<int>();
        case OpCode::compare_le: return (a <= b).template cast<int>();
        case OpCode::compare_gt: return (a > b).template cast<int>();
        default: return (a >= b).template cast<int>();
    }
}

Floats combine(OpCode code, const Floats& a, const Floats& b) {
    switch (code) {
        case OpCode::add: return a + b;
        case OpCode::sub: return a - b;
        case OpCode::mul: return a * b;
        case OpCode::div: return a / b;
        case OpCode::maximum: return larger(a, b);
        case OpCode::minimum: return smaller(a, b);
        default: throw std::logic_error("not a binary operation: " + std::string(to_string(code)));
    }
}

int divide(int a, int b) {
    if (b == 0) return -1;
    return b == -1 ? static_cast<int>(0u - static_cast<unsigned>(a)) : a / b;  // INT_MIN / -1 stays INT_MIN
}

Ints combine(OpCode code, const Ints& a, const Ints& b) {
    // Unsigned, because signed overflow is undefined in C++ and wraps in the hardware.
    const auto ua = a.cast<unsigned>(), ub = b.cast<unsigned>();
    switch (code) {
        case OpCode::add: return (ua + ub).cast<int>();
        case OpCode::sub: return (ua - ub).cast<int>();
        case OpCode::mul: return (ua * ub).cast<int>();
        case OpCode::div: return a.binaryExpr(b, &divide);
        case OpCode::maximum: return a.max(b);
        case OpCode::minimum: return a.min(b);
        default: throw std::logic_error("not a binary operation: " + std::string(to_string(code)));
    }
}

/// A bound for integers: the nearest integer inside it.
int bound(double value) {
    return static_cast<int>(
        std::clamp<double>(value, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
}

Ints unary(const OpSpec& spec, const Ints& x) {
    switch (spec.code) {
        case OpCode::abs: return (x < 0).select((0u - x.cast<unsigned>()).cast<int>(), x);
        case OpCode::neg: return (0u - x.cast<unsigned>()).cast<int>();
        case OpCode::relu: return x.max(0);
        case OpCode::clamp: return x.max(bound(std::ceil(spec.params[0]))).min(bound(std::floor(spec.params[1])));
        case OpCode::cast: return x;
        default: throw std::logic_error("no integer form of " + std::string(to_string(spec.code)));
    }
}

Floats fused_multiply_add(const Floats& a, const Floats& b, const Floats& c) {
    Floats result(a.size());
    for (Eigen::Index i = 0; i < result.size(); ++i) result[i] = std::fma(a[i], b[i], c[i]);
    return result;
}
Ints fused_multiply_add(const Ints& a, const Ints& b, const Ints& c) {
    return (a.cast<unsigned>() * b.cast<unsigned>() + c.cast<unsigned>()).cast<int>();
}

Floats load(const Operand& operand, Floats*) { return load_floats(operand); }
Ints load(const Operand& operand, Ints*) { return load_ints(operand); }

template <class Array>
void evaluate_in(const OpSpec& spec, std::span<const Operand> operands, const View& result,
                 std::span<std::byte> bytes) {
    const auto operand = [&](std::size_t i) {
        return broadcast(load(operands[i], static_cast<Array*>(nullptr)), operands[i].view.shape, result.shape);
    };
    switch (spec.code) {
        case OpCode::fma: return store(fused_multiply_add(operand(0), operand(1), operand(2)), result, bytes);
        case OpCode::where: {
            const Floats condition = broadcast(load_floats(operands[0]), operands[0].view.shape, result.shape);
            return store(Array((condition != 0.0f).select(operand(1), operand(2))), result, bytes);
        }
        case OpCode::compare_eq:
        case OpCode::compare_ne:
        case OpCode::compare_lt:
        case OpCode::compare_le:
        case OpCode::compare_gt:
        case OpCode::compare_ge: return store(compare(spec.code, operand(0), operand(1)), result, bytes);
        default: break;
    }
    if (operands.size() == 2) return store(combine(spec.code, operand(0), operand(1)), result, bytes);
    if constexpr (std::is_same_v<Array, Floats>) {
        Floats x = operand(0);
        apply_unary(spec.code, spec.params[0], spec.params[1], x);
        store(x, result, bytes);
    } else {
        store(unary(spec, operand(0)), result, bytes);
    }
}

/// Integer arithmetic is for integers on both sides; comparison and cast look at the operands only.
bool computes_in_integers(const OpSpec& spec, std::span<const Operand> operands, const View& result) {
    const auto values = spec.code == OpCode::where ? operands.subspan(1) : operands;
    if (std::any_of(values.begin(), values.end(), [](const Operand& o) { return is_float(o.view.dtype); }))
        return false;
    switch (spec.code) {
        case OpCode::exp:
        case OpCode::log:
        case OpCode::sqrt:
        case OpCode::rsqrt:
        case OpCode::sigmoid:
        case OpCode::tanh:
        case OpCode::gelu:
        case OpCode::sin:
        case OpCode::cos:
        case OpCode::scale: return false;
        case OpCode::cast: return true;
        default: return !is_float(result.dtype);
    }
}

}  // namespace

void evaluate_elementwise(const OpSpec& spec, std::span<const Operand> operands, const View& result,
                          std::span<std::byte> bytes) {
    if (computes_in_integers(spec, operands, result))
        evaluate_in<Ints>(spec, operands, result, bytes);
    else
        evaluate_in<Floats>(spec, operands, result, bytes);
}

}  // namespace ahbm::shadow
