// SPDX-License-Identifier: Apache-2.0
/// What tests of the firmware's programs ask of a machine.
#pragma once

#include "tests/firmware/firmware_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahbm::firmware {

inline KernelOutcome noop(PeHal&, const tl::KernelArgs&) { return {}; }

inline std::uint64_t ps(sim::Time time) { return static_cast<std::uint64_t>(time.ps()); }

inline PeCoord at(std::uint32_t cube, std::uint32_t pe) { return {SipId(0), CubeId(cube), PeId(pe)}; }

inline abi::MmuMap map_everywhere(unsigned cubes, unsigned pes) {
    abi::MmuMap map;
    map.header = launch_everywhere("", cubes, pes).header;
    return map;
}

/// Sends one message and returns the only answer.
inline abi::Completion ask(Machine& machine, const abi::Message& message) {
    machine.host_sends(message);
    machine.run();
    if (machine.host.size() != 1) {
        ADD_FAILURE() << machine.host.size() << " answers";
        return {};
    }
    return machine.host.front().completion;
}

}  // namespace ahbm::firmware
