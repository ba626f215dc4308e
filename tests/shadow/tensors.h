// SPDX-License-Identifier: Apache-2.0
/// Makes operands for the shadow's tests and reads results back. The conversions are written out here, independent of
/// the library under test: f16 by its definition, through double.
#pragma once

#include "numerics/operation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace ahbm::test {

using Bytes = std::vector<std::byte>;

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
    Bytes bytes(values.size() * sizeof(T));
    if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}
template <class T>
std::vector<T> values_of(const Bytes& bytes) {
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

inline double half_to_double(std::uint16_t h) {
    const int exponent = (h >> 10) & 31, fraction = h & 1023;
    const double sign = (h & 0x8000) != 0 ? -1.0 : 1.0;
    if (exponent == 31) return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * INFINITY;
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(1024 + fraction, exponent - 25);
}

/// Nearest even, one rounding.
inline std::uint16_t double_to_half(double x) {
    const auto sign = static_cast<std::uint16_t>(std::signbit(x) ? 0x8000 : 0);
    if (std::isnan(x)) return static_cast<std::uint16_t>(sign | 0x7E00);
    const double magnitude = std::fabs(x);
    if (magnitude == 0.0) return sign;
    if (magnitude >= 65520.0) return static_cast<std::uint16_t>(sign | 0x7C00);
    int exponent = 0;
    std::frexp(magnitude, &exponent);                                   // magnitude in [2^(e-1), 2^e)
    const int unit = std::max(exponent - 11, -24);                      // weight of the last bit
    const double steps = std::nearbyint(std::ldexp(magnitude, -unit));  // default rounding mode: nearest even
    // A carry into the next binade is right in this encoding: fraction overflow increments the exponent.
    const auto bits = unit == -24 ? static_cast<unsigned>(steps)
                                  : static_cast<unsigned>(steps) + static_cast<unsigned>((unit + 24) * 1024);
    return static_cast<std::uint16_t>(sign | bits);
}

inline float bfloat_to_float(std::uint16_t b) { return std::bit_cast<float>(static_cast<std::uint32_t>(b) << 16); }
inline std::uint16_t float_to_bfloat(float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

/// Bytes of `values` as elements of `dtype`.
inline Bytes encode(Dtype dtype, const std::vector<double>& values) {
    std::vector<std::uint16_t> halves;
    switch (dtype) {
        case Dtype::f16:
            for (double v : values) halves.push_back(double_to_half(v));
            return bytes_of(halves);
        case Dtype::bf16:
            for (double v : values) halves.push_back(float_to_bfloat(static_cast<float>(v)));
            return bytes_of(halves);
        case Dtype::f32: return bytes_of(std::vector<float>(values.begin(), values.end()));
        case Dtype::i32: return bytes_of(std::vector<std::int32_t>(values.begin(), values.end()));
        case Dtype::i8: return bytes_of(std::vector<std::int8_t>(values.begin(), values.end()));
    }
    return {};
}
inline std::vector<double> decode(Dtype dtype, const Bytes& bytes) {
    std::vector<double> values;
    switch (dtype) {
        case Dtype::f16:
            for (std::uint16_t h : values_of<std::uint16_t>(bytes)) values.push_back(half_to_double(h));
            break;
        case Dtype::bf16:
            for (std::uint16_t b : values_of<std::uint16_t>(bytes)) values.push_back(bfloat_to_float(b));
            break;
        case Dtype::f32:
            for (float f : values_of<float>(bytes)) values.push_back(f);
            break;
        case Dtype::i32:
            for (std::int32_t i : values_of<std::int32_t>(bytes)) values.push_back(i);
            break;
        case Dtype::i8:
            for (std::int8_t i : values_of<std::int8_t>(bytes)) values.push_back(i);
            break;
    }
    return values;
}

struct Tensor {
    View view;
    Bytes bytes;
    std::vector<double> values() const { return decode(view.dtype, bytes); }
};

inline Tensor tensor(Shape shape, Dtype dtype, const std::vector<double>& values) {
    return {{shape, dtype, {}}, encode(dtype, values)};
}

/// Elements k/64 with k in [-256, 256): exact in every floating-point type here but bf16, integers as k/4.
inline Tensor random_tensor(Shape shape, Dtype dtype, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<double> values(shape.elements());
    for (double& v : values) {
        const double k = static_cast<double>(random() % 512) - 256.0;
        v = is_float(dtype) ? k / 64.0 : std::floor(k / 4.0);
    }
    return tensor(shape, dtype, values);
}

inline Tensor compute(const OpSpec& spec, const std::vector<Tensor>& operands, const View& result) {
    std::vector<Operand> bound;
    for (const Tensor& t : operands) bound.push_back({t.view, t.bytes});
    Tensor output{result, Bytes(result.bytes())};
    evaluate(spec, bound, result, output.bytes);
    return output;
}
inline Tensor compute(const OpSpec& spec, const std::vector<Tensor>& operands) {
    std::vector<View> views;
    for (const Tensor& t : operands) views.push_back(t.view);
    return compute(spec, operands, infer_result(spec, views));
}
inline OpSpec op(OpCode code, double p0 = 0, double p1 = 0) {
    OpSpec spec;
    spec.code = code;
    spec.params = {p0, p1};
    return spec;
}

}  // namespace ahbm::test
