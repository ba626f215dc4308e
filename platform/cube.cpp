// SPDX-License-Identifier: Apache-2.0
#include "platform/cube.h"

#include <string>

namespace ahbm {

CubeDirectory Cube::directory(const CubeGeometry& geometry) {
    std::vector<std::uint8_t> next_port(geometry.router_count(), 0);
    const auto hang = [&](const Attachment& at) {
        return NocPort{static_cast<std::uint16_t>(at.router.value), next_port[at.router.value]++};
    };
    CubeDirectory directory;
    for (unsigned pe = 0; pe < geometry.pe_count(); ++pe) {
        directory.pe.push_back(hang(geometry.pe(PeId{pe})));
        directory.hbm.push_back(hang(geometry.pe(PeId{pe})));
    }
    directory.m_cpu = hang(geometry.m_cpu());
    directory.sram = hang(geometry.sram());
    return directory;
}

Cube::Cube(const sc_core::sc_module_name& name, const Services& services, SipId sip, CubeId cube)
    : sc_module(name),
      m_cpu_("m_cpu", services.fabric, {sip, cube, std::nullopt, services.cubes(), services.pes()}, services.config.cpu,
             services.config.mailbox, services.config.firmware),
      sram_("sram", services.fabric, services.config.sip.cube.sram, services.recorder) {
    const CubeConfig& config = services.config.sip.cube;
    const Directory& directory = services.fabric.directory();
    const SipGrid& grid = directory.routing().grid();
    const CubeGeometry& geometry = grid.cube();
    const sim::WireDelay& delay = config.noc.wire_delay;

    for (unsigned r = 0; r < geometry.router_count(); ++r)
        routers_.emplace_back(
            geometry.name(CubeRouterId{r}).c_str(), services.fabric, sip, grid.router(cube, CubeRouterId{r}),
            directory.cube().ports_of(static_cast<std::uint16_t>(r)) + (services.traffic_injectors ? 1 : 0),
            config.noc.router_overhead);
    for (const Direction side : kSides)
        ports_.emplace_back(("ucie_" + std::string(to_string(side))).c_str(), services.fabric,
                            services.config.sip.ucie);
    connect_routers(services);
    connect_ports(services);

    for (unsigned i = 0; i < services.pes(); ++i) {
        const PeCoord self{sip, cube, PeId{i}};
        const sim::Time wire = delay.over(geometry.pe(PeId{i}).distance);
        Pe& pe = pes_.emplace_back(("pe" + std::to_string(i)).c_str(), services, self);
        connect_block(pe.dma.fabric, directory.pe(self), directory.cube().pe[i], config.noc.link_bandwidth, wire);
        HbmController& hbm = hbms_.emplace_back(("hbm" + std::to_string(i)).c_str(), services.fabric, config.hbm,
                                                i * config.hbm.slice.value, services.recorder);
        connect_block(hbm.memory.fabric, directory.hbm(self), directory.cube().hbm[i], config.hbm.link_bandwidth, wire);
    }
    connect_block(m_cpu_.hal.fabric, directory.m_cpu(sip, cube), directory.cube().m_cpu, config.noc.link_bandwidth,
                  delay.over(geometry.m_cpu().distance));
    connect_block(sram_.memory.fabric, directory.sram(sip, cube), directory.cube().sram, config.sram.bandwidth,
                  delay.over(geometry.sram().distance));
    if (services.traffic_injectors) connect_injectors(services, sip, cube);
}

void Cube::connect_injectors(const Services& services, SipId sip, CubeId cube) {
    const SipGrid& grid = services.fabric.directory().routing().grid();
    for (unsigned r = 0; r < grid.cube().router_count(); ++r) {
        const auto router = static_cast<std::uint16_t>(r);
        // Behind the blocks' ports; no wire, so that a path consists of routers and what joins them.
        const NocPort port{router, static_cast<std::uint8_t>(services.fabric.directory().cube().ports_of(router))};
        const NodeId node{.kind = NodeId::Kind::cube,
                          .sip = static_cast<std::uint8_t>(sip.value),
                          .port = port.port,
                          .router = static_cast<std::uint16_t>(grid.router(cube, CubeRouterId{r}).value)};
        TrafficInjector& injector =
            injectors_.emplace_back(("injector_" + grid.cube().name(CubeRouterId{r})).c_str(), services.fabric);
        connect_block(injector.fabric, node, port, services.config.sip.cube.noc.link_bandwidth, {});
    }
}

void Cube::connect_block(NetworkInterface& block, const NodeId& node, NocPort port, sim::Bandwidth bandwidth,
                         sim::Time wire) {
    Router& at = routers_[port.router];
    block.out.connect(at.local_input(port.port), bandwidth, wire, LedgerPart::noc);
    at.local_output(port.port).connect(block.in, bandwidth, wire, LedgerPart::noc);
    block.set_node(node);
}

void Cube::connect_routers(const Services& services) {
    const CubeNocConfig& noc = services.config.sip.cube.noc;
    const CubeGeometry& geometry = services.fabric.directory().routing().grid().cube();
    for (unsigned r = 0; r < geometry.router_count(); ++r) {
        for (const Direction side : kSides) {
            const std::optional<CubeRouterId> next = geometry.neighbour(CubeRouterId{r}, side);
            if (!next) continue;
            const sim::Time wire =
                noc.wire_delay.over(distance(geometry.position(CubeRouterId{r}), geometry.position(*next)));
            routers_[r].output(side).connect(routers_[next->value].input(opposite(side)), noc.link_bandwidth, wire,
                                             LedgerPart::noc);
        }
    }
}

void Cube::connect_ports(const Services& services) {
    const CubeNocConfig& noc = services.config.sip.cube.noc;
    const CubeGeometry& geometry = services.fabric.directory().routing().grid().cube();
    for (const Direction side : kSides) {
        for (unsigned i = 0; i < geometry.connections(); ++i) {
            const Attachment at = geometry.ucie(side, i);
            Router& router = routers_[at.router.value];
            UcieConnection& connection = ucie(side).connection(i);
            const sim::Time wire = noc.wire_delay.over(at.distance);
            router.output(side).connect(connection.from_noc, noc.link_bandwidth, wire, LedgerPart::noc);
            connection.to_noc.connect(router.input(side), noc.link_bandwidth, wire, LedgerPart::noc);
        }
    }
}

void Cube::reset() {
    m_cpu_.reset();
    for (Pe& pe : pes_) pe.reset();
    for (HbmController& hbm : hbms_) hbm.reset();
    sram_.reset();
}

}  // namespace ahbm
