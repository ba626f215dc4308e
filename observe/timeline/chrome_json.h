// SPDX-License-Identifier: Apache-2.0
/// Writes a timeline in Chrome's trace event format (JSON), for chrome://tracing, ui.perfetto.dev and programs. Times
/// are microseconds with six decimals: exact.
#pragma once

#include "observe/timeline/trace.h"

#include <ostream>

namespace ahbm::timeline {

void write_chrome_json(const Trace& trace, std::ostream& out);

}  // namespace ahbm::timeline
