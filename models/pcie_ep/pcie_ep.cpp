// SPDX-License-Identifier: Apache-2.0
#include "models/pcie_ep/pcie_ep.h"

#include "sim/check.h"

#include <algorithm>
#include <string>

namespace ahbm {

PcieEp::PcieEp(const sc_core::sc_module_name& name, Fabric& fabric, SipId sip, const PcieEpConfig& config,
               const std::vector<SipId>& neighbours)
    : sc_module(name),
      to_switch("to_switch", fabric),
      to_noc("to_noc", fabric),
      fabric_(fabric),
      sip_(sip),
      overhead_(config.overhead),
      neighbours_(neighbours) {
    for (const SipId peer : neighbours_) {
        to_peer_.emplace_back(("to_sip" + std::to_string(peer.value)).c_str(), fabric);
        from_peer_.emplace_back(("from_sip" + std::to_string(peer.value)).c_str(), receiver<&PcieEp::transport>(this));
    }
}

void PcieEp::transport(Payload& payload) {
    Packet& packet = Packet::of(payload);  // accept
    if (packet.destination == Directory::pcie_ep(sip_)) return reject(payload, packet);
    OutputPort& port = route(packet);                          // route
    port.forward(payload, packet, overhead_, LedgerPart::io);  // admit, forward
}

OutputPort& PcieEp::route(const Packet& packet) {
    const NodeId to = packet.destination;
    if (to.kind == NodeId::Kind::host) return to_switch;
    if (to.sip == sip_.value) return to_noc;
    const auto peer = std::find(neighbours_.begin(), neighbours_.end(), SipId{to.sip});
    return peer == neighbours_.end() ? to_switch : to_peer_[static_cast<std::size_t>(peer - neighbours_.begin())];
}

void PcieEp::reject(Payload& payload, Packet& packet) {
    if (fabric_.handing_over() != nullptr) return;  // called again when the tail is here
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (packet.debug) return;
    packet.error = "PCIE_EP has no registers";
    packet.ledger[LedgerPart::serialisation] += packet.tail - packet.head;
    packet.turn_around(VirtualChannel::request, static_cast<std::uint32_t>(fabric_.config().header.value));
    packet.head = packet.tail;
    route(packet).forward(payload, packet, overhead_, LedgerPart::io);
}

std::size_t PcieEp::index_of(SipId peer) const {
    const auto found = std::find(neighbours_.begin(), neighbours_.end(), peer);
    SIM_CHECK(found != neighbours_.end(), std::string(name()) + " has no link to sip" + std::to_string(peer.value));
    return static_cast<std::size_t>(found - neighbours_.begin());
}

}  // namespace ahbm
