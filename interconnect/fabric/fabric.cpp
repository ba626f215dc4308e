// SPDX-License-Identifier: Apache-2.0
#include "interconnect/fabric/fabric.h"

#include "interconnect/fabric/network_interface.h"
#include "interconnect/fabric/output_port.h"
#include "sim/check.h"

#include <algorithm>

namespace ahbm {

Fabric::Fabric(sim::WheelPump& wheel, const FabricConfig& config, const Directory& directory)
    : wheel_(wheel), config_(config), directory_(directory) {
    if (config_.timing == Timing::hop) wheel_.set_foresight(OutputPort::foresight());
}

Fabric::~Fabric() = default;

Payload& Fabric::acquire() {
    if (idle_.empty()) {
        idle_.push_back(&all_.emplace_back(this));
    }
    Payload& payload = *idle_.back();
    idle_.pop_back();
    payload.acquire();
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    return payload;
}

void Fabric::free(Payload* payload) {
    Packet& packet = Packet::of(*payload);
    packet.response = false;
    packet.ledger = {};
    packet.head = packet.tail = {};
    packet.parent = packet.cookie = 0;
    packet.data.clear();
    packet.inline_bytes.clear();
    packet.message_offset = packet.message_bytes = 0;
    packet.error.clear();
    packet.debug = false;
    packet.probe = nullptr;
    idle_.push_back(payload);
}

const PathProbe& Fabric::path(NodeId from, NodeId to) {
    const auto [entry, fresh] = paths_.try_emplace({from, to});
    if (fresh) {
        const auto interface = interfaces_.find(from);
        SIM_CHECK(interface != interfaces_.end(), "no block has this place on the fabric");
        entry->second = interface->second->probe(to);
    }
    return entry->second;
}

PathClass Fabric::path_class(NodeId requester, NodeId target) const {
    using Kind = NodeId::Kind;
    if (requester.kind == Kind::host || target.kind == Kind::host) return PathClass::host;
    if (requester.sip != target.sip) return PathClass::other_sip;
    if (requester.kind != Kind::cube || target.kind != Kind::cube) return PathClass::io;
    if (requester.router == target.router) return PathClass::own_slice;
    return directory_.cube_of(requester) == directory_.cube_of(target) ? PathClass::same_cube : PathClass::same_sip;
}

void Fabric::begin(Packet& packet, sim::Time issued) {
    packet.transaction = ++begun_;
    packet.issued = issued;
}

void Fabric::complete(const Packet& packet, sim::Time end) {
    const sim::Time latency = end - packet.issued;
    SIM_CHECK(packet.ledger.sum() == latency, "latency ledger of transaction " + std::to_string(packet.transaction) +
                                                  " sums to " + std::to_string(packet.ledger.sum().ps()) +
                                                  " ps, its latency is " + std::to_string(latency.ps()) + " ps");
    ++completed_;
    const PathClass path = path_class(packet.destination, packet.source);
    Totals& totals = totals_[static_cast<std::size_t>(packet.access)][static_cast<std::size_t>(path)];
    ++totals.transactions;
    totals.bytes += packet.bytes;
    totals.latency += latency;
    totals.max_latency = std::max(totals.max_latency, latency);
    totals.ledger += packet.ledger;
    observers_.tell(&FabricObserver::completed, packet, path, end);
}

}  // namespace ahbm
