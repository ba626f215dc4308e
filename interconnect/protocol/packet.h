// SPDX-License-Identifier: Apache-2.0
/// The fabric's extension of a generic payload. A transaction is one payload: the request travels to the target, the
/// same object travels back as the response. Payload and extension are pooled (Fabric).
#pragma once

#include "interconnect/protocol/ledger.h"
#include "interconnect/protocol/node.h"
#include "interconnect/protocol/phys_addr.h"
#include "interconnect/protocol/purpose.h"
#include "interconnect/protocol/virtual_channel.h"
#include "shadow/value.h"

#include <tlm>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <string>
#include <vector>

namespace ahbm {

using Payload = tlm::tlm_generic_payload;

enum class Access : std::uint8_t { read, write };

/// What a packet would meet on its way, collected block by block by a debug transport.
struct PathProbe {
    struct Hop {
        std::string port;  ///< hierarchical name of the sending port
        sim::Time overhead;
        sim::Time wire;
        sim::Bandwidth bandwidth;
    };
    std::vector<Hop> hops;
    sim::Time head_latency() const {
        sim::Time total;
        for (const Hop& hop : hops) total += hop.overhead + hop.wire;
        return total;
    }
    /// At zero load: from the first byte sent to the last byte received.
    sim::Time latency(std::uint64_t bytes) const {
        sim::Time longest;
        for (const Hop& hop : hops) longest = std::max(longest, hop.bandwidth.time_for(bytes));
        return head_latency() + longest;
    }
};

struct alignas(64) Packet : tlm::tlm_extension<Packet> {
    // What every hop touches comes first, in two cache lines.
    NodeId destination;                             ///< of this leg
    VirtualChannel channel = VirtualChannel::data;  ///< of this leg
    std::uint8_t layer = 0;  ///< routing layer, set at injection and where traffic comes down into a SIP
    bool debug = false;      ///< travels by transport_dbg: takes no time, reserves nothing
    bool response = false;
    Purpose purpose = Purpose::kernel;
    std::uint32_t wire_bytes = 0;  ///< of this leg
    sim::Time head;                ///< when the first byte is (or was last) somewhere
    sim::Time tail;                ///< when the last byte follows there
    Ledger ledger;

    NodeId source;  ///< of this leg
    Access access = Access::read;
    std::uint32_t bytes = 0;          ///< payload bytes read or written
    sim::Time issued;                 ///< when the engine had the transaction to issue: begin of the ledger
    Domain target;                    ///< decoded address at the target
    std::uint64_t transaction = 0;    ///< unique in a run
    std::uint64_t parent = 0;         ///< the transaction or command this one is part of
    std::uint64_t cookie = 0;         ///< the requester's own
    std::uint64_t local_address = 0;  ///< the requester's own: where the bytes come from or go to

    shadow::Bundle data;                  ///< values in flight; empty with the shadow off or for control messages
    std::vector<std::byte> inline_bytes;  ///< real bytes: of control messages, or a tile's header
    std::uint32_t message_offset = 0;     ///< multi-packet message: offset of these bytes ...
    std::uint32_t message_bytes = 0;      ///< ... in a message of this size; 0: not a message
    std::string error;                    ///< why the target answered with an error

    sim::Time answer_head;  ///< the target's: when its answer is ready
    sim::Time answer_tail;
    PathProbe* probe = nullptr;  ///< debug: collects the path

    tlm::tlm_extension_base* clone() const override { return new Packet(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const Packet&>(other); }
    static Packet& of(Payload& payload);
    Payload& payload();

    /// Turns the request around. `wire` is the response's size on the wire.
    void turn_around(VirtualChannel response_channel, std::uint32_t wire) {
        std::swap(source, destination);
        response = true;
        channel = response_channel;
        wire_bytes = wire;
    }
};

/// A payload with its packet in it, so that one is found from the other without a look-up. On the fabric there are no
/// other payloads (Fabric::acquire).
struct PacketPayload final : Packet, Payload {
    explicit PacketPayload(tlm::tlm_mm_interface* owner) : Payload(owner) { set_extension<Packet>(this); }
    ~PacketPayload() override { clear_extension<Packet>(this); }
};
inline Packet& Packet::of(Payload& payload) {
    assert(payload.get_extension<Packet>() != nullptr);
    return static_cast<PacketPayload&>(payload);
}
inline Payload& Packet::payload() { return static_cast<PacketPayload&>(*this); }

}  // namespace ahbm
