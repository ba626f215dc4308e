// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/memory_endpoint.h"

#include "sim/check.h"

#include <algorithm>
#include <utility>

namespace ahbm {

MemoryEndpoint::MemoryEndpoint(std::string name, Fabric& shared, MemoryTiming& timing, shadow::Recorder& recorder,
                               std::uint64_t base, sim::Bytes size)
    : fabric("to_noc", "from_noc", shared, *this),
      name_(std::move(name)),
      timing_(timing),
      recorder_(recorder),
      base_(base),
      size_(size) {}

bool MemoryEndpoint::in_range(const Packet& packet) const {
    return packet.target.offset >= base_ && packet.target.offset - base_ + packet.bytes <= size_;
}

void MemoryEndpoint::handle_request(Payload& payload, Packet& packet) {
    if (!in_range(packet)) return reject(payload, packet);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    sim::WheelPump& wheel = fabric.fabric().wheel();
    const auto argument = reinterpret_cast<std::uintptr_t>(&payload);
    const std::uint64_t offset = packet.target.offset - base_;
    const sim::Time in_order = accepted_.earliest(offset, packet.bytes, packet.tail, wheel.now());
    if (packet.access == Access::read) {
        const MemoryTiming::Service service = timing_.read(packet.purpose, in_order, offset, packet.bytes);
        contents_.expect(offset);
        packet.answer_head = service.first;
        packet.answer_tail = service.last;
        wheel.at<&MemoryEndpoint::read>(service.start, sim::Priority::engine, this, argument);
    } else {
        const sim::Time written = timing_.write(packet.purpose, packet.head, packet.tail, offset, packet.bytes);
        const sim::Time visible = std::max(in_order, written);
        accepted_.add(offset, packet.bytes, packet.tail, visible);
        packet.answer_head = packet.answer_tail = visible;
        wheel.at<&MemoryEndpoint::write>(visible, sim::Priority::visible, this, argument);
    }
}

void MemoryEndpoint::read(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    Packet& packet = Packet::of(payload);
    bind(packet);
    fabric.respond(payload, packet.answer_head, packet.answer_tail);
}

void MemoryEndpoint::write(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    Packet& packet = Packet::of(payload);
    apply(packet);
    fabric.respond(payload, packet.answer_head, packet.answer_tail);
}

void MemoryEndpoint::bind(Packet& packet) {
    if (recorder_.enabled()) contents_.read(packet.target.offset - base_, packet.bytes, packet.data);
}

void MemoryEndpoint::apply(Packet& packet) {
    if (!recorder_.enabled()) return;
    if (packet.data.empty() && !packet.inline_bytes.empty()) packet.data = recorder_.constant(packet.inline_bytes);
    const std::uint64_t offset = packet.target.offset - base_;
    contents_.write(offset, packet.data, 0, packet.bytes, fabric.fabric().now());
    if (!recorder_.logging()) return;
    const sim::Time now = fabric.fabric().now();
    recorder_.record_visible({name_, "visible", now, now}, {name_, offset}, packet.data);
}

void MemoryEndpoint::reject(Payload& payload, Packet& packet) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    packet.error = name_ + ": access beyond its end at " + to_string(packet.target);
    fabric.respond(payload, packet.tail, packet.tail);
}

void MemoryEndpoint::handle_response(Payload&, Packet&) {
    SIM_CHECK(false, name_ + " got a response it never asked for");
}

void MemoryEndpoint::handle_debug(Payload& payload, Packet& packet) {
    if (packet.probe != nullptr) return PacketClient::handle_debug(payload, packet);
    const bool ok = in_range(packet) && recorder_.enabled();
    payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (ok) packet.access == Access::read ? bind(packet) : apply(packet);
}

}  // namespace ahbm
