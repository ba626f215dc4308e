// SPDX-License-Identifier: Apache-2.0
/// The file of `ahbm run --trace`, in the format that its name says.
#pragma once

#include "observe/timeline/trace.h"

#include <string>

namespace ahbm::timeline {

/// Writes the file whole or not at all; returns "12.3 MB, 61 tracks, ...". Throws std::runtime_error.
std::string write_trace(const Trace& trace, const std::string& file);

}  // namespace ahbm::timeline
