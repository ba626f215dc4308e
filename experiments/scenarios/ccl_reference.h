// SPDX-License-Identifier: Apache-2.0
/// What every participant of a collective must hold afterwards, computed in double, with a bound of the rounding that
/// any order of summation may cause. Shares nothing with the kernels or the data shadow.
#pragma once

#include "sw_runtime/process_group/collective_call.h"
#include "sw_runtime/tensor/array.h"

#include <cstdint>
#include <vector>

namespace ahbm::scenarios {

struct CclCase {
    runtime::CollectiveOp op = runtime::CollectiveOp::all_reduce;
    runtime::ReduceOp redop = runtime::ReduceOp::sum;
    Dtype dtype = Dtype::f16;
    std::uint32_t ranks = 1;
    std::uint32_t per_rank = 1;  ///< participants: PEs that take part
    std::uint32_t root = 0;      ///< rank
    std::uint64_t elements = 0;  ///< per participant, of its contribution to each other one or to all
    bool in_place = false;       ///< input and output are one tensor

    std::uint32_t participants() const { return ranks * per_rank; }
    /// Elements of one participant's shard.
    std::uint64_t input_elements() const;
    std::uint64_t output_elements() const;
    /// Whether this rank's result is defined.
    bool has_result(std::uint32_t rank) const { return op != runtime::CollectiveOp::reduce || rank == root; }
};

/// A value and how far from it a correct result may be.
struct Expected {
    double value = 0;
    double bound = 0;
};

/// `inputs[p]` are participant p's elements, `participant` is whose result is wanted.
/// A sum of P numbers, each partial sum rounded to nearest, is within (P - 1) u sum |x_i| of the exact one in any
/// order (Jeannerod and Rump 2013), u the unit roundoff of the type. An average is also multiplied with the rounded 1 /
/// P and rounded: 2 u more, and half a subnormal for each rounding. Everything else is exact.
std::vector<Expected> expected_result(const CclCase& ccl, const std::vector<std::vector<double>>& inputs,
                                      std::uint32_t participant);

}  // namespace ahbm::scenarios
