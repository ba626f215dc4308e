// SPDX-License-Identifier: Apache-2.0
/// `ahbm log`: questions to an op log (shadow/op_log.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ahbm::cli {

struct LogOptions {
    std::string file;
    std::string at;                      ///< "sip0.cube0.hbm0+0x1000": who last wrote there?
    std::optional<std::uint64_t> bytes;  ///< how many bytes from there; 1
    std::string before;                  ///< "12.5 us"; empty: at the end
    std::string waits;  ///< "sip0.cube0.pe0": what did whoever has such a name wait for, and why did it go on?
    std::optional<std::uint64_t> value;  ///< where did this value come from, where and when was it seen, who used it?
};

/// Without a question: what the log holds. Every record is checked, whatever the question. Throws InputError naming
/// file and line of what is no op log, for one without its end, and for a place or a value that is not in it.
int log_command(const LogOptions& options);

}  // namespace ahbm::cli
