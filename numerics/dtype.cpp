// SPDX-License-Identifier: Apache-2.0
#include "numerics/dtype.h"

#include <algorithm>

namespace ahbm {

namespace {
constexpr std::array<std::string_view, 5> names = {"f16", "bf16", "f32", "i32", "i8"};
}

std::string_view to_string(Dtype dtype) { return names.at(static_cast<std::size_t>(dtype)); }

std::optional<Dtype> dtype_from_string(std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Dtype>(found - names.begin());
}

std::string to_string(const Shape& shape) {
    std::string text = "(";
    for (std::uint8_t i = 0; i < shape.rank; ++i) {
        if (i > 0) text += ", ";
        text += std::to_string(shape.dims[i]);
    }
    return text + ")";
}

}  // namespace ahbm
