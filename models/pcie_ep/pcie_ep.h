// SPDX-License-Identifier: Apache-2.0
/// PCIE_EP: where PCIe meets the IO chiplet. Passes traffic both ways; with direct SIP-to-SIP links it sends traffic
/// for a neighbouring SIP over the link to that neighbour. Not modelled: configuration space, ordering rules of PCIe,
/// its own registers (an access to them is answered with an address error).
#pragma once

#include "interconnect/config/switch_config.h"
#include "interconnect/fabric/network_interface.h"
#include "sim/block_list.h"

#include <systemc>

#include <vector>

namespace ahbm {

struct PcieEpConfig {
    sim::Time overhead = 5_ns;
    template <class V>
    void fields(V& v) {
        v("overhead", overhead, "per packet passed (specification)");
    }
};

class PcieEp : public sc_core::sc_module {
public:
    OutputPort to_switch;
    OutputPort to_noc;
    InputPort from_switch{"from_switch", receiver<&PcieEp::transport>(this)};
    InputPort from_noc{"from_noc", receiver<&PcieEp::transport>(this)};

    /// `neighbours`: SIPs with a direct link; empty when all SIP-to-SIP traffic takes the switch.
    PcieEp(const sc_core::sc_module_name& name, Fabric& fabric, SipId sip, const PcieEpConfig& config,
           const std::vector<SipId>& neighbours);

    OutputPort& to_peer(SipId peer) { return to_peer_[index_of(peer)]; }
    InputPort& from_peer(SipId peer) { return from_peer_[index_of(peer)]; }

private:
    void transport(Payload& payload);
    OutputPort& route(const Packet& packet);
    void reject(Payload& payload, Packet& packet);
    std::size_t index_of(SipId peer) const;

    Fabric& fabric_;
    SipId sip_;
    sim::Time overhead_;
    std::vector<SipId> neighbours_;
    sim::BlockList<OutputPort> to_peer_;
    sim::BlockList<InputPort> from_peer_;
};

}  // namespace ahbm
