// SPDX-License-Identifier: Apache-2.0
/// The families of operations behind evaluate(). Operands and result have passed check_result().
#pragma once

#include "numerics/operation.h"

#include <cstddef>
#include <span>

namespace ahbm::shadow {

void evaluate_elementwise(const OpSpec& spec, std::span<const Operand> operands, const View& result,
                          std::span<std::byte> bytes);
/// Reductions and softmax.
void evaluate_reduction(const OpSpec& spec, const Operand& operand, const View& result, std::span<std::byte> bytes);
void evaluate_matmul(const OpSpec& spec, std::span<const Operand> operands, const View& result,
                     std::span<std::byte> bytes);
/// copy, reshape, transpose: bytes move and stay what they are.
void evaluate_rearrangement(const OpSpec& spec, const Operand& operand, const View& result, std::span<std::byte> bytes);
/// arange, full.
void evaluate_source(const OpSpec& spec, const View& result, std::span<std::byte> bytes);

/// Position of the spec's axis in a shape; negative counts from the end. Throws std::invalid_argument when outside.
unsigned resolve_axis(const OpSpec& spec, const Shape& shape);

}  // namespace ahbm::shadow
