// SPDX-License-Identifier: Apache-2.0
/// The sending end of the launch barrier's wires: a signal arrives after the latency of the fabric's path to its
/// receiver, whatever is on that path.
#pragma once

#include "firmware/abi/launch_signals.h"
#include "interconnect/fabric/network_interface.h"

#include <deque>
#include <vector>

namespace ahbm {

class SignalWires {
public:
    /// `from`: whose paths the wires follow, and by whose debug transport signals arrive.
    explicit SignalWires(NetworkInterface& from) : from_(from) {}

    /// To an address of a CPU of this SIP.
    void send(std::uint64_t address, const abi::LaunchSignal& signal);
    sim::Time latency(std::uint64_t address) const;

private:
    struct Flight {
        Domain target;
        NodeId node;
        abi::LaunchSignal signal;
    };
    NodeId node_of(const Domain& target) const;
    void arrive(std::uint64_t flight);

    NetworkInterface& from_;
    std::deque<Flight> flights_;
    std::vector<Flight*> idle_;
};

}  // namespace ahbm
