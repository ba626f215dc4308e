// SPDX-License-Identifier: Apache-2.0
/// The launch barrier of a SIP, beside its IO_CPU: PEs arrive, and when the last one of a launch has, all are told a
/// common start time that no signal comes too late for. So the starts have no spread, whatever else is on the fabric.
/// The price is the way of a signal there and back, and it is part of the launch's dispatch time.
/// Not modelled: how many launches the unit can hold.
#pragma once

#include "models/launch_barrier/signal_wires.h"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace ahbm {

class LaunchBarrier {
public:
    LaunchBarrier(SipId sip, NetworkInterface& io_cpu) : sip_(sip), wires_(io_cpu), wheel_(io_cpu.fabric().wheel()) {}

    /// Expects the PEs of a launch: a mask per cube.
    void open(std::uint64_t launch_id, std::span<const std::uint16_t> pe_masks);
    void close(std::uint64_t launch_id) { launches_.erase(launch_id); }
    /// A PE has arrived, or a part of the launch has failed. Signals of a launch that is not open mean nothing.
    void take(const abi::LaunchSignal& signal);
    /// Aborts every launch that is open.
    void abort_all();
    void reset() { launches_.clear(); }

private:
    struct Launch {
        std::vector<PeCoord> pes;
        std::size_t missing = 0;
        bool aborted = false;
    };
    void tell(const Launch& launch, const abi::LaunchSignal& signal);

    SipId sip_;
    SignalWires wires_;
    sim::WheelPump& wheel_;
    std::map<std::uint64_t, Launch> launches_;
};

}  // namespace ahbm
