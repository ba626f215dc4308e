// SPDX-License-Identifier: Apache-2.0
#include "models/endpoints/mailbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ahbm {

Mailbox::Mailbox(const char* name, NetworkInterface& interface, const MailboxConfig& config)
    : interface_(interface), wheel_(interface.fabric().wheel()), depth_(config.depth), arrived_(name) {}

void Mailbox::accept(Payload& payload, Packet& packet) {
    wheel_.at<&Mailbox::complete>(packet.tail, sim::Priority::arrival, this,
                                  reinterpret_cast<std::uintptr_t>(&payload));
}

void Mailbox::complete(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    Packet& packet = Packet::of(payload);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    const std::uint32_t total = packet.message_bytes;
    if (packet.access == Access::read || total == 0 || total > abi::max_message_bytes) {
        payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
        packet.error =
            fmt::format("a mailbox takes writes of whole messages of at most {} bytes", abi::max_message_bytes);
        return interface_.respond(payload, packet.tail, packet.tail);
    }
    // One sender's packets arrive in order, so a message is complete when its last byte is there.
    abi::Message& message = partial_[{packet.source, packet.parent}];
    message.insert(message.end(), packet.inline_bytes.begin(), packet.inline_bytes.end());
    if (message.size() < total) return interface_.respond(payload, packet.tail, packet.tail);
    waiting_.push_back({&payload, std::move(message)});
    partial_.erase({packet.source, packet.parent});
    settle();
}

void Mailbox::settle() {
    const sim::Change change(changes_);
    const sim::Time now = wheel_.now();
    while (!waiting_.empty() && messages_.size() < depth_) {
        messages_.push_back(std::move(waiting_.front().message));
        Payload& payload = *waiting_.front().payload;
        waiting_.pop_front();
        ++received_;
        wheel_.notify(arrived_);
        interface_.respond(payload, now, now);
    }
}

abi::Message Mailbox::take() {
    const sim::Change change(changes_);
    abi::Message message = std::move(messages_.front());
    messages_.pop_front();
    settle();
    return message;
}

void Mailbox::reset() {
    const sim::Change change(changes_);
    messages_.clear();
    settle();
    messages_.clear();
}

void MessageSender::send(const Domain& target, NodeId destination, std::span<const std::byte> bytes,
                         std::uint64_t cookie) {
    const sim::Time now = interface_.fabric().now();
    const std::size_t max_packet = interface_.fabric().config().max_packet;
    const Purpose purpose = control_purpose(target, interface_.node().kind == NodeId::Kind::cube);
    const std::uint64_t message = ++next_message_;
    for (std::size_t offset = 0; offset < bytes.size(); offset += max_packet) {
        const auto part = bytes.subspan(offset, std::min(max_packet, bytes.size() - offset));
        Payload& payload = interface_.request(purpose, Access::write, target, destination,
                                              static_cast<std::uint32_t>(part.size()), now);
        Packet& packet = Packet::of(payload);
        packet.channel = VirtualChannel::ctrl;
        packet.parent = message;
        packet.cookie = cookie;
        packet.message_offset = static_cast<std::uint32_t>(offset);
        packet.message_bytes = static_cast<std::uint32_t>(bytes.size());
        packet.inline_bytes.assign(part.begin(), part.end());
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(packet.inline_bytes.data()));
        ++packets_outstanding_;
        interface_.send(payload, now, now);
    }
}

}  // namespace ahbm
