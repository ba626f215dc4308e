// SPDX-License-Identifier: Apache-2.0
/// What the wires of the launch barrier carry, between the CPUs of a SIP and the barrier beside its IO_CPU, and the
/// register through which the host gives up what a SIP runs.
#pragma once

#include "firmware/abi/address_map.h"
#include "sim/ids.h"

namespace ahbm::abi {

struct LaunchSignal {
    enum class Kind : std::uint64_t {
        ready,  ///< PE_CPU to the barrier: this PE can start
        start,  ///< barrier to PE_CPU: all can; start at start_ps
        abort,  ///< to the barrier and from it to every PE of the launch: do not start, or stop
    };
    Kind kind = Kind::ready;
    std::uint64_t launch_id = 0;
    std::uint64_t start_ps = 0;
};
static_assert(sizeof(LaunchSignal) == 24);

/// Where the barrier of a SIP takes signals. A write by the fabric, whatever it writes, aborts every launch under way.
constexpr std::uint64_t launch_barrier(SipId sip) { return encode_iocpu_local({sip.value, 0}, IocpuResource::csr, 0); }
/// Where a PE_CPU takes signals.
constexpr std::uint64_t launch_signal_offset = 0x1000;
constexpr std::uint64_t launch_signals(PeCoord at) {
    return encode_pe_local({at.sip.value, at.cube.value, at.pe.value}, PeResource::cpu, launch_signal_offset);
}

}  // namespace ahbm::abi
