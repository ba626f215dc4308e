// SPDX-License-Identifier: Apache-2.0
/// Operations that move elements or make them from nothing.
#include "numerics/arithmetic.h"
#include "numerics/elements.h"
#include "numerics/layout.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace ahbm::shadow {

namespace {

/// Swaps rows and cols of `count` dense matrices, one behind the other.
template <std::size_t element_bytes>
void transpose(std::span<const std::byte> from, std::uint64_t count, std::uint64_t rows, std::uint64_t cols,
               std::span<std::byte> to) {
    struct Element {
        std::byte bytes[element_bytes];
    };
    using Matrix = Eigen::Array<Element, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto* source = reinterpret_cast<const Element*>(from.data());
    auto* target = reinterpret_cast<Element*>(to.data());
    for (std::uint64_t i = 0; i < count; ++i, source += rows * cols, target += rows * cols) {
        const auto r = static_cast<Eigen::Index>(rows), c = static_cast<Eigen::Index>(cols);
        Eigen::Map<Matrix>(target, c, r) = Eigen::Map<const Matrix>(source, r, c).transpose();
    }
}

/// start + i * step, computed in double: exact for every i32 and rounded once for floats.
double arange_element(const OpSpec& spec, std::uint64_t i) {
    return spec.params[0] + static_cast<double>(i) * spec.params[1];
}

}  // namespace

void evaluate_rearrangement(const OpSpec& spec, const Operand& operand, const View& result,
                            std::span<std::byte> bytes) {
    const Shape& shape = operand.view.shape;
    const std::size_t element_bytes = size_of(operand.view.dtype);
    if (bytes.empty()) return;
    if (spec.code == OpCode::copy) {
        return convert_layout(shape, element_bytes, operand.view.layout, operand.bytes, result.layout, bytes);
    }
    std::vector<std::byte> dense(bytes.size());
    convert_layout(shape, element_bytes, operand.view.layout, operand.bytes, {}, dense);
    if (spec.code == OpCode::transpose) {
        const std::uint64_t cols = shape[shape.rank - 1u], rows = shape[shape.rank - 2u];
        std::vector<std::byte> turned(bytes.size());
        const auto turn = element_bytes == 1 ? &transpose<1> : element_bytes == 2 ? &transpose<2> : &transpose<4>;
        turn(dense, shape.elements() / (rows * cols), rows, cols, turned);
        dense.swap(turned);
    }
    convert_layout(result.shape, element_bytes, {}, dense, result.layout, bytes);
}

void evaluate_source(const OpSpec& spec, const View& result, std::span<std::byte> bytes) {
    const std::uint64_t n = result.shape.elements();
    const bool constant = spec.code == OpCode::full;
    const auto element = [&](std::uint64_t i) { return constant ? spec.params[0] : arange_element(spec, i); };
    if (is_float(result.dtype)) {
        Floats values = Floats::Ones(padded(n));
        for (std::uint64_t i = 0; i < n; ++i) values[static_cast<Eigen::Index>(i)] = static_cast<float>(element(i));
        return store(values, result, bytes);
    }
    const auto wrapped = [](double value) {
        // Modulo 2^32, as any integer arithmetic here; fmod is exact.
        const auto modulo = static_cast<std::int64_t>(std::fmod(std::trunc(value), 4294967296.0));
        return static_cast<int>(static_cast<std::uint32_t>(modulo));
    };
    Ints values = Ints::Constant(padded(n), constant ? wrapped(spec.params[0]) : 1);
    for (std::uint64_t i = 0; i < n && !constant; ++i) values[static_cast<Eigen::Index>(i)] = wrapped(element(i));
    store(values, result, bytes);
}

}  // namespace ahbm::shadow
