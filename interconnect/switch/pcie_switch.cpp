// SPDX-License-Identifier: Apache-2.0
#include "interconnect/switch/pcie_switch.h"

#include <string>

namespace ahbm {

PcieSwitch::PcieSwitch(const sc_core::sc_module_name& name, Fabric& fabric, const SwitchConfig& config, unsigned sips)
    : sc_module(name), to_host("to_host", fabric), overhead_(config.overhead) {
    for (unsigned sip = 0; sip < sips; ++sip) {
        to_sip_.emplace_back(("to_sip" + std::to_string(sip)).c_str(), fabric);
        from_sip_.emplace_back(("from_sip" + std::to_string(sip)).c_str(), receiver<&PcieSwitch::transport>(this));
    }
}

void PcieSwitch::transport(Payload& payload) {
    Packet& packet = Packet::of(payload);  // accept
    const NodeId to = packet.destination;  // route
    OutputPort& port = to.kind == NodeId::Kind::host ? to_host : to_sip_[to.sip];
    port.forward(payload, packet, overhead_, LedgerPart::io);  // admit, forward
}

}  // namespace ahbm
