// SPDX-License-Identifier: Apache-2.0
/// Why kernels took as long as they did, in one sentence: the resource that was busy, the bound that was reached, or
/// the chain of waits. About kernels only, from what is measured in every run.
#pragma once

#include "experiments/scenarios/scenario.h"
#include "observe/measurements.h"

#include <string>
#include <vector>

namespace ahbm::cli {

/// Empty when no kernel ran.
std::string why(const Measurements& measurements, const std::vector<Measured>& measured);

}  // namespace ahbm::cli
