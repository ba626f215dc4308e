// SPDX-License-Identifier: Apache-2.0
/// Writes a timeline as a Perfetto trace (protobuf), for ui.perfetto.dev and trace_processor.
/// Perfetto's time is whole nanoseconds: the exact picoseconds are in each slice's arguments begin_ps and end_ps.
#pragma once

#include "observe/timeline/trace.h"

#include <ostream>

namespace ahbm::timeline {

void write_perfetto(const Trace& trace, std::ostream& out);

}  // namespace ahbm::timeline
