// SPDX-License-Identifier: Apache-2.0
/// `ahbm bench ccl`: one collective over a range of sizes, as users of nccl-tests know it.
#pragma once

#include "experiments/scenarios/ccl_bound.h"
#include "experiments/scenarios/ccl_common.h"

#include <functional>
#include <vector>

namespace ahbm::scenarios {

struct CclBenchOptions {
    runtime::CollectiveOp op = runtime::CollectiveOp::all_reduce;
    runtime::ReduceOp redop = runtime::ReduceOp::sum;
    Dtype dtype = Dtype::f16;
    std::uint32_t root = 0;
    std::vector<std::uint64_t> sizes;  ///< bytes, in the sense of nccl-tests: the larger of a participant's buffers
    bool check = true;
    std::uint64_t seed = 1;
    runtime::ProcessGroupOptions group;
};

struct CclBenchRow {
    CclCase ccl;
    std::uint64_t asked = 0;  ///< bytes
    std::uint64_t bytes = 0;  ///< what was moved of them: whole elements for every participant, at least one
    CclBound bound;           ///< if bounded()
    struct Call {
        CclTimes times;
        Verification verification;
    };
    Call out_of_place, in_place;  ///< both were made
    double algbw(const Call& call) const { return static_cast<double>(bytes) / call.times.kernel.ns(); }  ///< GB/s
    double busbw(const Call& call) const { return algbw(call) * bus_factor(ccl); }
    /// One participant alone need not go anywhere.
    bool bounded() const { return ccl.participants() > 1; }
    double of_bound(const Call& call) const { return 100 * bound.time().ns() / call.times.kernel.ns(); }  ///< %
};

/// Runs the sizes one after the other, each out of place and in place; `done` sees each row as it is ready.
std::vector<CclBenchRow> bench_ccl(Session& session, const CclBenchOptions& options,
                                   const std::function<void(const CclBenchRow&)>& done);

}  // namespace ahbm::scenarios
