// SPDX-License-Identifier: Apache-2.0
#include "interconnect/io_noc/io_noc.h"

#include <string>

namespace ahbm {

IoNoc::IoNoc(const sc_core::sc_module_name& name, Fabric& fabric, SipId sip, const IoNocConfig& config,
             unsigned connections)
    : sc_module(name),
      to_pcie_ep("to_pcie_ep", fabric),
      to_io_cpu("to_io_cpu", fabric),
      fabric_(fabric),
      sip_(sip),
      overhead_(config.overhead),
      connections_(connections) {
    for (unsigned i = 0; i < config.phys * connections; ++i) {
        const std::string suffix = "phy" + std::to_string(i / connections) + "_conn" + std::to_string(i % connections);
        to_phy_.emplace_back(("to_" + suffix).c_str(), fabric);
        from_phy_.emplace_back(("from_" + suffix).c_str(), receiver<&IoNoc::transport>(this));
    }
}

void IoNoc::transport(Payload& payload) {
    Packet& packet = Packet::of(payload);                      // accept
    OutputPort& port = route(packet);                          // route
    port.forward(payload, packet, overhead_, LedgerPart::io);  // admit, forward
}

OutputPort& IoNoc::route(Packet& packet) {
    const NodeId to = packet.destination;
    if (to.sip != sip_.value || to.kind == NodeId::Kind::host || to.kind == NodeId::Kind::pcie_ep) return to_pcie_ep;
    if (to.kind == NodeId::Kind::io_cpu) return to_io_cpu;
    const IoEntry& entry = fabric_.directory().routing().entry(RouterId{to.router});
    packet.layer = static_cast<std::uint8_t>(entry.layer);
    return to_phy(entry.phy, entry.connection);
}

}  // namespace ahbm
