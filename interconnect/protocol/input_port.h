// SPDX-License-Identifier: Apache-2.0
/// The receiving end of one link direction: hands every packet to one function of its block, whichever way it came
/// (nb_transport_fw in `hop` timing, b_transport in `fast`).
#pragma once

#include "interconnect/protocol/packet.h"

#include <tlm_utils/simple_target_socket.h>

namespace ahbm {

/// A function of a block, to be called with a packet's payload.
struct Receiver {
    void* block;
    void (*function)(void* block, Payload& payload);
};
/// receiver<&Router::transport>(this)
template <auto Function, class Block>
Receiver receiver(Block* block) {
    return {block, [](void* self, Payload& payload) { (static_cast<Block*>(self)->*Function)(payload); }};
}

class InputPort {
public:
    tlm_utils::simple_target_socket_optional<InputPort> socket;

    InputPort(const char* name, Receiver receiver) : socket(name), receiver_(receiver) {
        socket.register_nb_transport_fw(this, &InputPort::nb_transport);
        socket.register_b_transport(this, &InputPort::b_transport);
        socket.register_transport_dbg(this, &InputPort::transport_dbg);
    }
    InputPort(const InputPort&) = delete;

private:
    tlm::tlm_sync_enum nb_transport(Payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
        receiver_.function(receiver_.block, payload);
        return tlm::TLM_ACCEPTED;
    }
    /// Debug accesses take the same way; packet.debug tells the ports that no time passes.
    unsigned transport_dbg(Payload& payload) {
        receiver_.function(receiver_.block, payload);
        return payload.get_response_status() == tlm::TLM_OK_RESPONSE ? payload.get_data_length() : 0;
    }
    void b_transport(Payload& payload, sc_core::sc_time&) { receiver_.function(receiver_.block, payload); }

    Receiver receiver_;
};

}  // namespace ahbm
