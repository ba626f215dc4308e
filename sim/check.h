// SPDX-License-Identifier: Apache-2.0
/// Broken invariants of the model: reported with the simulated time, and the run ends with exit code 4.
#pragma once

#include <systemc>

#include <string>

namespace ahbm::sim {
[[noreturn]] inline void broken(const std::string& what, const char* file, int line) {
    sc_core::sc_report_handler::report(sc_core::SC_FATAL, "ahbm", what.c_str(), file, line);
    throw std::logic_error(what);  // only reached when fatal reports were configured not to throw
}
}  // namespace ahbm::sim

/// Evaluates `text` only when the condition fails.
#define SIM_CHECK(condition, text)                           \
    do {                                                     \
        if (!(condition)) [[unlikely]]                       \
            ::ahbm::sim::broken((text), __FILE__, __LINE__); \
    } while (false)
