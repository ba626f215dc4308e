// SPDX-License-Identifier: Apache-2.0
/// Arrays and error texts for tests of the host runtime.
#pragma once

#include "sw_runtime/tensor/array.h"

#include <cstdint>
#include <exception>
#include <random>
#include <string>
#include <vector>

namespace ahbm::runtime::test {

/// Any bits: NaN, infinity and denormals included.
inline Array random_array(const Shape& shape, Dtype dtype, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Array array{shape, dtype, std::vector<std::byte>(shape.elements() * size_of(dtype))};
    for (std::byte& byte : array.bytes) byte = static_cast<std::byte>(random());
    return array;
}

/// Eighths between -4 and 4: sums and products of a few are exact.
inline Array random_numbers(const Shape& shape, Dtype dtype, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<float> values(shape.elements());
    for (float& value : values) value = static_cast<float>(static_cast<int>(random() % 65) - 32) / 8;
    return make_array(shape, dtype, values);
}

/// 0, 1, 2, ...
inline Array counted(const Shape& shape, Dtype dtype) {
    std::vector<float> values(shape.elements());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    return make_array(shape, dtype, values);
}

template <class Action>
std::string error_of(Action action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace ahbm::runtime::test
