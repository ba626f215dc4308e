// SPDX-License-Identifier: Apache-2.0
/// A mailbox: a FIFO of whole messages with a depth. A message may come in several packets; its last packet is
/// acknowledged only when the FIFO has taken the message, so a full mailbox pushes back on the sender and nothing is
/// lost.
#pragma once

#include "firmware/abi/messages.h"
#include "interconnect/fabric/network_interface.h"
#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/observers.h"

#include <deque>
#include <map>

namespace ahbm {

struct MailboxConfig {
    unsigned depth = 16;
    template <class V>
    void fields(V& v) {
        v("depth", depth, "messages a mailbox holds before it pushes back (assumption)", config::range(1, 65536));
    }
    void validate(config::Check& check) const {
        if (depth == 0) check.fail("depth", "at least 1 is expected");
    }
};

class Mailbox {
public:
    Mailbox(const char* name, NetworkInterface& interface, const MailboxConfig& config);

    /// A write of a packet addressed to this mailbox: its head is arriving.
    void accept(Payload& payload, Packet& packet);

    bool empty() const { return messages_.empty(); }
    std::size_t level() const { return messages_.size(); }
    std::uint64_t received() const { return received_; }
    sim::Observers<sim::ChangeObserver>& changes() { return changes_; }
    abi::Message take();
    sc_core::sc_event& arrived() { return arrived_; }
    void reset();

private:
    struct Waiting {
        Payload* payload;
        abi::Message message;
    };
    void complete(std::uint64_t payload);
    void settle();

    NetworkInterface& interface_;
    sim::WheelPump& wheel_;
    unsigned depth_;
    std::map<std::pair<NodeId, std::uint64_t>, abi::Message> partial_;  ///< by sender and message
    std::deque<Waiting> waiting_;                                       ///< complete, but the FIFO is full
    std::deque<abi::Message> messages_;
    std::uint64_t received_ = 0;
    sim::Observers<sim::ChangeObserver> changes_;
    sc_core::sc_event arrived_;
};

/// Writes messages to mailboxes: splits them into packets and counts the acknowledgements.
class MessageSender {
public:
    explicit MessageSender(NetworkInterface& interface) : interface_(interface) {}

    /// Posts one message now. `cookie` comes back in the acknowledgements' packets.
    void send(const Domain& target, NodeId destination, std::span<const std::byte> bytes, std::uint64_t cookie);
    /// Messages not yet acknowledged.
    std::uint64_t outstanding() const { return packets_outstanding_; }
    void acknowledged() { --packets_outstanding_; }

private:
    NetworkInterface& interface_;
    std::uint64_t next_message_ = 0;
    std::uint64_t packets_outstanding_ = 0;
};

}  // namespace ahbm
