// SPDX-License-Identifier: Apache-2.0
#include "platform/sip.h"

#include <string>

namespace ahbm {

IoChiplet::IoChiplet(const sc_core::sc_module_name& name, const Services& services, SipId sip,
                     const std::vector<SipId>& neighbours)
    : sc_module(name),
      pcie_ep("pcie_ep", services.fabric, sip, services.config.sip.pcie_ep, neighbours),
      io_cpu("io_cpu", services.fabric, {sip, std::nullopt, std::nullopt, services.cubes(), services.pes()},
             services.config.cpu, services.config.mailbox, services.config.firmware),
      io_noc("io_noc", services.fabric, sip, services.config.sip.io_noc, services.config.sip.ucie.connections) {
    const IoNocConfig& config = services.config.sip.io_noc;
    const sim::WireDelay& delay = services.config.sip.cube.noc.wire_delay;
    const sim::Time block_wire = delay.over(config.block_distance);
    const sim::Time phy_wire = delay.over(config.phy_distance);

    pcie_ep.to_noc.connect(io_noc.from_pcie_ep, config.link_bandwidth, block_wire, LedgerPart::io);
    io_noc.to_pcie_ep.connect(pcie_ep.from_noc, config.link_bandwidth, block_wire, LedgerPart::io);
    io_cpu.hal.fabric.out.connect(io_noc.from_io_cpu, config.link_bandwidth, block_wire, LedgerPart::io);
    io_noc.to_io_cpu.connect(io_cpu.hal.fabric.in, config.link_bandwidth, block_wire, LedgerPart::io);
    io_cpu.hal.fabric.set_node(Directory::io_cpu(sip));

    for (unsigned p = 0; p < config.phys; ++p) {
        UciePort& phy =
            phys.emplace_back(("phy" + std::to_string(p)).c_str(), services.fabric, services.config.sip.ucie);
        for (unsigned i = 0; i < phy.connections(); ++i) {
            io_noc.to_phy(p, i).connect(phy.connection(i).from_noc, config.link_bandwidth, phy_wire, LedgerPart::io);
            phy.connection(i).to_noc.connect(io_noc.from_phy(p, i), config.link_bandwidth, phy_wire, LedgerPart::io);
        }
    }
}

Sip::Sip(const sc_core::sc_module_name& name, const Services& services, SipId sip, const std::vector<SipId>& neighbours)
    : sc_module(name), io0("io0", services, sip, neighbours) {
    const SipGrid& grid = services.fabric.directory().routing().grid();
    const UcieConfig& ucie = services.config.sip.ucie;
    const sim::Time gap = services.config.sip.cube.noc.wire_delay.over(ucie.die_gap);
    for (unsigned c = 0; c < services.cubes(); ++c)
        cubes_.emplace_back(("cube" + std::to_string(c)).c_str(), services, sip, CubeId{c});

    for (unsigned c = 0; c < services.cubes(); ++c)
        for (const Direction side : {Direction::east, Direction::south})
            if (const auto next = grid.neighbour(CubeId{c}, side))
                UciePort::join(cube(CubeId{c}).ucie(side), cube(*next).ucie(opposite(side)), ucie, gap);
    // PHY p faces the north port of cube p of the north row.
    const unsigned facing = std::min(services.config.sip.io_noc.phys, services.config.sip.cube_mesh.w);
    for (unsigned p = 0; p < facing; ++p)
        UciePort::join(io0.phys[p], cube(CubeId{p}).ucie(Direction::north), ucie, gap);
}

void Sip::reset() {
    io0.io_cpu.reset();
    for (Cube& each : cubes_) each.reset();
}

}  // namespace ahbm
