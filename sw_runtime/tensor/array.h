// SPDX-License-Identifier: Apache-2.0
/// Arrays in host memory: making, converting and reading them. Takes no simulated time.
/// Not offered: arithmetic, views.
#pragma once

#include "numerics/dtype.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ahbm::runtime {

/// Elements in C order, in the machine representation of `dtype`.
struct Array {
    Shape shape;
    Dtype dtype = Dtype::f32;
    std::vector<std::byte> bytes;
    bool operator==(const Array&) const = default;
};

/// From one number per element, rounded to the element type. Throws std::invalid_argument when the counts differ.
Array make_array(const Shape& shape, Dtype dtype, std::span<const float> values);
Array filled(const Shape& shape, Dtype dtype, double value);
/// Rounds to nearest even; to an integer type: truncates and saturates.
Array cast(const Array& array, Dtype dtype);
/// Every element, exactly.
std::vector<double> values_of(const Array& array);

}  // namespace ahbm::runtime
