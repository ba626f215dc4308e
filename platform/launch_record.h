// SPDX-License-Identifier: Apache-2.0
/// What is kept of a kernel launch for results and reports.
#pragma once

#include "sw_runtime/context/context.h"

#include <string>

namespace ahbm {

/// One launch as the result shows it.
struct LaunchRecord {
    std::string kernel;
    SipId sip;
    runtime::LaunchResult times;
};

}  // namespace ahbm
