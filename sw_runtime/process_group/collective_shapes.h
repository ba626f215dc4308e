// SPDX-License-Identifier: Apache-2.0
/// Do the tensors of a collective fit each other? How they are spread over PEs is the algorithm's business.
#pragma once

#include "sw_runtime/process_group/collective_call.h"

#include <cstdint>

namespace ahbm::runtime {

/// One tensor of a collective, on one rank.
struct CollectiveTensor {
    std::uint64_t elements = 0;  ///< of all the rank's participants
    Dtype dtype = Dtype::f16;
};

/// In place (both are one tensor) an all_gather's input is a part of the output, a reduce_scatter's output one of the
/// input. The elements of one participant's contribution to one other (all_to_all, reduce_scatter) or to all of them.
/// `participants` of the group, `per_rank` of each rank. Throws std::invalid_argument, saying what was expected.
std::uint64_t elements_per_participant(CollectiveOp op, const CollectiveTensor& input, const CollectiveTensor& output,
                                       std::uint32_t participants, std::uint32_t per_rank, bool in_place = false);

}  // namespace ahbm::runtime
