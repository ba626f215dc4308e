// SPDX-License-Identifier: Apache-2.0
#include "interconnect/topology/directory.h"

#include "interconnect/protocol/phys_addr.h"

#include <utility>
#include <variant>

namespace ahbm {

unsigned CubeDirectory::ports_of(std::uint16_t router) const {
    unsigned ports = 0;
    const auto count = [&](NocPort at) { ports += at.router == router ? 1 : 0; };
    for (const NocPort at : pe) count(at);
    for (const NocPort at : hbm) count(at);
    count(m_cpu);
    count(sram);
    return ports;
}

Directory::Directory(CubeDirectory cube, const MemoryMap& map, const SipRouting& routing)
    : cube_(std::move(cube)), map_(map), routing_(routing), routers_per_cube_(routing.grid().cube().router_count()) {}

std::optional<Directory::Located> Directory::locate(std::uint64_t address) const {
    const auto decoded = try_decode(address, map_);
    const Domain* domain = std::get_if<Domain>(&decoded);
    if (domain == nullptr) return std::nullopt;
    const std::optional<NodeId> node = node_of(*domain);
    if (!node) return std::nullopt;
    return Located{*domain, *node};
}

std::optional<NodeId> Directory::node_of(const Domain& domain) const {
    switch (domain.window) {
        case abi::WindowKind::hbm: return hbm({domain.sip, domain.cube, map_.hbm_owner(domain.offset)});
        case abi::WindowKind::pe_local:
            return pe(domain.pe_coord(), domain.is(abi::PeResource::cpu)    ? NodeId::Unit::cpu
                                         : domain.is(abi::PeResource::ipcq) ? NodeId::Unit::ipcq
                                                                            : NodeId::Unit::memory);
        case abi::WindowKind::mcpu_local: return m_cpu(domain.sip, domain.cube);
        case abi::WindowKind::cube_sram: return sram(domain.sip, domain.cube);
        case abi::WindowKind::iocpu_local: return io_cpu(domain.sip);
        case abi::WindowKind::pcie_ep: return pcie_ep(domain.sip);
        case abi::WindowKind::host_aperture: return host();
        default: return std::nullopt;  // IO_NOC and IO_UCIE have no registers
    }
}

std::uint8_t Directory::layer(NodeId from, NodeId to) const {
    if (from.kind != NodeId::Kind::cube) return 0;
    const bool up = to.kind != NodeId::Kind::cube || to.sip != from.sip;
    return static_cast<std::uint8_t>(up ? routing_.layer_up(RouterId{from.router})
                                        : routing_.layer(RouterId{from.router}, RouterId{to.router}));
}

}  // namespace ahbm
