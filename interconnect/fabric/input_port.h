// SPDX-License-Identifier: Apache-2.0
/// The receiving end of one link direction: hands every packet to one function of its block, whichever way it came
/// (nb_transport_fw in `hop` and `flit` timing, b_transport in `fast`).
#pragma once

#include "interconnect/protocol/packet.h"

#include <systemc>
#include <tlm>

#include <cstddef>
#include <type_traits>

namespace ahbm {

/// A function of a block, to be called with a packet's payload.
struct Receiver {
    void* block;
    void (*function)(void* block, Payload& payload);
    const std::byte* state;                                   ///< where the block's own members begin
    void (*expect)(const void* block, const Packet& packet);  ///< null: the block has no such function
};
/// receiver<&Router::transport>(this). A block may have a function `void expect(const Packet&) const`: the packet comes
/// next, and the memory that it will touch may be fetched.
template <auto Function, class Block>
Receiver receiver(Block* block) {
    const std::size_t own = std::is_base_of_v<sc_core::sc_module, Block> ? sizeof(sc_core::sc_module) : 0;
    Receiver made{block, [](void* self, Payload& payload) { (static_cast<Block*>(self)->*Function)(payload); },
                  reinterpret_cast<const std::byte*>(block) + own, nullptr};
    if constexpr (requires(const Block& each, const Packet& packet) { each.expect(packet); })
        made.expect = [](const void* self, const Packet& packet) { static_cast<const Block*>(self)->expect(packet); };
    return made;
}

/// A plain TLM socket that this port answers itself: a simple_target_socket would add two calls to every hop.
class InputPort : private tlm::tlm_fw_transport_if<> {
    Receiver receiver_;  // beside the function table: the socket is large

public:
    tlm::tlm_target_socket<32, tlm::tlm_base_protocol_types, 1, sc_core::SC_ZERO_OR_MORE_BOUND> socket;

    InputPort(const char* name, Receiver receiver) : receiver_(receiver), socket(name) {
        socket.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
    }
    InputPort(const InputPort&) = delete;

    const Receiver& receiver() const { return receiver_; }

private:
    tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase&, sc_core::sc_time&) override {
        receiver_.function(receiver_.block, payload);
        return tlm::TLM_ACCEPTED;
    }
    void b_transport(Payload& payload, sc_core::sc_time&) override { receiver_.function(receiver_.block, payload); }
    /// Debug accesses take the same way; packet.debug tells the ports that no time passes.
    unsigned transport_dbg(Payload& payload) override {
        receiver_.function(receiver_.block, payload);
        return payload.get_response_status() == tlm::TLM_OK_RESPONSE ? payload.get_data_length() : 0;
    }
    bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi&) override { return false; }
};

}  // namespace ahbm
