// SPDX-License-Identifier: Apache-2.0
/// Where a block meets the fabric: one link out, one link in. Requests are opened and injected here; a target answers
/// here; a requester gets its response here.
#pragma once

#include "interconnect/fabric/output_port.h"

#include <span>

namespace ahbm {

/// Gets what arrives: called when the head arrives, in `flit` timing when the tail is here. packet.head and packet.tail
/// say when.
class PacketClient {
public:
    virtual ~PacketClient() = default;
    /// A request addressed to this block.
    virtual void handle_request(Payload& payload, Packet& packet) = 0;
    /// The answer to one of this block's own requests.
    virtual void handle_response(Payload& payload, Packet& packet) = 0;
    /// A debug access to this block: at once, without side effects on time. Answers through the response status.
    /// Probes (packet.probe) are answered with OK where they were going to.
    virtual void handle_debug(Payload& payload, Packet& packet);
};

/// When a client is told of what arrives in `fast` timing, which knows ahead.
enum class Told : std::uint8_t {
    in_order_of_time,  ///< what it answers depends on what came before
    ahead,             ///< as soon as the way is reserved
};

class NetworkInterface {
    Fabric& fabric_;
    PacketClient& client_;
    NodeId node_;
    Told told_;
    std::uint64_t outstanding_ = 0;

public:
    OutputPort out;
    InputPort in;

    NetworkInterface(const char* out_name, const char* in_name, Fabric& fabric, PacketClient& client,
                     Told told = Told::in_order_of_time);

    /// See Receiver.
    void expect(const Packet&) const {
        __builtin_prefetch(&client_);
        out.prefetch();
    }

    /// Gives this interface its place; from then on paths from here can be probed (Fabric::path).
    void set_node(NodeId node);
    NodeId node() const { return node_; }
    Fabric& fabric() const { return fabric_; }

    /// A new request to a decoded address, not yet sent. Sizes: a read request or acknowledgement is a header on the
    /// wire, a write is its bytes.
    Payload& request(Purpose purpose, Access access, const Domain& target, NodeId destination, std::uint32_t bytes,
                     sim::Time issued);
    /// Injects a request: the head leaves at `when`, the tail is available at `tail`.
    void send(Payload& payload, sim::Time when, sim::Time tail);
    /// Turns a request around and injects the response. Time from the request's tail to `when` is service.
    void respond(Payload& payload, sim::Time when, sim::Time tail);
    /// Closes the books of a completed request of ours at `end` and releases it.
    void finish(Payload& payload, sim::Time end);

    /// Reads or writes by debug transport along the path a packet would take: no time passes. False if refused.
    bool debug(Access access, const Domain& target, NodeId destination, std::uint32_t bytes, shadow::Bundle& data);
    /// Writes real bytes to registers the same way.
    bool poke(const Domain& target, NodeId destination, std::span<const std::byte> bytes);
    /// The path a packet of ours would take to a node.
    PathProbe probe(NodeId destination);

    std::uint64_t outstanding() const { return outstanding_; }

private:
    Payload& debug_request(Access access, const Domain& target, NodeId destination, std::uint32_t bytes);
    void accept(Payload& payload);
    void arrive(std::uint64_t payload);
    void hand_over(Payload& payload, Packet& packet);
};

}  // namespace ahbm
