// SPDX-License-Identifier: Apache-2.0
#include "observe/timeline/trace_options.h"

#include "sim/config/error.h"
#include "sim/config/quantity.h"

#include <utility>

namespace ahbm::timeline {
namespace {

bool is_perfetto(const std::string& file) {
    return file.ends_with(".pftrace") || file.ends_with(".perfetto-trace") || file.ends_with(".pb");
}

sim::Time window_end(const std::string& window, const std::string& text, sim::Time open) {
    if (text.empty()) return open;
    const auto parsed = config::parse_quantity<sim::Time>(text);
    if (!parsed) throw ConfigError("--trace-window", window, parsed.error);
    return parsed.value;
}

}  // namespace

bool is_chrome(const std::string& file) { return file.ends_with(".json"); }

Limits check(const TraceOptions& options) {
    if (options.file.empty()) {
        for (const auto& [option, given] :
             {std::pair{"--trace-window", !options.window.empty()}, std::pair{"--trace-scope", !options.scope.empty()},
              std::pair{"--trace-limit", options.limit.has_value()}})
            if (given) throw ConfigError(option, "", "is of no use without --trace");
        return {};
    }
    if (!is_chrome(options.file) && !is_perfetto(options.file))
        throw ConfigError("--trace", options.file,
                          "a name that ends in .pftrace, .perfetto-trace or .pb (Perfetto) or in .json (Chrome) is "
                          "expected");
    Limits limits;
    limits.events = options.limit.value_or(limits.events);
    if (options.window.empty()) return limits;
    const std::size_t dots = options.window.find("..");
    if (dots == std::string::npos || options.window.size() == 2)
        throw ConfigError("--trace-window", options.window, "FROM..TO is expected, as in 2us..4us, 2us.. or ..4us");
    limits.from = window_end(options.window, options.window.substr(0, dots), limits.from);
    limits.to = window_end(options.window, options.window.substr(dots + 2), limits.to);
    if (limits.to <= limits.from) throw ConfigError("--trace-window", options.window, "ends before it begins");
    return limits;
}

}  // namespace ahbm::timeline
