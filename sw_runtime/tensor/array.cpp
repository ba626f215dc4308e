// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/tensor/array.h"

#include "numerics/operation.h"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

namespace ahbm::runtime {
namespace {

template <class T>
std::vector<double> widened(std::span<const std::byte> bytes) {
    std::vector<double> values(bytes.size() / sizeof(T));
    for (std::size_t i = 0; i < values.size(); ++i) {
        T value;
        std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
        values[i] = static_cast<double>(value);
    }
    return values;
}

}  // namespace

Array make_array(const Shape& shape, Dtype dtype, std::span<const float> values) {
    if (values.size() != shape.elements())
        throw std::invalid_argument(fmt::format("an array of shape {} has {} elements, given {}", to_string(shape),
                                                shape.elements(), values.size()));
    const auto bytes = std::as_bytes(values);
    return cast({shape, Dtype::f32, {bytes.begin(), bytes.end()}}, dtype);
}

Array filled(const Shape& shape, Dtype dtype, double value) {
    const View view{shape, dtype, {}};
    Array array{shape, dtype, std::vector<std::byte>(view.bytes())};
    OpSpec fill;
    fill.code = OpCode::full;
    fill.params = {value};
    evaluate(fill, {}, view, array.bytes);
    return array;
}

Array cast(const Array& array, Dtype dtype) {
    if (array.dtype == dtype) return array;
    const View view{array.shape, dtype, {}};
    const Operand operand{{array.shape, array.dtype, {}}, array.bytes};
    Array result{array.shape, dtype, std::vector<std::byte>(view.bytes())};
    OpSpec convert;
    convert.code = OpCode::cast;
    evaluate(convert, {&operand, 1}, view, result.bytes);
    return result;
}

std::vector<double> values_of(const Array& array) {
    switch (array.dtype) {
        case Dtype::i8: return widened<std::int8_t>(array.bytes);
        case Dtype::i32: return widened<std::int32_t>(array.bytes);
        case Dtype::f32: return widened<float>(array.bytes);
        case Dtype::f16:
        case Dtype::bf16: break;
    }
    return widened<float>(cast(array, Dtype::f32).bytes);
}

}  // namespace ahbm::runtime
