// SPDX-License-Identifier: Apache-2.0
#include "numerics/operation.h"

#include "numerics/arithmetic.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace ahbm {

std::string_view to_string(OpCode code) {
    static constexpr std::array<std::string_view, 39> names = {
        "add",        "sub",        "mul",        "div",        "maximum",    "minimum",    "fma",        "where",
        "compare_eq", "compare_ne", "compare_lt", "compare_le", "compare_gt", "compare_ge", "exp",        "log",
        "sqrt",       "rsqrt",      "abs",        "neg",        "sigmoid",    "tanh",       "relu",       "gelu",
        "sin",        "cos",        "clamp",      "scale",      "cast",       "copy",       "reduce_sum", "reduce_max",
        "reduce_min", "softmax",    "transpose",  "reshape",    "arange",     "full",       "matmul",
    };
    static_assert(names[static_cast<std::size_t>(OpCode::matmul)] == "matmul", "one name per operation, in order");
    return names.at(static_cast<std::size_t>(code));
}

bool is_transcendental(OpCode code) {
    switch (code) {
        case OpCode::exp:
        case OpCode::log:
        case OpCode::sqrt:
        case OpCode::rsqrt:
        case OpCode::sigmoid:
        case OpCode::tanh:
        case OpCode::gelu:
        case OpCode::sin:
        case OpCode::cos:
        case OpCode::div:
        case OpCode::softmax: return true;
        default: return false;
    }
}

void evaluate(const OpSpec& spec, std::span<const Operand> operands, const View& result,
              std::span<std::byte> result_bytes) {
    std::vector<View> views;
    views.reserve(operands.size());
    for (const Operand& operand : operands) {
        if (operand.bytes.size() != operand.view.bytes()) {
            throw std::invalid_argument(fmt::format("{}: an operand {} {} needs {} bytes, got {}", to_string(spec.code),
                                                    to_string(operand.view.shape), to_string(operand.view.dtype),
                                                    operand.view.bytes(), operand.bytes.size()));
        }
        views.push_back(operand.view);
    }
    check_result(spec, views, result);
    if (result_bytes.size() != result.bytes()) {
        throw std::invalid_argument(fmt::format("{}: the result {} {} needs {} bytes, got {}", to_string(spec.code),
                                                to_string(result.shape), to_string(result.dtype), result.bytes(),
                                                result_bytes.size()));
    }
    switch (spec.code) {
        case OpCode::matmul: return shadow::evaluate_matmul(spec, operands, result, result_bytes);
        case OpCode::reduce_sum:
        case OpCode::reduce_max:
        case OpCode::reduce_min:
        case OpCode::softmax: return shadow::evaluate_reduction(spec, operands[0], result, result_bytes);
        case OpCode::copy:
        case OpCode::transpose:
        case OpCode::reshape: return shadow::evaluate_rearrangement(spec, operands[0], result, result_bytes);
        case OpCode::arange:
        case OpCode::full: return shadow::evaluate_source(spec, result, result_bytes);
        default: return shadow::evaluate_elementwise(spec, operands, result, result_bytes);
    }
}

}  // namespace ahbm
