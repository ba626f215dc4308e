// SPDX-License-Identifier: Apache-2.0
/// Inputs and independent references of the scenarios: plain loops on the host that share nothing with the data shadow.
#pragma once

#include "sw_runtime/tensor/array.h"

#include <cstdint>
#include <string_view>

namespace ahbm {

/// What follows a product.
enum class GemmTail : std::uint8_t { none, relu, gelu };

namespace scenarios {

/// Values in [-1, 1), multiples of 1/1024, the same on every machine for a seed and a tensor name.
runtime::Array random_array(const Shape& shape, Dtype dtype, std::uint64_t seed, std::string_view name);

/// C = tail(A B + bias): f32 accumulation over k in ascending order, one rounding. `bias` may be empty.
runtime::Array reference_gemm(const runtime::Array& a, const runtime::Array& b, const runtime::Array& bias,
                              GemmTail tail);

/// Softmax of each row in double, rounded once.
runtime::Array reference_softmax(const runtime::Array& rows);

}  // namespace scenarios
}  // namespace ahbm
