// SPDX-License-Identifier: Apache-2.0
/// Why kernels took as long as they did, in one sentence: the resource that was busy, or the chain of waits. About
/// kernels only, from what is measured in every run.
#pragma once

#include "observe/measurements.h"

#include <string>

namespace ahbm::cli {

/// Empty when no kernel ran.
std::string why(const Measurements& measured);

}  // namespace ahbm::cli
