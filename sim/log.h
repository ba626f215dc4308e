// SPDX-License-Identifier: Apache-2.0
/// One line per event, to standard error: simulated time, who, what. A hierarchical prefix selects who may speak.
#pragma once

#include "sim/units.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace ahbm::sim {

class Log {
public:
    enum class Level : std::uint8_t { debug, info, warning, error, off };

    explicit Log(Level level = Level::warning, std::string scope = "");
    ~Log();
    Log(const Log&) = delete;

    bool enabled(Level level) const { return level >= level_; }
    /// Whether anything has been written.
    bool used() const { return used_; }
    void debug(Time now, std::string_view who, std::string_view text) { write(Level::debug, now, who, text); }
    void info(Time now, std::string_view who, std::string_view text) { write(Level::info, now, who, text); }
    void warning(Time now, std::string_view who, std::string_view text) { write(Level::warning, now, who, text); }
    void error(Time now, std::string_view who, std::string_view text) { write(Level::error, now, who, text); }

private:
    void write(Level level, Time now, std::string_view who, std::string_view text);

    Level level_;
    std::string scope_;  ///< only names that begin with it; "" = all
    bool used_ = false;
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace ahbm::sim
