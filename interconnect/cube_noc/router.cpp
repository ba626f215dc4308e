// SPDX-License-Identifier: Apache-2.0
#include "interconnect/cube_noc/router.h"

#include <string>

namespace ahbm {

Router::Router(const sc_core::sc_module_name& name, Fabric& fabric, SipId sip, RouterId id, unsigned local_ports,
               sim::Time overhead)
    : sc_module(name),
      fabric_(fabric),
      routing_(fabric.directory().routing()),
      sip_(sip),
      id_(id),
      overhead_(overhead) {
    for (const Direction side : kSides) add_port(std::string(to_string(side)));
    for (unsigned i = 0; i < local_ports; ++i) add_port("local" + std::to_string(i));
}

void Router::add_port(const std::string& to) {
    to_.push_back(&outputs_.emplace_back(("to_" + to).c_str(), fabric_));
    inputs_.emplace_back(("from_" + to).c_str(), receiver<&Router::transport>(this));
}

void Router::transport(Payload& payload) {
    Packet& packet = Packet::of(payload);  // accept
    OutputPort& port = route(packet);      // route
    if (fabric_.fast()) port.prefetch();
    port.forward(payload, packet, overhead_, LedgerPart::noc);  // admit, forward
}

OutputPort& Router::route(const Packet& packet) const {
    const NodeId to = packet.destination;
    if (to.kind != NodeId::Kind::cube || to.sip != sip_.value) {
        const Direction up = routing_.next_up(Layer{packet.layer}, id_);
        return output(up == Direction::local ? Direction::north : up);  // the IO chiplet lies north of the north row
    }
    if (to.router == id_.value) return local_output(to.port);
    return output(routing_.next(Layer{packet.layer}, id_, RouterId{to.router}));
}

}  // namespace ahbm
