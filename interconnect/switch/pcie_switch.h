// SPDX-License-Identifier: Apache-2.0
/// fabric.switch0: joins the host and every SIP's pcie_ep. Cut-through, one link per port and direction.
/// Not modelled: PCIe transaction layer credits, lane training.
#pragma once

#include "interconnect/config/switch_config.h"
#include "interconnect/fabric/output_port.h"
#include "sim/block_list.h"

#include <systemc>

namespace ahbm {

class PcieSwitch : public sc_core::sc_module {
public:
    OutputPort to_host;
    InputPort from_host{"from_host", receiver<&PcieSwitch::transport>(this)};

    PcieSwitch(const sc_core::sc_module_name& name, Fabric& fabric, const SwitchConfig& config, unsigned sips);

    OutputPort& to_sip(SipId sip) { return to_sip_[sip.value]; }
    InputPort& from_sip(SipId sip) { return from_sip_[sip.value]; }

private:
    void transport(Payload& payload);

    sim::Time overhead_;
    sim::BlockList<OutputPort> to_sip_;
    sim::BlockList<InputPort> from_sip_;
};

}  // namespace ahbm
