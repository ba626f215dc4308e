// SPDX-License-Identifier: Apache-2.0
/// The sending end of one link direction: socket, wire and the link as a resource. Every transit block forwards with
/// the same four lines; the time a packet needs to the next block is computed here and nowhere else.
#pragma once

#include "interconnect/protocol/fabric.h"
#include "interconnect/protocol/input_port.h"
#include "interconnect/protocol/link.h"
#include "sim/observers.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <string>

namespace ahbm {

class OutputPort;

/// Told of every packet that takes a link.
class LinkObserver {
public:
    virtual ~LinkObserver() = default;
    /// A packet whose head is here at `head` departs at `departure`; for its bytes the wire is busy in [from, until),
    /// which no other packet's share overlaps.
    struct Reservation {
        sim::Time head, departure, from, until;
    };
    virtual void reserved(const OutputPort& port, const Packet& packet, const Reservation& reservation) = 0;
};

class OutputPort {
    // What every packet touches comes first and lies together; sockets are large.
    Fabric& fabric_;
    Link link_;
    sim::Time wire_;
    sim::Observers<LinkObserver> observers_;
    LedgerPart part_ = LedgerPart::noc;
    bool connected_ = false;

public:
    tlm_utils::simple_initiator_socket_optional<OutputPort> socket;

    OutputPort(const char* name, Fabric& fabric);
    OutputPort(const OutputPort&) = delete;

    /// Binds to the next block's input. `part` is where wire time goes in the ledger.
    void connect(InputPort& target, sim::Bandwidth bandwidth, sim::Time wire, LedgerPart part);

    /// Admits a packet whose head is here since packet.head and sends it on: `overhead` of this block first.
    /// In `hop` timing the next block sees it when the head arrives there; in `fast` timing now, with that delay.
    void forward(Payload& payload, Packet& packet, sim::Time overhead, LedgerPart overhead_part);

    bool connected() const { return connected_; }
    const Link& link() const { return link_; }
    sim::Time wire() const { return wire_; }
    LedgerPart part() const { return part_; }
    std::string name() const { return socket.name(); }
    sim::Observers<LinkObserver>& observers() { return observers_; }
    void reset() { link_.reset(); }

private:
    void deliver(std::uint64_t payload);
};

}  // namespace ahbm
