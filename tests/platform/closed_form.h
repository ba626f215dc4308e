// SPDX-License-Identifier: Apache-2.0
/// Zero-load latencies from the configuration and the walked routes alone: an oracle that shares nothing with the ports
/// that carry packets.
#pragma once

#include "interconnect/protocol/route.h"
#include "platform/system.h"

#include <algorithm>

namespace ahbm::test {

class ClosedForm {
public:
    explicit ClosedForm(System& system)
        : system_(system), config_(system.config()),
          walker_(system.routing(), system.system_routing(),
                  {config_.sip.cube.noc, config_.sip.ucie, config_.sip.io_noc, config_.fabric_switch}) {}

    struct Leg {
        sim::Time head;          ///< first byte to first byte
        sim::Bandwidth narrow;
        bool crosses_ucie = false;
    };

    /// From a PE (or the host, if none) to the HBM controller of a PE, or back: routes are walked in each direction.
    Leg to_hbm(const PeCoord* from, PeCoord slice) const { return leg(node(from), node(&slice), from, &slice); }
    Leg from_hbm(PeCoord slice, const PeCoord* to) const { return leg(node(&slice), node(to), to, &slice); }

    /// One packet of at most max_packet bytes: request, first burst, streaming.
    sim::Time read(const PeCoord* from, PeCoord slice, std::uint64_t bytes) const {
        const Leg out = to_hbm(from, slice), back = from_hbm(slice, from);
        return look_up(from) + out.head + out.narrow.time_for(config_.fabric.header) + burst() + back.head + back.narrow.time_for(bytes);
    }
    /// One packet: streaming, write of the last burst, acknowledgement.
    sim::Time acknowledged_write(const PeCoord* from, PeCoord slice, std::uint64_t bytes) const {
        const Leg out = to_hbm(from, slice), back = from_hbm(slice, from);
        return look_up(from) + out.head + out.narrow.time_for(bytes) + burst() + back.head + back.narrow.time_for(config_.fabric.header);
    }

private:
    sim::Time burst() const { return config_.sip.cube.hbm.channel_bandwidth.time_for(config_.sip.cube.hbm.burst); }
    sim::Time look_up(const PeCoord* from) const { return from != nullptr ? config_.sip.cube.pe.mmu.lookup : sim::Time{}; }

    RouteNode node(const PeCoord* at) const {
        if (at == nullptr) return RouteNode::host();
        const SipGrid& grid = system_.routing().grid();
        return RouteNode::at_router(at->sip, grid.router(at->cube, grid.cube().pe(at->pe).router));
    }
    sim::Time block_wire(const PeCoord& at) const {
        return config_.sip.cube.noc.wire_delay.over(system_.routing().grid().cube().pe(at.pe).distance);
    }
    Leg leg(const RouteNode& from, const RouteNode& to, const PeCoord* pe, const PeCoord* slice) const {
        const std::vector<Hop> hops = walker_.route(from, to);
        Leg result{walker_.fabric_latency(hops) + block_wire(*slice), config_.sip.cube.noc.link_bandwidth, false};
        if (pe != nullptr) result.head += block_wire(*pe);
        for (const Hop& hop : hops) {
            using Kind = RouteNode::Kind;
            if (hop.node.kind == Kind::pcie_ep) result.head += config_.sip.pcie_ep.overhead;
            if (hop.node.kind == Kind::ucie) {
                result.crosses_ucie = true;
                result.narrow = std::min(result.narrow, config_.sip.ucie.connection_bandwidth);
            }
            if (hop.node.kind == Kind::fabric_switch) result.narrow = std::min(result.narrow, config_.fabric_switch.link_bandwidth);
        }
        return result;
    }

    System& system_;
    const PlatformConfig& config_;
    RouteWalker walker_;
};

}  // namespace ahbm::test
