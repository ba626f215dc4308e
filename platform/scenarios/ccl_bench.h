// SPDX-License-Identifier: Apache-2.0
/// `ahbm bench ccl`: one collective over a range of sizes, as users of nccl-tests know it.
#pragma once

#include "platform/scenarios/ccl_common.h"

#include <functional>
#include <string>
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
    std::uint64_t bytes = 0;  ///< what was really moved: whole elements for every participant
    CclTimes times;
    CclBound bound;
    Verification verification;
    double algbw() const { return static_cast<double>(bytes) / times.kernel.ns(); }  ///< GB/s
    double busbw() const { return algbw() * bus_factor(ccl); }
    double of_bound() const { return 100 * bound.time().ns() / times.kernel.ns(); }  ///< %
};

/// Runs the sizes one after the other; `done` sees each row as it is ready.
std::vector<CclBenchRow> bench_ccl(Session& session, const CclBenchOptions& options,
                                   const std::function<void(const CclBenchRow&)>& done);

}  // namespace ahbm::scenarios
