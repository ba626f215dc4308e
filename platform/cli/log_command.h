// SPDX-License-Identifier: Apache-2.0
/// `ahbm log`: questions to an op log (shadow/op_log.h).
#pragma once

#include <cstdint>
#include <string>

namespace ahbm::cli {

struct LogOptions {
    std::string file;
    std::string at;           ///< "sip0.cube0.hbm0+0x1000": who last wrote there?
    std::uint64_t bytes = 1;  ///< how many bytes from there
    std::string before;       ///< "12.5 us"; empty: at the end
    std::string waits;        ///< "sip0.cube0.pe0": what did whoever has such a name wait for, and why did it go on?
    std::uint64_t value = 0;  ///< where did this value come from, where and when was it seen, who used it?
};

/// Without a question: what the log holds. Throws InputError naming file and line of what is no op log, and for a place
/// or a value that is not in it.
int log_command(const LogOptions& options);

}  // namespace ahbm::cli
