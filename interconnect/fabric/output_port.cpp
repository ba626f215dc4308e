// SPDX-License-Identifier: Apache-2.0
#include "interconnect/fabric/output_port.h"

#include "sim/check.h"

#include <algorithm>

namespace ahbm {

OutputPort::OutputPort(const char* name, Fabric& fabric) : fabric_(fabric), socket(name) { fabric.enlist(*this); }

void OutputPort::connect(InputPort& target, sim::Bandwidth bandwidth, sim::Time wire, LedgerPart part, Cut cut) {
    socket.bind(target.socket);
    link_ = Link(bandwidth);
    wire_ = wire;
    part_ = part;
    connected_ = true;
    receiver_ = target.receiver();
    target_ = &target;
    if (fabric_.config().timing == Timing::flit && cut == Cut::into_flits) flits_ = std::make_unique<FlitPort>(*this);
}

void OutputPort::forward(Payload& payload, Packet& packet, sim::Time overhead, LedgerPart overhead_part) {
    SIM_CHECK(connected_, "a packet is routed to " + name() + ", which is not connected");
    if (packet.debug) {
        if (packet.probe != nullptr) packet.probe->hops.push_back({name(), overhead, wire_, link_.bandwidth()});
        socket->transport_dbg(payload);
        return;
    }
    if (flits_ != nullptr) return flits_->admit(payload, packet, overhead, overhead_part);
    if (fabric_.fast()) fetch_target(this, 0);
    const sim::Time head = packet.head + overhead;
    const sim::Time departure = link_.reserve(packet.channel, head, packet.wire_bytes);
    const sim::Time serialisation = link_.bandwidth().time_for(packet.wire_bytes);
    if (of_kernels(packet.purpose)) link_.count_for_kernels(true, serialisation, departure - head);
    if (observers_) {
        const sim::Time until = link_.free_at(), from = until - serialisation;
        observers_.tell(&LinkObserver::reserved, *this, packet,
                        LinkObserver::Reservation{head, departure, from, until});
    }

    // Cut-through: the tail follows the head by the longest serialisation so far; waiting for a busy link lets the
    // tail close up.
    packet.tail = std::max(packet.tail + overhead, departure + serialisation) + wire_;
    packet.head = departure + wire_;
    packet.ledger[overhead_part] += overhead;
    packet.ledger[LedgerPart::queueing] += departure - head;
    packet.ledger[part_] += wire_;
    fabric_.count_hop();

    if (fabric_.fast()) {
        link_.delivered(packet.wire_bytes);
        sc_core::sc_time delay = sim::to_sc_time(packet.head) - sc_core::sc_time_stamp();
        bound()->b_transport(payload, delay);
    } else {
        // A packet that arrived in flits and goes on whole came later than its head.
        fabric_.wheel().at<&OutputPort::deliver>(std::max(packet.head, fabric_.now()), sim::Priority::arrival, this,
                                                 reinterpret_cast<std::uintptr_t>(&packet));
    }
}

void OutputPort::deliver(std::uint64_t argument) {
    Packet& packet = *reinterpret_cast<Packet*>(argument);
    link_.delivered(packet.wire_bytes);
    hand_over(packet.payload());
}

void OutputPort::hand_over(Payload& payload) {
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = fabric_.wheel().delay();
    bound()->nb_transport_fw(payload, phase, delay);
}

sim::Wheel::Foresight OutputPort::foresight() {
    return {sim::Wheel::callback<&OutputPort::deliver, OutputPort>(), &fetch_target, &fetch_route};
}

void OutputPort::fetch_target(void* self, std::uint64_t) {
    const auto& port = *static_cast<const OutputPort*>(self);
    __builtin_prefetch(port.target_);
    for (std::size_t line = 0; line < 3; ++line) __builtin_prefetch(port.receiver_.state + line * 64);
}

void OutputPort::fetch_route(void* self, std::uint64_t argument) {
    const Receiver& receiver = static_cast<const OutputPort*>(self)->receiver_;
    if (receiver.expect != nullptr) receiver.expect(receiver.block, *reinterpret_cast<const Packet*>(argument));
}

}  // namespace ahbm
