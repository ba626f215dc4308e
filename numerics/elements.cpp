// SPDX-License-Identifier: Apache-2.0
#include "numerics/elements.h"

#include "numerics/layout.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <type_traits>

namespace ahbm::shadow {

namespace {

using Index = Eigen::Index;

template <class T>
using ArrayOf = Eigen::Array<T, Eigen::Dynamic, 1>;

template <class T>
Eigen::Map<const ArrayOf<T>> typed(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const T*>(bytes.data()), static_cast<Index>(bytes.size() / sizeof(T))};
}
template <class T>
Eigen::Map<ArrayOf<T>> typed(std::span<std::byte> bytes) {
    return {reinterpret_cast<T*>(bytes.data()), static_cast<Index>(bytes.size() / sizeof(T))};
}

/// True when arithmetic can use the bytes where they are.
bool in_place(const View& view, std::span<const std::byte> bytes) {
    return !view.layout.blocked() && reinterpret_cast<std::uintptr_t>(bytes.data()) % size_of(view.dtype) == 0;
}

template <class To>
ArrayOf<To> widen(Dtype dtype, std::span<const std::byte> bytes) {
    const auto n = static_cast<Index>(bytes.size() / size_of(dtype));
    ArrayOf<To> wide(padded(static_cast<std::uint64_t>(n)));
    wide.tail(wide.size() - n).setOnes();
    auto elements = wide.head(n);
    if constexpr (std::is_same_v<To, float>) {
        if (dtype == Dtype::f16) elements = typed<Eigen::half>(bytes).template cast<float>();
        if (dtype == Dtype::bf16) elements = typed<Eigen::bfloat16>(bytes).template cast<float>();
        if (dtype == Dtype::f32) elements = typed<float>(bytes);
    } else {
        if (is_float(dtype)) throw std::logic_error("integer arithmetic on a floating-point operand");
    }
    if (dtype == Dtype::i32) elements = typed<std::int32_t>(bytes).template cast<To>();
    if (dtype == Dtype::i8) elements = typed<std::int8_t>(bytes).template cast<To>();
    return wide;
}

template <class To>
ArrayOf<To> load(const Operand& operand) {
    if (in_place(operand.view, operand.bytes)) return widen<To>(operand.view.dtype, operand.bytes);
    std::vector<std::byte> dense(operand.bytes.size());
    convert_layout(operand.view.shape, size_of(operand.view.dtype), operand.view.layout, operand.bytes, {}, dense);
    return widen<To>(operand.view.dtype, dense);
}

template <class To>
To truncate(float value) {
    // float(max) rounds up to 2^31 for i32, so the comparison is exact for both types.
    if (value >= static_cast<float>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    if (value <= static_cast<float>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    return std::isnan(value) ? To{0} : static_cast<To>(value);
}

void narrow(const Floats& values, Dtype dtype, std::span<std::byte> bytes) {
    const auto elements = values.head(static_cast<Index>(bytes.size() / size_of(dtype)));
    switch (dtype) {
        case Dtype::f16: typed<Eigen::half>(bytes) = elements.cast<Eigen::half>(); break;
        case Dtype::bf16: typed<Eigen::bfloat16>(bytes) = elements.cast<Eigen::bfloat16>(); break;
        case Dtype::f32: typed<float>(bytes) = elements; break;
        case Dtype::i32: typed<std::int32_t>(bytes) = elements.unaryExpr(&truncate<std::int32_t>); break;
        case Dtype::i8: typed<std::int8_t>(bytes) = elements.unaryExpr(&truncate<std::int8_t>); break;
    }
}

void narrow(const Ints& values, Dtype dtype, std::span<std::byte> bytes) {
    const auto elements = values.head(static_cast<Index>(bytes.size() / size_of(dtype)));
    if (dtype == Dtype::i32)
        typed<std::int32_t>(bytes) = elements;
    else if (dtype == Dtype::i8)
        typed<std::int8_t>(bytes) = elements.cast<std::int8_t>();
    else
        narrow(Floats(values.cast<float>()), dtype, bytes);
}

template <class Array>
void store_any(const Array& values, const View& result, std::span<std::byte> bytes) {
    if (in_place(result, bytes)) return narrow(values, result.dtype, bytes);
    std::vector<std::byte> dense(bytes.size());
    narrow(values, result.dtype, dense);
    convert_layout(result.shape, size_of(result.dtype), {}, dense, result.layout, bytes);
}

}  // namespace

Eigen::Index padded(std::uint64_t elements) {
    constexpr std::uint64_t widest = 16;  // lanes of f32 in a 512-bit register
    return static_cast<Index>((elements + widest - 1) / widest * widest);
}

Floats load_floats(const Operand& operand) { return load<float>(operand); }
Ints load_ints(const Operand& operand) { return load<std::int32_t>(operand); }
void store(const Floats& values, const View& result, std::span<std::byte> bytes) { store_any(values, result, bytes); }
void store(const Ints& values, const View& result, std::span<std::byte> bytes) { store_any(values, result, bytes); }

}  // namespace ahbm::shadow
