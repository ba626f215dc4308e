// SPDX-License-Identifier: Apache-2.0
#include "interconnect/fabric/network_interface.h"

#include "sim/check.h"

namespace ahbm {

NetworkInterface::NetworkInterface(const char* out_name, const char* in_name, Fabric& fabric, PacketClient& client,
                                   Told told)
    : fabric_(fabric),
      client_(client),
      told_(told),
      out(out_name, fabric),
      in(in_name, receiver<&NetworkInterface::accept>(this)) {}

Payload& NetworkInterface::request(Purpose purpose, Access access, const Domain& target, NodeId destination,
                                   std::uint32_t bytes, sim::Time issued) {
    Payload& payload = fabric_.acquire();
    Packet& packet = Packet::of(payload);
    packet.source = node_;
    packet.destination = destination;
    packet.target = target;
    packet.access = access;
    packet.purpose = purpose;
    packet.bytes = bytes;
    packet.channel = access == Access::read ? VirtualChannel::request : VirtualChannel::data;
    packet.wire_bytes = access == Access::read ? static_cast<std::uint32_t>(fabric_.config().header.value) : bytes;
    payload.set_command(access == Access::read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND);
    payload.set_data_length(bytes);
    fabric_.begin(packet, issued);
    ++outstanding_;
    return payload;
}

void NetworkInterface::send(Payload& payload, sim::Time when, sim::Time tail) {
    Packet& packet = Packet::of(payload);
    packet.layer = fabric_.directory().layer(node_, packet.destination);
    packet.ledger[LedgerPart::issue] += when - packet.issued;
    packet.head = when;
    packet.tail = tail;
    out.forward(payload, packet, {}, LedgerPart::noc);
}

void NetworkInterface::respond(Payload& payload, sim::Time when, sim::Time tail) {
    Packet& packet = Packet::of(payload);
    packet.ledger[LedgerPart::serialisation] += packet.tail - packet.head;
    packet.ledger[LedgerPart::service] += when - packet.tail;
    fabric_.observers().tell(&FabricObserver::served, packet, when, tail);
    const auto header = static_cast<std::uint32_t>(fabric_.config().header.value);
    const bool carries_data = packet.access == Access::read && payload.get_response_status() == tlm::TLM_OK_RESPONSE;
    packet.turn_around(carries_data ? VirtualChannel::data : VirtualChannel::request,
                       carries_data ? packet.bytes : header);
    packet.layer = fabric_.directory().layer(node_, packet.destination);
    packet.head = when;
    packet.tail = tail;
    out.forward(payload, packet, {}, LedgerPart::noc);
}

void NetworkInterface::finish(Payload& payload, sim::Time end) {
    Packet& packet = Packet::of(payload);
    packet.ledger[LedgerPart::serialisation] += packet.tail - packet.head;
    packet.ledger[LedgerPart::service] += end - packet.tail;
    fabric_.complete(packet, end);
    --outstanding_;
    payload.release();
}

Payload& NetworkInterface::debug_request(Access access, const Domain& target, NodeId destination, std::uint32_t bytes) {
    Payload& payload = fabric_.acquire();
    Packet& packet = Packet::of(payload);
    packet.debug = true;
    packet.access = access;
    packet.source = node_;
    packet.destination = destination;
    packet.target = target;
    packet.bytes = bytes;
    packet.layer = fabric_.directory().layer(node_, destination);
    payload.set_command(access == Access::read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND);
    payload.set_data_length(bytes);
    return payload;
}

bool NetworkInterface::debug(Access access, const Domain& target, NodeId destination, std::uint32_t bytes,
                             shadow::Bundle& data) {
    Payload& payload = debug_request(access, target, destination, bytes);
    Packet& packet = Packet::of(payload);
    packet.data = data;
    out.forward(payload, packet, {}, LedgerPart::noc);
    const bool ok = payload.get_response_status() == tlm::TLM_OK_RESPONSE;
    if (ok && access == Access::read) data = packet.data;
    payload.release();
    return ok;
}

bool NetworkInterface::poke(const Domain& target, NodeId destination, std::span<const std::byte> bytes) {
    Payload& payload = debug_request(Access::write, target, destination, static_cast<std::uint32_t>(bytes.size()));
    Packet& packet = Packet::of(payload);
    packet.inline_bytes.assign(bytes.begin(), bytes.end());
    out.forward(payload, packet, {}, LedgerPart::noc);
    const bool ok = payload.get_response_status() == tlm::TLM_OK_RESPONSE;
    payload.release();
    return ok;
}

PathProbe NetworkInterface::probe(NodeId destination) {
    PathProbe path;
    Payload& payload = fabric_.acquire();
    Packet& packet = Packet::of(payload);
    packet.debug = true;
    packet.probe = &path;
    packet.source = node_;
    packet.destination = destination;
    packet.layer = fabric_.directory().layer(node_, destination);
    out.forward(payload, packet, {}, LedgerPart::noc);
    payload.release();
    return path;
}

void PacketClient::handle_debug(Payload& payload, Packet& packet) {
    payload.set_response_status(packet.probe != nullptr ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

void NetworkInterface::set_node(NodeId node) {
    node_ = node;
    fabric_.enlist(node, *this);
}

void NetworkInterface::accept(Payload& payload) {
    Packet& packet = Packet::of(payload);
    if (fabric_.handing_over() != nullptr) return;  // called again when the tail is here
    if (packet.debug) return client_.handle_debug(payload, packet);
    if (fabric_.fast() && told_ == Told::in_order_of_time)
        fabric_.wheel().at<&NetworkInterface::arrive>(packet.head, sim::Priority::arrival, this,
                                                      reinterpret_cast<std::uintptr_t>(&payload));
    else
        hand_over(payload, packet);
}

void NetworkInterface::arrive(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    hand_over(payload, Packet::of(payload));
}

void NetworkInterface::hand_over(Payload& payload, Packet& packet) {
    if (packet.response)
        client_.handle_response(payload, packet);
    else {
        fabric_.observers().tell(&FabricObserver::arrived, packet);
        client_.handle_request(payload, packet);
    }
}

}  // namespace ahbm
