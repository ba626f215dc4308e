// SPDX-License-Identifier: Apache-2.0
/// Where flits wait (`flit` timing only).
#pragma once

#include "interconnect/protocol/packet.h"
#include "sim/ring.h"
#include "sim/wheel.h"

#include <algorithm>
#include <cstdint>

namespace ahbm {

class FlitPort;

/// A piece of a packet of at most this size; a request, acknowledgement or control packet is one flit of its own size.
inline constexpr std::uint32_t kFlitBytes = 256;

struct Flit {
    sim::Time head, tail;      ///< when its first and last byte are here
    Payload* payload;          ///< of its packet
    std::uint32_t begin, end;  ///< which bytes of the packet
    sim::Time stream;          ///< the packet's head to tail at the narrowest place so far, had nothing held it up
    bool last;
    bool first() const { return begin == 0; }
};

/// Flits of one virtual channel in order: the FIFO at the far end of a link, or one packet at its source.
struct FlitQueue {
    sim::Ring<Flit> flits;
    FlitPort* feeder = nullptr;  ///< whose far end this is; null: a source
    FlitPort* next = nullptr;    ///< where the packet in front leaves; null: its head has not been routed yet
    sim::Time overhead;          ///< of the block here, for the packet in front
    LedgerPart overhead_part = LedgerPart::noc;
    std::uint8_t channel = 0;  ///< number of this virtual channel at the feeder
    bool absorbing = false;    ///< the packet in front ends here: its flits leave as they arrive

    sim::Time ready() const { return flits.front().head + overhead; }
};

/// A packet at its source: its bytes become available evenly from `head` to `tail`.
struct FlitSource : FlitQueue {
    sim::Time head, tail;
    sim::Wheel::Callback sent = nullptr;  ///< called when the last byte has left
    void* object = nullptr;
    std::uint64_t argument = 0;

    /// Makes the flit that begins at this byte available.
    void offer(Payload& payload, std::uint32_t begin) {
        const Packet& packet = Packet::of(payload);
        const std::uint32_t bytes = packet.wire_bytes,
                            end = is_bulk(packet.channel) ? std::min(begin + kFlitBytes, bytes) : bytes;
        const auto at = [&](std::uint32_t offset) {
            return head + sim::Time::ps((tail - head).ps() * offset / std::max(bytes, 1u));
        };
        flits.push({at(begin), end == bytes ? tail : at(end), &payload, begin, end, tail - head, end == bytes});
    }
};

}  // namespace ahbm
