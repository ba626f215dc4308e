// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/reference.h"

#include "experiments/scenarios/host_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ahbm::scenarios {
namespace {

/// splitmix64 (Steele, Lea, Flood 2014): tiny, portable, good enough for test data.
std::uint64_t next(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

std::vector<float> floats(const runtime::Array& array) {
    const std::vector<double> values = runtime::values_of(array);
    return {values.begin(), values.end()};
}

float finish(float value, GemmTail tail) {
    switch (tail) {
        case GemmTail::relu: return value > 0 || std::isnan(value) ? value : 0.0F;
        case GemmTail::gelu:
            return static_cast<float>(0.5 * double{value} * std::erfc(-double{value} * std::sqrt(0.5)));
        case GemmTail::none: break;
    }
    return value;
}

}  // namespace

runtime::Array random_array(const Shape& shape, Dtype dtype, std::uint64_t seed, std::string_view name) {
    double elements = 1;
    for (std::size_t i = 0; i < shape.rank; ++i) elements *= shape[i];
    require_host_memory(fmt::format("'{}' {} {}", name, to_string(shape), to_string(dtype)), elements, dtype);
    std::uint64_t state = seed;
    for (const char c : name) state = next(state) ^ static_cast<unsigned char>(c);
    std::vector<float> values(shape.elements());
    for (float& value : values)
        value = static_cast<float>(static_cast<std::int64_t>(next(state) % 2048) - 1024) / 1024.0F;
    return runtime::make_array(shape, dtype, values);
}

runtime::Array reference_gemm(const runtime::Array& a, const runtime::Array& b, const runtime::Array& bias,
                              GemmTail tail) {
    const std::uint64_t m = a.shape.rows(), k = a.shape.cols(), n = b.shape.cols();
    const std::vector<float> left = floats(a), right = floats(b), offset = floats(bias);
    std::vector<float> result(m * n, 0.0F);
    for (std::uint64_t i = 0; i < m; ++i) {
        float* row = &result[i * n];
        for (std::uint64_t kk = 0; kk < k; ++kk) {
            const float factor = left[i * k + kk];
            const float* other = &right[kk * n];
            for (std::uint64_t j = 0; j < n; ++j) row[j] += factor * other[j];
        }
        for (std::uint64_t j = 0; j < n; ++j) row[j] = finish(offset.empty() ? row[j] : row[j] + offset[j], tail);
    }
    return runtime::make_array({static_cast<std::uint32_t>(m), static_cast<std::uint32_t>(n)}, a.dtype, result);
}

runtime::Array reference_softmax(const runtime::Array& rows) {
    const std::vector<double> values = runtime::values_of(rows);
    const std::uint64_t cols = rows.shape.cols();
    std::vector<float> result(values.size());
    for (std::uint64_t start = 0; start < values.size(); start += cols) {
        const double largest = *std::max_element(&values[start], &values[start] + cols);
        double sum = 0;
        for (std::uint64_t j = 0; j < cols; ++j) sum += std::exp(values[start + j] - largest);
        for (std::uint64_t j = 0; j < cols; ++j)
            result[start + j] = static_cast<float>(std::exp(values[start + j] - largest) / sum);
    }
    return runtime::make_array(rows.shape, rows.dtype, result);
}

}  // namespace ahbm::scenarios
