// SPDX-License-Identifier: Apache-2.0
/// The NoC of the IO chiplet: joins pcie_ep, io_cpu and the PHY connections. Decides by which PHY connection traffic
/// comes down into the SIP.
#pragma once

#include "interconnect/config/io_noc_config.h"
#include "interconnect/fabric/output_port.h"
#include "sim/block_list.h"

#include <systemc>

namespace ahbm {

class IoNoc : public sc_core::sc_module {
public:
    OutputPort to_pcie_ep;
    OutputPort to_io_cpu;
    InputPort from_pcie_ep{"from_pcie_ep", receiver<&IoNoc::transport>(this)};
    InputPort from_io_cpu{"from_io_cpu", receiver<&IoNoc::transport>(this)};

    IoNoc(const sc_core::sc_module_name& name, Fabric& fabric, SipId sip, const IoNocConfig& config,
          unsigned connections);

    OutputPort& to_phy(unsigned phy, unsigned connection) { return to_phy_[phy * connections_ + connection]; }
    InputPort& from_phy(unsigned phy, unsigned connection) { return from_phy_[phy * connections_ + connection]; }

private:
    void transport(Payload& payload);
    OutputPort& route(Packet& packet);

    Fabric& fabric_;
    SipId sip_;
    sim::Time overhead_;
    unsigned connections_;
    sim::BlockList<OutputPort> to_phy_;
    sim::BlockList<InputPort> from_phy_;
};

}  // namespace ahbm
