// SPDX-License-Identifier: Apache-2.0
/// The host: memory, a DMA engine that carries out memory_write and memory_read descriptors, a queue for completions,
/// and a socket for loosely-timed initiators of the user's own (51-bit physical addresses).
/// Not modelled: CPU cores, caches, the driver's own time.
#pragma once

#include "firmware/abi/messages.h"
#include "interconnect/fabric/network_interface.h"
#include "models/endpoints/mailbox.h"
#include "models/host/host_config.h"
#include "shadow/recorder.h"
#include "sim/observers.h"

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace ahbm {

/// Told of every request of the host program.
class HostObserver {
public:
    virtual ~HostObserver() = default;
    virtual void submitted(const abi::Message& request, std::uint64_t cookie, sim::Time when) = 0;
    virtual void completed(const abi::Completion& completion, std::uint64_t cookie, sim::Time when) = 0;
};

class Host : public sc_core::sc_module, private PacketClient {
public:
    NetworkInterface fabric;
    /// b_transport reads or writes one range by the fabric and waits; transport_dbg takes no time.
    tlm_utils::simple_target_socket_optional<Host> initiator{"initiator"};

    SC_HAS_PROCESS(Host);
    Host(const sc_core::sc_module_name& name, Fabric& shared, const HostConfig& config, shadow::Recorder& recorder);

    /// Hands a request to the hardware now; its completion can be taken under `cookie`, which must be unique.
    void submit(abi::Message request, std::uint64_t cookie);
    /// Makes a SIP give up the launches it works on.
    void abort_launches(SipId sip);
    bool completed(std::uint64_t cookie) const { return completed_.contains(cookie); }
    /// Waits for a completion and takes it.
    abi::Completion wait_for(std::uint64_t cookie);
    std::uint64_t requests_open() const { return open_; }
    /// Called with every completion as it reaches the host; one it takes (returns true) is not kept for wait_for().
    using CompletionHandler = std::function<bool(std::uint64_t cookie, const abi::Completion& completion)>;
    void set_completion_handler(CompletionHandler handler) { handler_ = std::move(handler); }
    /// Notified with every completion.
    sc_core::sc_event& completion_arrived() { return completion_arrived_; }
    sim::Observers<HostObserver>& observers() { return observers_; }

    shadow::Memory& memory() { return memory_; }

private:
    struct Copy {
        abi::MemoryCopy descriptor;
        std::uint64_t cookie = 0;
        std::uint64_t issued = 0;  ///< bytes
        std::uint32_t in_flight = 0;
        sim::Time submitted;
        std::string error;
        bool all_issued() const { return issued == descriptor.transfer.bytes; }
    };
    /// One direction of the DMA engine: copies in order, their packets pipelined.
    struct Engine {
        std::map<std::uint64_t, Copy> copies;  ///< by number, in order
        std::uint64_t next_number = 0;
        std::uint32_t in_flight = 0;
    };

    void start_copy(const abi::MemoryCopy& copy, std::uint64_t cookie);
    void advance(Engine& engine, Access access);
    bool issue(Engine& engine, Access access, std::uint64_t number);
    void settle(Engine& engine, std::uint64_t number);
    void send_message(const abi::Message& message, SipId sip);
    void take_completions();
    void complete(std::uint64_t cookie, abi::Completion completion);

    void handle_request(Payload& payload, Packet& packet) override;
    void handle_response(Payload& payload, Packet& packet) override;
    void finish(std::uint64_t payload);
    void access_memory(std::uint64_t payload);

    void user_transport(tlm::tlm_generic_payload& user, sc_core::sc_time& delay);
    tlm::tlm_sync_enum user_nb_transport(tlm::tlm_generic_payload& user, tlm::tlm_phase& phase,
                                         sc_core::sc_time& delay);
    unsigned user_debug(tlm::tlm_generic_payload& user);
    Engine& engine(Access access) { return access == Access::read ? read_ : write_; }

    HostConfig config_;
    shadow::Recorder& recorder_;
    Mailbox completion_queue_;
    MessageSender sender_;
    shadow::Memory memory_;
    Engine read_, write_;
    std::map<std::uint64_t, abi::Completion> completed_;
    std::uint64_t open_ = 0;
    CompletionHandler handler_;
    sc_core::sc_event completion_arrived_;
    sim::Observers<HostObserver> observers_;

    struct UserAccess {
        bool done = false;
        tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
        shadow::Bundle data;
    };
    std::map<std::uint64_t, UserAccess*> user_accesses_;  ///< by transaction
    sc_core::sc_event user_done_;
};

}  // namespace ahbm
