// SPDX-License-Identifier: Apache-2.0
/// The sending end of one link direction: socket, wire and the link as a resource. Every transit block forwards with
/// the same four lines; the time a packet needs to the next block is computed here and nowhere else.
#pragma once

#include "interconnect/fabric/fabric.h"
#include "interconnect/fabric/flit_port.h"
#include "interconnect/fabric/input_port.h"
#include "interconnect/fabric/link.h"
#include "sim/observers.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <memory>
#include <string>

namespace ahbm {

class OutputPort;

/// Told of every packet that takes a link; in `flit` timing of every flit when it departs, which for all but the first
/// has no wait.
class LinkObserver {
public:
    virtual ~LinkObserver() = default;
    /// A packet whose head is here at `head` departs at `departure`; for its bytes the wire is busy in [from, until),
    /// which no other packet's share overlaps.
    struct Reservation {
        sim::Time head, departure, from, until;
        bool first = true;  ///< the packet's head is in it
    };
    virtual void reserved(const OutputPort& port, const Packet& packet, const Reservation& reservation) = 0;
    /// `flit` timing: a packet's head will be ready to leave at `ready`; when it leaves, reserved() will tell.
    virtual void awaited(const OutputPort& /*port*/, const Packet& /*packet*/, sim::Time /*ready*/) {}
};

class alignas(64) OutputPort {
    // What every packet touches comes first and lies together; sockets are large.
    Fabric& fabric_;
    sim::Time wire_;
    sim::Observers<LinkObserver> observers_;
    std::unique_ptr<FlitPort> flits_;  ///< in `flit` timing, unless packets stay whole
    LedgerPart part_ = LedgerPart::noc;
    bool connected_ = false;
    Link link_;
    tlm::tlm_fw_transport_if<>* bound_ = nullptr;  ///< what the socket is bound to, once it has been asked
    InputPort* target_ = nullptr;
    Receiver receiver_{};  ///< the target's

public:
    tlm_utils::simple_initiator_socket_optional<OutputPort> socket;

    OutputPort(const char* name, Fabric& fabric);
    OutputPort(const OutputPort&) = delete;

    /// How packets cross in `flit` timing: a link inside a block does not cut them up.
    enum class Cut : std::uint8_t { into_flits, not_at_all };
    /// Binds to the next block's input. `part` is where wire time goes in the ledger.
    void connect(InputPort& target, sim::Bandwidth bandwidth, sim::Time wire, LedgerPart part,
                 Cut cut = Cut::into_flits);

    /// Admits a packet whose head is here since packet.head and sends it on: `overhead` of this block first.
    /// In `hop` timing the next block sees it when the head arrives there; in `fast` timing now, with that delay. In
    /// `flit` timing the flits behind the head follow it without this block's doing.
    void forward(Payload& payload, Packet& packet, sim::Time overhead, LedgerPart overhead_part);

    /// Calls `(object->*Method)(argument)` when the last byte of what was forwarded last has left. For sources.
    template <auto Method, class T>
    void once_sent(T* object, std::uint64_t argument) {
        if (flits_ == nullptr)
            fabric_.wheel().at<Method>(std::max(link_.free_at(), fabric_.now()), sim::Priority::engine, object,
                                       argument);
        else
            flits_->once_sent([](void* self, std::uint64_t arg) { (static_cast<T*>(self)->*Method)(arg); }, object,
                              argument);
    }

    /// Fetches what a packet that comes here will touch.
    void prefetch() const {
        for (std::size_t line = 0; line < 3; ++line)
            __builtin_prefetch(reinterpret_cast<const std::byte*>(this) + line * 64, 1);
    }
    /// While a platform runs: what deliveries will touch is fetched ahead of them.
    static sim::Wheel::Foresight foresight();

    bool connected() const { return connected_; }
    const Link& link() const { return link_; }
    sim::Time wire() const { return wire_; }
    LedgerPart part() const { return part_; }
    std::string name() const { return socket.name(); }
    /// Null unless packets cross in flits.
    const FlitPort* flits() const { return flits_.get(); }
    sim::Observers<LinkObserver>& observers() { return observers_; }
    void reset() { link_.reset(); }

private:
    friend class FlitPort;
    void deliver(std::uint64_t packet);
    static void fetch_target(void* self, std::uint64_t packet);
    static void fetch_route(void* self, std::uint64_t packet);
    void hand_over(Payload& payload);
    tlm::tlm_fw_transport_if<>* bound() { return bound_ != nullptr ? bound_ : bound_ = socket.operator->(); }
};

}  // namespace ahbm
