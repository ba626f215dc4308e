// SPDX-License-Identifier: Apache-2.0
/// From ccl.yaml to the options of a process group.
#pragma once

#include "sw_runtime/process_group/recipe.h"

#include <string>

namespace ahbm::runtime {

/// The algorithm that carries out `op`: the one named, else ccl.yaml's default if it does that, else the first one that
/// does. Empty: none, so rank_ring.
std::string algorithm_for(const CclConfig& config, CollectiveOp op, const std::string& named);

/// Every operation by its algorithm, `op` by the one named if one is; `queues` overrides what the configuration says.
/// "rank_ring" stands for one PE per rank in a ring. Throws CollectiveError for an unknown algorithm, or one of another
/// operation.
ProcessGroupOptions group_options(CclConfig config, CollectiveOp op, const std::string& named,
                                  const QueueSettings& queues,
                                  const CollectiveRegistry& registry = builtin_collectives());

/// What such a group does `op` by, and nothing else: the default names its algorithm, and whatever another layer said
/// stands in it. To write down, and to take back as a configuration. Throws as group_options() does.
CclConfig effective_settings(const CclConfig& config, CollectiveOp op, const std::string& named,
                             const QueueSettings& queues);

}  // namespace ahbm::runtime
