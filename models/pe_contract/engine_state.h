// SPDX-License-Identifier: Apache-2.0
/// What an engine of a PE is doing, for waves and reports. Plain data: observers look when a block says that it has
/// changed (sim::ChangeObserver).
#pragma once

#include <cstdint>
#include <string_view>

namespace ahbm {

enum class EngineState : std::uint8_t {
    idle,
    busy,
    stalled,  ///< has a job, but waits for a port
};
constexpr std::string_view to_string(EngineState state) {
    switch (state) {
        case EngineState::idle: return "idle";
        case EngineState::busy: return "busy";
        case EngineState::stalled: return "stalled";
    }
    return "unknown";
}

}  // namespace ahbm
