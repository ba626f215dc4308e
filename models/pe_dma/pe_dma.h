// SPDX-License-Identifier: Apache-2.0
/// PE_DMA: moves blocks between the PE's TCM and the fabric, and is the PE's port on the cube NoC: what arrives for TCM
/// or MMU is served here, what arrives for PE_CPU is passed on.
/// One read and one write channel: reads overlap writes, two reads do not overlap unless they belong to one stream. A
/// transfer is split into packets that never cross a page, a mapping or an HBM slice; several may be outstanding.
/// Tiles of queues travel on a virtual channel of their own, `comm`: neither blocks the other.
/// Not modelled: scatter lists, ECC retry.
#pragma once

#include "interconnect/fabric/network_interface.h"
#include "interconnect/protocol/transaction.h"
#include "models/pe_contract/comm_job.h"
#include "models/pe_contract/engine_state.h"
#include "models/pe_contract/tcm_access.h"
#include "models/pe_contract/translation.h"
#include "models/pe_dma/dma_channel.h"
#include "shadow/recorder.h"
#include "sim/observers.h"

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <systemc>

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace ahbm {

class PeDma : public sc_core::sc_module, private PacketClient {
public:
    tlm_utils::simple_target_socket<PeDma> control{"control"};  ///< jobs of PE_SCHEDULER
    tlm_utils::simple_target_socket<PeDma> comm{"comm"};        ///< tiles and credits of PE_IPCQ
    tlm_utils::simple_initiator_socket<PeDma> ipcq{"ipcq"};     ///< what arrives for PE_IPCQ
    tlm_utils::simple_initiator_socket<PeDma> tcm{"tcm"};
    tlm_utils::simple_initiator_socket<PeDma> translate{"translate"};  ///< PE_MMU's look-up
    tlm_utils::simple_initiator_socket<PeDma> mmu_registers{"mmu_registers"};
    NetworkInterface fabric;
    InputPort from_cpu;
    OutputPort to_cpu;

    PeDma(const sc_core::sc_module_name& name, Fabric& shared, PeCoord self, shadow::Recorder& recorder);

    EngineState read_state() const { return state(read_); }
    EngineState write_state() const { return state(write_); }
    const DmaChannel& read_channel() const { return read_; }
    const DmaChannel& write_channel() const { return write_; }
    sim::Observers<sim::ChangeObserver>& changes() { return changes_; }
    void reset();

private:
    tlm::tlm_sync_enum submit(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void refuse_blocking(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    void forward_from_cpu(Payload& payload);

    // requester: jobs of the scheduler, in the order a packet meets them
    void advance(DmaChannel& channel, Access access);
    bool issue(DmaChannel& channel, Access access, DmaTransfer& transfer);
    void handle_response(Payload& payload, Packet& packet) override;
    void packet_done(std::uint64_t payload);
    void fail(DmaTransfer& transfer, const std::string& why);
    void settle(DmaChannel& channel, DmaTransfer& transfer);
    void release_fences();
    void answer(tlm::tlm_generic_payload& payload, tlm::tlm_phase_enum phase);
    void answer_accepted(std::uint64_t payload);
    void answer_complete(std::uint64_t payload);

    // target: what others send here
    void handle_request(Payload& payload, Packet& packet) override;
    void handle_debug(Payload& payload, Packet& packet) override;
    void serve_tcm(Payload& payload, Packet& packet);
    void serve_registers(std::uint64_t payload);
    void respond(std::uint64_t payload);

    // pe_dma_comm.cpp: the `comm` virtual channel. One transfer is a tile out (send), a tile out of a slot elsewhere
    // (fetch), a tile's packet on its way into such a slot (drain) or a credit.
    struct CommTransfer {
        enum class Kind : std::uint8_t { send, fetch, drain, credit };
        Kind kind = Kind::send;
        tlm::tlm_generic_payload* job = nullptr;  ///< send, fetch
        Payload* incoming = nullptr;              ///< drain: the packet to answer when the slot is written
        abi::IpcqCredit credit;
        PeCoord peer;
        std::uint32_t offset = 0;  ///< of the next byte to issue
        std::uint32_t in_flight = 0;
        bool all_issued = false;
    };
    tlm::tlm_sync_enum submit_comm(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void advance_comm();
    void issue_send(CommTransfer& transfer);
    void issue_fetch(CommTransfer& transfer);
    void issue_credit(CommTransfer& transfer, std::uint32_t wire_bytes);
    void deliver_credit(std::uint64_t transfer);
    Payload& comm_request(CommTransfer& transfer, Access access, const Domain& target, NodeId destination,
                          std::uint32_t bytes, sim::Time issued);
    void handle_comm_response(Payload& payload, Packet& packet);
    void comm_packet_done(std::uint64_t payload);
    void settle_comm(CommTransfer& transfer);
    void comm_accepted(std::uint64_t payload);
    void answer_comm(tlm::tlm_generic_payload& payload, tlm::tlm_phase_enum phase);
    void handle_tile(Payload& payload, Packet& packet);
    void drain_to_tcm(Payload& payload, Packet& packet, std::uint64_t offset);
    void drain_to_memory(Payload& payload, Packet& packet, const Directory::Located& slot);
    void tile_visible(std::uint64_t payload);
    bool tell_ipcq(TileArrival::Step step, Packet& packet);
    CommTransfer& take_comm_transfer(CommTransfer::Kind kind);
    void release_comm_transfer(CommTransfer& transfer);

    /// One access to TCM that starts at `start`; returns its end, none when it is out of range.
    std::optional<sim::Time> access_tcm(Access access, std::uint64_t address, std::uint32_t bytes, sim::Time start,
                                        sim::Time not_before, shadow::Bundle& bundle);
    /// Whether all that access_tcm() has just read into staging_ was written.
    void check_tcm_read(const char* kind, std::uint64_t address);
    EngineState state(const DmaChannel& channel) const;
    DmaChannel& channel(Access access) { return access == Access::read ? read_ : write_; }

    PeCoord self_;
    shadow::Recorder& recorder_;
    DmaChannel read_, write_;
    sim::Observers<sim::ChangeObserver> changes_;
    struct Fence {
        tlm::tlm_generic_payload* payload;
        std::uint64_t after;  ///< complete when every write with a lower number is ...
        bool sent_too;        ///< ... and nothing of `comm` is under way that this PE has started
    };
    sim::Ring<Fence> fences_;
    std::deque<CommTransfer> comm_transfers_;
    std::vector<CommTransfer*> idle_comm_transfers_;
    sim::Ring<CommTransfer*> comm_issuing_;   ///< sends and fetches with bytes left to issue, in order
    std::uint32_t comm_in_flight_ = 0;        ///< packets of them
    std::uint32_t comm_open_ = 0;             ///< sends, fetches and credits that are not complete
    std::string send_error_;                  ///< of the first send since the last fence that was refused
    Transaction<TileArrival> arrival_;        ///< reused, as those below
    shadow::Bundle staging_;                  ///< values on the way from TCM into a packet
    Transaction<TcmAccess> tcm_transaction_;  ///< reused: these calls return at once
    Transaction<Translation> mmu_transaction_;
};

}  // namespace ahbm
