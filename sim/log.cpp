// SPDX-License-Identifier: Apache-2.0
#include "sim/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace ahbm::sim {

Log::Log(Level level, std::string scope) : level_(level), scope_(std::move(scope)) {
    // Not registered with spdlog's global registry: two platforms in one process keep apart.
    logger_ = std::make_shared<spdlog::logger>("ahbm", std::make_shared<spdlog::sinks::stderr_sink_st>());
    logger_->set_pattern("%v");
    logger_->set_level(spdlog::level::trace);
}

Log::~Log() = default;

void Log::write(Level level, Time now, std::string_view who, std::string_view text) {
    constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
    if (!enabled(level) || level == Level::off || !who.starts_with(scope_)) return;
    used_ = true;
    logger_->info("{:.3f} ns {} {}: {}", now.ns(), names[static_cast<std::size_t>(level)], who, text);
}

}  // namespace ahbm::sim
