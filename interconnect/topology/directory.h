// SPDX-License-Identifier: Apache-2.0
/// From a decoded address to the node that answers it, and the routing layer between two nodes. Built once from the
/// geometry; all cubes of all SIPs are alike, so one table serves them.
#pragma once

#include "interconnect/protocol/domain.h"
#include "interconnect/protocol/node.h"
#include "interconnect/topology/routing.h"

#include <optional>
#include <vector>

namespace ahbm {

/// Where a block hangs inside a cube: router and local port of that router.
struct NocPort {
    std::uint16_t router = 0;  ///< within the cube
    std::uint8_t port = 0;     ///< local port: 0, 1, ...
};

/// Where the blocks of one cube hang.
struct CubeDirectory {
    std::vector<NocPort> pe;   ///< one per PE
    std::vector<NocPort> hbm;  ///< one per PE: the controller of its slice
    NocPort m_cpu;
    NocPort sram;

    /// Local ports of one router.
    unsigned ports_of(std::uint16_t router) const;
};

class Directory {
public:
    Directory(CubeDirectory cube, const MemoryMap& map, const SipRouting& routing);

    const MemoryMap& memory_map() const { return map_; }
    const SipRouting& routing() const { return routing_; }
    const CubeDirectory& cube() const { return cube_; }

    /// A populated address and who answers it; none for addresses that do not decode or that nothing answers.
    struct Located {
        Domain domain;
        NodeId node;
    };
    std::optional<Located> locate(std::uint64_t address) const;

    /// The node behind an address; none for windows that nothing answers.
    std::optional<NodeId> node_of(const Domain& domain) const;
    NodeId pe(PeCoord at, NodeId::Unit unit = NodeId::Unit::memory) const {
        NodeId node = in_cube(at.sip, at.cube, cube_.pe[at.pe.value]);
        node.unit = unit;
        return node;
    }
    NodeId hbm(PeCoord at) const { return in_cube(at.sip, at.cube, cube_.hbm[at.pe.value]); }
    NodeId m_cpu(SipId sip, CubeId cube) const { return in_cube(sip, cube, cube_.m_cpu); }
    NodeId sram(SipId sip, CubeId cube) const { return in_cube(sip, cube, cube_.sram); }
    static NodeId io_cpu(SipId sip) {
        return {.kind = NodeId::Kind::io_cpu, .sip = static_cast<std::uint8_t>(sip.value)};
    }
    static NodeId pcie_ep(SipId sip) {
        return {.kind = NodeId::Kind::pcie_ep, .sip = static_cast<std::uint8_t>(sip.value)};
    }
    static NodeId host() { return {}; }

    /// The layer a packet starts on. Traffic that comes down from the IO chiplet gets its layer there.
    std::uint8_t layer(NodeId from, NodeId to) const;
    std::uint32_t cube_of(NodeId node) const { return node.router / routers_per_cube_; }

private:
    NodeId in_cube(SipId sip, CubeId cube, NocPort at) const {
        return {.kind = NodeId::Kind::cube,
                .sip = static_cast<std::uint8_t>(sip.value),
                .port = at.port,
                .router = static_cast<std::uint16_t>(cube.value * routers_per_cube_ + at.router)};
    }
    CubeDirectory cube_;
    MemoryMap map_;
    const SipRouting& routing_;
    std::uint32_t routers_per_cube_;
};

}  // namespace ahbm
