// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "experiments/scenarios/scenario.h"

namespace ahbm::scenarios {

/// What `ahbm probe` prints: the predecessor's reference points beside ours, and the hops of each path class with time
/// stamps. To be called inside Session::run.
std::vector<Table> probe_report(Session& session);

}  // namespace ahbm::scenarios
