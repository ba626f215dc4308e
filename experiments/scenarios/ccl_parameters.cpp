// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/ccl_parameters.h"

#include <array>

namespace ahbm::runtime {

std::span<const std::pair<std::string_view, ReduceOp>> enum_names(ReduceOp) {
    static constexpr std::array<std::pair<std::string_view, ReduceOp>, 4> names{
        {{"sum", ReduceOp::sum}, {"max", ReduceOp::max}, {"min", ReduceOp::min}, {"avg", ReduceOp::avg}}};
    return names;
}

}  // namespace ahbm::runtime
