// SPDX-License-Identifier: Apache-2.0
/// The options of `ahbm run --trace`.
#pragma once

#include "observe/timeline/recording.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ahbm::timeline {

struct TraceOptions {
    std::string file;    ///< *.pftrace, *.perfetto-trace, *.pb: Perfetto; *.json: Chrome
    std::string window;  ///< "2us..4us", "2us..", "..4us"; "" = the whole run
    std::string scope;   ///< "sip0.cube0.*"; "" = everything
    std::optional<std::uint64_t> limit;
};

/// Throws ConfigError for an unknown ending, a wrong window, and options without a file.
Limits check(const TraceOptions& options);

/// The format that the file's name says.
bool is_chrome(const std::string& file);

}  // namespace ahbm::timeline
