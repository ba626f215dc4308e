// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/ccl_reference.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace ahbm::scenarios {
namespace {

using runtime::CollectiveOp;
using runtime::ReduceOp;
using Inputs = std::vector<std::vector<double>>;

double unit_roundoff(Dtype dtype) { return dtype == Dtype::f16 ? 0x1p-11 : dtype == Dtype::bf16 ? 0x1p-8 : 0x1p-24; }

double smallest_subnormal(Dtype dtype) {
    return dtype == Dtype::f16 ? 0x1p-24 : dtype == Dtype::bf16 ? 0x1p-133 : 0x1p-149;
}

/// The least number that is rounded to infinity.
double overflow(Dtype dtype) {
    return dtype == Dtype::f16 ? 65520 : dtype == Dtype::bf16 ? 0x1.ffp127 : 0x1.ffffffp127;
}

/// Of everybody's element `index`.
Expected reduced(const CclCase& ccl, const Inputs& inputs, std::size_t index) {
    double sum = 0, magnitude = 0, low = inputs[0][index], high = low;
    for (const std::vector<double>& input : inputs) {
        const double x = input[index];
        sum += x;
        magnitude += std::abs(x);
        low = std::isnan(x) || x < low ? x : low;  // NaN wins, and stays
        high = std::isnan(x) || x > high ? x : high;
    }
    if (ccl.redop == ReduceOp::min) return {low, 0};
    if (ccl.redop == ReduceOp::max) return {high, 0};
    const double count = static_cast<double>(inputs.size()), u = unit_roundoff(ccl.dtype);
    // A sum beyond the type is an infinity, and then so is its average: the division comes last.
    if (std::abs(sum) >= overflow(ccl.dtype)) return {std::copysign(HUGE_VAL, sum), 0};
    if (ccl.redop == ReduceOp::sum) return {sum, (count - 1) * u * magnitude};
    return {sum / count, ((count + 1) * u * magnitude) / count + count * smallest_subnormal(ccl.dtype) / 2};
}

}  // namespace

std::uint64_t CclCase::input_elements() const {
    const bool parts = op == CollectiveOp::reduce_scatter || op == CollectiveOp::all_to_all;
    return parts ? participants() * elements : elements;
}

std::uint64_t CclCase::output_elements() const {
    const bool parts = op == CollectiveOp::all_gather || op == CollectiveOp::all_to_all;
    return parts ? participants() * elements : elements;
}

std::vector<Expected> expected_result(const CclCase& ccl, const Inputs& inputs, std::uint32_t participant) {
    const std::size_t n = ccl.elements;
    std::vector<Expected> result;
    result.reserve(ccl.output_elements());
    switch (ccl.op) {
        case CollectiveOp::all_reduce:
        case CollectiveOp::reduce:
            for (std::size_t i = 0; i < n; ++i) result.push_back(reduced(ccl, inputs, i));
            return result;
        case CollectiveOp::reduce_scatter:
            for (std::size_t i = 0; i < n; ++i) result.push_back(reduced(ccl, inputs, participant * n + i));
            return result;
        case CollectiveOp::broadcast: {
            const std::vector<double>& root = inputs[ccl.root * ccl.per_rank + participant % ccl.per_rank];
            for (const double x : root) result.push_back({x, 0});
            return result;
        }
        case CollectiveOp::all_gather:
            for (const std::vector<double>& input : inputs)
                for (const double x : input) result.push_back({x, 0});
            return result;
        case CollectiveOp::all_to_all:
            for (const std::vector<double>& input : inputs)
                for (std::size_t i = 0; i < n; ++i) result.push_back({input[participant * n + i], 0});
            return result;
        case CollectiveOp::barrier:
        case CollectiveOp::send_recv: break;
    }
    throw std::logic_error("this operation has no result that depends on all participants");
}

}  // namespace ahbm::scenarios
