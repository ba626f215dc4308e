// SPDX-License-Identifier: Apache-2.0
/// A collective's kernel in the functional runner: the plan, the arguments and the numbers of the platform, in
/// milliseconds and without time.
#pragma once

#include "experiments/scenarios/ccl_reference.h"
#include "firmware/tl/kernel.h"
#include "sw_runtime/collectives/plan.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ahbm::scenarios {

/// What a collective by this plan is about, over all SIPs of the plan.
CclCase case_of(const runtime::InstallPlan& plan, runtime::CollectiveOp op, runtime::ReduceOp redop, Dtype dtype,
                std::uint32_t root, std::uint64_t elements);

struct FunctionalResult {
    std::vector<runtime::Array> outputs;  ///< by rank, a row per participant
    std::vector<std::string> unreceived;  ///< tiles left in queues: a line each
};
/// `inputs` by rank, a row per participant. `tcm_bytes`: what each PE's kernel may allocate. Throws tl::KernelError (a
/// deadlock is one) and std::invalid_argument for a kernel that nobody registered.
FunctionalResult run_functional(const runtime::InstallPlan& plan, const CclCase& ccl,
                                const std::vector<runtime::Array>& inputs, const tl::KernelRegistry& kernels,
                                std::uint64_t tcm_bytes);

}  // namespace ahbm::scenarios
