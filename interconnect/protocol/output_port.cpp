// SPDX-License-Identifier: Apache-2.0
#include "interconnect/protocol/output_port.h"

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
    const sim::Time head = packet.head + overhead;
    const sim::Time departure = link_.reserve(packet.channel, head, packet.wire_bytes);
    if (observers_) {
        const sim::Time until = link_.free_at(), from = until - link_.bandwidth().time_for(packet.wire_bytes);
        observers_.tell(&LinkObserver::reserved, *this, packet,
                        LinkObserver::Reservation{head, departure, from, until});
    }

    // Cut-through: the tail follows the head by the longest serialisation so far; waiting for a busy link lets the
    // tail close up.
    packet.tail = std::max(packet.tail + overhead, departure + link_.bandwidth().time_for(packet.wire_bytes)) + wire_;
    packet.head = departure + wire_;
    packet.ledger[overhead_part] += overhead;
    packet.ledger[LedgerPart::queueing] += departure - head;
    packet.ledger[part_] += wire_;
    fabric_.count_hop();

    if (fabric_.fast()) {
        link_.delivered(packet.wire_bytes);
        sc_core::sc_time delay = sim::to_sc_time(packet.head) - sc_core::sc_time_stamp();
        socket->b_transport(payload, delay);
    } else {
        // A packet that arrived in flits and goes on whole came later than its head.
        fabric_.wheel().at<&OutputPort::deliver>(std::max(packet.head, fabric_.now()), sim::Priority::arrival, this,
                                                 reinterpret_cast<std::uintptr_t>(&payload));
    }
}

void OutputPort::deliver(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    link_.delivered(Packet::of(payload).wire_bytes);
    hand_over(payload);
}

void OutputPort::hand_over(Payload& payload) {
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = fabric_.wheel().delay();
    socket->nb_transport_fw(payload, phase, delay);
}

}  // namespace ahbm
