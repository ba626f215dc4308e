// SPDX-License-Identifier: Apache-2.0
/// `ahbm run --trace`: its options, and the file in the format that the file's name says.
#pragma once

#include "platform/timeline/recording.h"

#include <cstdint>
#include <string>

namespace ahbm::timeline {

struct TraceOptions {
    std::string file;    ///< *.pftrace, *.perfetto-trace, *.pb: Perfetto; *.json: Chrome
    std::string window;  ///< "2us..4us", "2us..", "..4us"; "" = the whole run
    std::string scope;   ///< "sip0.cube0.*"; "" = everything
    std::uint64_t limit = Limits{}.events;
};

/// Throws ConfigError for an unknown ending, a wrong window, and options without a file.
Limits check(const TraceOptions& options);

/// Writes the file whole or not at all; returns "12.3 MB, 61 tracks, ...". Throws std::runtime_error.
std::string write_trace(const Trace& trace, const std::string& file);

}  // namespace ahbm::timeline
