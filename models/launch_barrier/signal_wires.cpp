// SPDX-License-Identifier: Apache-2.0
#include "models/launch_barrier/signal_wires.h"

#include "sim/check.h"

namespace ahbm {

NodeId SignalWires::node_of(const Domain& target) const {
    const std::optional<NodeId> node = from_.fabric().directory().node_of(target);
    SIM_CHECK(node, "no block has the signals of the launch barrier at " + to_string(target));
    return *node;
}

sim::Time SignalWires::latency(std::uint64_t address) const {
    Fabric& fabric = from_.fabric();
    const NodeId node = node_of(decode(address));
    return node == from_.node() ? sim::Time{} : fabric.path(from_.node(), node).head_latency();
}

void SignalWires::send(std::uint64_t address, const abi::LaunchSignal& signal) {
    if (idle_.empty()) idle_.push_back(&flights_.emplace_back());
    Flight& flight = *idle_.back();
    idle_.pop_back();
    const Domain target = decode(address);
    flight = {target, node_of(target), signal};
    sim::WheelPump& wheel = from_.fabric().wheel();
    wheel.at<&SignalWires::arrive>(wheel.now() + latency(address), sim::Priority::arrival, this,
                                   reinterpret_cast<std::uintptr_t>(&flight));
}

void SignalWires::arrive(std::uint64_t argument) {
    Flight& flight = *reinterpret_cast<Flight*>(argument);
    idle_.push_back(&flight);
    const abi::LaunchSignal signal = flight.signal;
    const bool taken = from_.poke(flight.target, flight.node, std::as_bytes(std::span(&signal, 1)));
    SIM_CHECK(taken, "nobody takes a signal of the launch barrier at " + to_string(flight.target));
}

}  // namespace ahbm
