// SPDX-License-Identifier: Apache-2.0
#include "interconnect/ucie/ucie_port.h"

#include <string>

namespace ahbm {

UcieConnection::UcieConnection(const sc_core::sc_module_name& name, Fabric& fabric, const UcieConfig& config)
    : sc_module(name), to_die("to_die", fabric), to_noc("to_noc", fabric), overhead_(config.port_overhead) {}

void UcieConnection::outward(Payload& payload) {
    to_die.forward(payload, Packet::of(payload), overhead_, LedgerPart::ucie);
}

void UcieConnection::inward(Payload& payload) {
    to_noc.forward(payload, Packet::of(payload), overhead_, LedgerPart::ucie);
}

void UcieConnection::join(UcieConnection& a, UcieConnection& b, const UcieConfig& config, sim::Time wire) {
    a.to_die.connect(b.from_die, config.connection_bandwidth, wire, LedgerPart::ucie);
    b.to_die.connect(a.from_die, config.connection_bandwidth, wire, LedgerPart::ucie);
}

UciePort::UciePort(const sc_core::sc_module_name& name, Fabric& fabric, const UcieConfig& config) : sc_module(name) {
    for (unsigned i = 0; i < config.connections; ++i)
        connections_.emplace_back(("conn" + std::to_string(i)).c_str(), fabric, config);
}

void UciePort::join(UciePort& a, UciePort& b, const UcieConfig& config, sim::Time wire) {
    for (unsigned i = 0; i < config.connections; ++i)
        UcieConnection::join(a.connection(i), b.connection(i), config, wire);
}

}  // namespace ahbm
