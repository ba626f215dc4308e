// SPDX-License-Identifier: Apache-2.0
/// Netlist of one cube: router mesh, PEs with their HBM controllers, M_CPU, SRAM and UCIe ports.
#pragma once

#include "interconnect/cube_noc/router.h"
#include "interconnect/ucie/ucie_port.h"
#include "models/hbm_controller/hbm_controller.h"
#include "models/m_cpu/m_cpu.h"
#include "models/sram/sram.h"
#include "models/traffic_injector/traffic_injector.h"
#include "platform/pe.h"
#include "sim/block_list.h"

namespace ahbm {

class Cube : public sc_core::sc_module {
public:
    Cube(const sc_core::sc_module_name& name, const Services& services, SipId sip, CubeId cube);

    Router& router(CubeRouterId id) { return routers_[id.value]; }
    UciePort& ucie(Direction side) { return ports_[static_cast<std::size_t>(side)]; }
    Pe& pe(PeId id) { return pes_[id.value]; }
    HbmController& hbm(PeId id) { return hbms_[id.value]; }
    MCpu& m_cpu() { return m_cpu_; }
    Sram& sram() { return sram_; }
    /// Of a system that was built with them.
    TrafficInjector& injector(CubeRouterId router) { return injectors_[router.value]; }

    /// Where the blocks of a cube hang, as the constructor connects them: every block gets a local port of its own.
    static CubeDirectory directory(const CubeGeometry& geometry);

    void reset();

private:
    void connect_routers(const Services& services);
    void connect_ports(const Services& services);
    void connect_injectors(const Services& services, SipId sip, CubeId cube);
    void connect_block(NetworkInterface& block, const NodeId& node, NocPort port, sim::Bandwidth bandwidth,
                       sim::Time wire);

    sim::BlockList<Router> routers_;
    sim::BlockList<UciePort> ports_;
    sim::BlockList<Pe> pes_;
    sim::BlockList<HbmController> hbms_;
    MCpu m_cpu_;
    Sram sram_;
    sim::BlockList<TrafficInjector> injectors_;  ///< by router, or none
};

}  // namespace ahbm
