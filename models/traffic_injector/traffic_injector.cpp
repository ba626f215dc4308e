// SPDX-License-Identifier: Apache-2.0
#include "models/traffic_injector/traffic_injector.h"

#include "sim/check.h"

namespace ahbm {

TrafficInjector::TrafficInjector(const sc_core::sc_module_name& name, Fabric& shared)
    : sc_module(name), fabric("to_noc", "from_noc", shared, *this, Told::ahead) {}

void TrafficInjector::inject(NodeId to, std::uint32_t bytes, std::uint64_t cookie) {
    queue_.push_back({fabric.fabric().now(), to, bytes, cookie});
    if (!sending_) send_next();
}

void TrafficInjector::send_next() {
    const Waiting next = queue_.front();
    queue_.pop_front();
    sending_ = true;
    Payload& payload = fabric.request(Purpose::injected, Access::write, {}, next.to, next.bytes, next.since);
    Packet::of(payload).cookie = next.cookie;
    const sim::Time now = fabric.fabric().now();
    fabric.send(payload, now, now);
    fabric.out.once_sent<&TrafficInjector::sent>(this, 0);
}

void TrafficInjector::sent(std::uint64_t) {
    sending_ = false;
    if (!queue_.empty()) send_next();
}

void TrafficInjector::handle_request(Payload& payload, Packet& packet) {
    SIM_CHECK(sink_ != nullptr, std::string(name()) + " got a packet that nobody waits for");
    packet.turn_around(packet.channel, 0);  // for the books: the sender completes it, though nothing travels back
    sink_->delivered(payload, packet);
}

void TrafficInjector::handle_response(Payload&, Packet&) {
    SIM_CHECK(false, std::string(name()) + " got a response it never asked for");
}

}  // namespace ahbm
