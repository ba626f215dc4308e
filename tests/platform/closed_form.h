// SPDX-License-Identifier: Apache-2.0
/// Zero-load latencies from the configuration and the walked routes alone: an oracle that shares nothing with the ports
/// and memories that carry packets.
#pragma once

#include "interconnect/topology/route.h"
#include "platform/system.h"

#include <algorithm>
#include <vector>

namespace ahbm::test {

class ClosedForm {
public:
    explicit ClosedForm(const System& system)
        : config_(system.config()),
          grid_(system.routing().grid()),
          walker_(system.routing(), system.system_routing(),
                  {config_.sip.cube.noc, config_.sip.ucie, config_.sip.io_noc, config_.fabric_switch}) {}

    /// Where a block hangs, how wide its link is, and what it does to a packet of a transfer.
    struct Place {
        RouteNode node;
        sim::Time wire;
        sim::Bandwidth link;
        sim::Time access;      ///< array: request complete to first byte out, or last byte in to visible
        sim::Bandwidth array;  ///< how fast bytes go in and out
        sim::Time look_up;     ///< requester: address translation per packet
        unsigned window = 0;   ///< requester: packets in flight
    };
    Place pe(PeCoord at) const {  // also its TCM
        Place place = block(at.sip, at.cube, grid_.cube().pe(at.pe), config_.sip.cube.noc.link_bandwidth);
        place.array = config_.sip.cube.pe.tcm.read_bandwidth;
        place.look_up = config_.sip.cube.pe.mmu.lookup;
        place.window = config_.fabric.max_outstanding;
        return place;
    }
    Place hbm(PeCoord at) const {
        const HbmConfig& hbm = config_.sip.cube.hbm;
        Place place = block(at.sip, at.cube, grid_.cube().pe(at.pe), hbm.link_bandwidth);
        place.access = hbm.channel_bandwidth.time_for(hbm.burst);
        place.array = {hbm.channel_bandwidth.megabytes_per_second * hbm.channels};
        return place;
    }
    Place sram(SipId sip, CubeId cube) const {
        Place place = block(sip, cube, grid_.cube().sram(), config_.sip.cube.sram.bandwidth);
        place.access = config_.sip.cube.sram.access;
        place.array = config_.sip.cube.sram.bandwidth;
        return place;
    }
    Place host() const {
        Place place{RouteNode::host(),
                    {},
                    config_.fabric_switch.link_bandwidth,
                    {},
                    config_.fabric_switch.link_bandwidth,
                    {},
                    0};
        place.window = config_.host.max_outstanding;
        return place;
    }

    struct Leg {
        Ledger head;  ///< first byte to first byte, by what it is spent on
        sim::Bandwidth narrow;
        std::size_t links = 0;
    };
    Leg leg(const Place& from, const Place& to) const {
        using Kind = RouteNode::Kind;
        const std::vector<Hop> hops = walker_.route(from.node, to.node);
        Leg leg{{}, std::min(from.link, to.link), hops.size() - 1};
        const auto narrow = [&leg](sim::Bandwidth link) { leg.narrow = std::min(leg.narrow, link); };
        if (from.node.kind == Kind::router) ++leg.links;
        if (to.node.kind == Kind::router) ++leg.links;
        leg.head[LedgerPart::noc] += from.wire + to.wire;
        for (std::size_t i = 0; i < hops.size(); ++i) {
            const Kind kind = hops[i].node.kind, before = i == 0 ? kind : hops[i - 1].node.kind;
            const bool port = kind == Kind::ucie || kind == Kind::phy,
                       port_before = before == Kind::ucie || before == Kind::phy;
            if (i > 0 && port && port_before) {
                leg.head[LedgerPart::ucie] += hops[i].wire;
                narrow(config_.sip.ucie.connection_bandwidth);
            } else if (kind == Kind::router || before == Kind::router) {
                leg.head[LedgerPart::noc] += hops[i].wire;
                narrow(config_.sip.cube.noc.link_bandwidth);
            } else {
                leg.head[LedgerPart::io] += hops[i].wire;
                narrow(kind == Kind::io_noc || before == Kind::io_noc ? config_.sip.io_noc.link_bandwidth
                                                                      : config_.fabric_switch.link_bandwidth);
            }
            if (port) leg.head[LedgerPart::ucie] += config_.sip.ucie.port_overhead;
            if (kind == Kind::router) leg.head[LedgerPart::noc] += config_.sip.cube.noc.router_overhead;
            if (kind == Kind::io_noc) leg.head[LedgerPart::io] += config_.sip.io_noc.overhead;
            if (kind == Kind::fabric_switch) leg.head[LedgerPart::io] += config_.fabric_switch.overhead;
            if (kind == Kind::pcie_ep) leg.head[LedgerPart::io] += config_.sip.pcie_ep.overhead;
        }
        return leg;
    }

    /// The bytes stream in packets; the narrowest of links and array sets their pace, and as many packets as the
    /// requester's window are under way.
    sim::Time read(const Place& from, const Place& target, std::uint64_t bytes) const {
        const Leg out = leg(from, target), back = leg(target, from);
        std::vector<sim::Time> done;
        sim::Time ready, asked, array_free, tail;
        for (const std::uint64_t packet : packets(bytes)) {
            ready = std::max(ready, window_opens(from, done)) + from.look_up;
            asked = std::max(asked, ready + out.head.sum()) + out.narrow.time_for(config_.fabric.header);
            const sim::Time start = std::max(asked, array_free);
            array_free = start + target.array.time_for(packet);
            tail = std::max(tail, start + target.access + back.head.sum()) +
                   std::min(back.narrow, target.array).time_for(packet);
            done.push_back(tail);
        }
        return tail;
    }
    sim::Time acknowledged_write(const Place& from, const Place& target, std::uint64_t bytes) const {
        const Leg out = leg(from, target), back = leg(target, from);
        std::vector<sim::Time> done;
        sim::Time ready, port_free, tail, acknowledged;
        for (const std::uint64_t packet : packets(bytes)) {
            ready = std::max(ready, window_opens(from, done)) + from.look_up;
            const sim::Time start = std::max(ready, port_free);
            port_free = start + from.array.time_for(packet);
            tail = std::max(tail, start + out.head.sum()) + out.narrow.time_for(packet);
            acknowledged = std::max(acknowledged, tail + target.access + back.head.sum()) +
                           back.narrow.time_for(config_.fabric.header);
            done.push_back(acknowledged);
        }
        return acknowledged;
    }

    /// Of one packet, alone.
    Ledger ledger(const Place& from, const Place& target, std::uint64_t bytes, Access access) const {
        const Leg out = leg(from, target), back = leg(target, from);
        const bool read = access == Access::read;
        Ledger ledger = out.head;
        ledger += back.head;
        ledger[LedgerPart::issue] += from.look_up;
        ledger[LedgerPart::serialisation] += out.narrow.time_for(read ? config_.fabric.header.value : bytes) +
                                             back.narrow.time_for(read ? bytes : config_.fabric.header.value);
        ledger[LedgerPart::service] += target.access;
        return ledger;
    }

private:
    Place block(SipId sip, CubeId cube, const Attachment& at, sim::Bandwidth link) const {
        return {RouteNode::at_router(sip, grid_.router(cube, at.router)),
                config_.sip.cube.noc.wire_delay.over(at.distance),
                link,
                {},
                {},
                {},
                0};
    }
    std::vector<std::uint64_t> packets(std::uint64_t bytes) const {
        std::vector<std::uint64_t> sizes(bytes / config_.fabric.max_packet, config_.fabric.max_packet);
        if (bytes % config_.fabric.max_packet != 0) sizes.push_back(bytes % config_.fabric.max_packet);
        return sizes;
    }
    static sim::Time window_opens(const Place& from, const std::vector<sim::Time>& done) {
        return done.size() < from.window ? sim::Time{} : done[done.size() - from.window];
    }

    const PlatformConfig& config_;
    const SipGrid& grid_;
    RouteWalker walker_;
};

}  // namespace ahbm::test
