// SPDX-License-Identifier: Apache-2.0
#include "observe/timeline/trace_file.h"

#include "observe/timeline/chrome_json.h"
#include "observe/timeline/perfetto.h"
#include "observe/timeline/trace_options.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

#include <filesystem>

namespace ahbm::timeline {

std::string write_trace(const Trace& trace, const std::string& file) {
    sim::write_file(
        file, [&](std::ostream& out) { is_chrome(file) ? write_chrome_json(trace, out) : write_perfetto(trace, out); });
    const auto size = static_cast<double>(std::filesystem::file_size(file));
    return fmt::format("{:.1f} {}, {} tracks, {} slices, {} flows, {} counter samples",
                       size < 1e6 ? size / 1e3 : size / 1e6, size < 1e6 ? "kB" : "MB", trace.lanes.size(),
                       trace.slices.size(), trace.flows.size(), trace.samples.size());
}

}  // namespace ahbm::timeline
