// SPDX-License-Identifier: Apache-2.0
/// The parameters that every collective scenario has: how its process group is made.
#pragma once

#include "experiments/scenarios/scenario.h"
#include "sw_runtime/process_group/planner.h"

#include <span>
#include <string_view>
#include <utility>

namespace ahbm::runtime {

std::span<const std::pair<std::string_view, ReduceOp>> enum_names(ReduceOp);

}  // namespace ahbm::runtime

namespace ahbm::scenarios {

/// What the command line may say about the process group; what it does not, ccl.yaml does.
struct GroupParameters {
    std::string algo;
    runtime::QueueSettings queues;

    template <class V>
    void fields(V& v) {
        v("algo", algo, "algorithm, see `ahbm list algorithms`; empty: as ccl.yaml says; rank_ring: one PE per rank");
        queues.fields(v);
    }
    runtime::ProcessGroupOptions options(const RunRequest& request, runtime::CollectiveOp op) const {
        return runtime::group_options(request.ccl, op, algo, queues, request.collectives);
    }
    /// For Scenario::collectives().
    runtime::CclConfig settings(const RunRequest& request, runtime::CollectiveOp op) const {
        return runtime::effective_settings(request.ccl, op, algo, queues);
    }
};

}  // namespace ahbm::scenarios
