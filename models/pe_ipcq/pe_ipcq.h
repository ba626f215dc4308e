// SPDX-License-Identifier: Apache-2.0
/// PE_IPCQ: control plane of the queues between PEs: rings, credits, who waits for what. The bytes themselves move
/// through PE_DMA's `comm` virtual channel. PE_CPU installs queue pairs through a register window
/// (firmware/abi/ipcq_registers.h). Not modelled: loss and retransmission, a limit of tiles under way other than the
/// credits.
#pragma once

#include "interconnect/protocol/domain.h"
#include "interconnect/protocol/transaction.h"
#include "models/pe_contract/comm_job.h"
#include "models/pe_contract/job.h"
#include "models/pe_contract/queue_query.h"
#include "models/pe_contract/tcm_access.h"
#include "models/pe_ipcq/pe_ipcq_config.h"
#include "models/pe_ipcq/queue_pair.h"
#include "sim/log.h"
#include "sim/observers.h"
#include "sim/wheel_pump.h"

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <systemc>

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ahbm {

class PeIpcq : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<PeIpcq> control{"control"};    ///< jobs of PE_SCHEDULER
    tlm_utils::simple_target_socket<PeIpcq> cpu{"cpu"};            ///< which queues there are
    tlm_utils::simple_target_socket<PeIpcq> arrivals{"arrivals"};  ///< tiles, credits and register accesses from PE_DMA
    tlm_utils::simple_initiator_socket<PeIpcq> dma{"dma"};
    tlm_utils::simple_initiator_socket<PeIpcq> tcm{"tcm"};

    struct Surroundings {
        PeCoord self;
        MemoryMap map;
    };
    PeIpcq(const sc_core::sc_module_name& name, const PeIpcqConfig& config, const Surroundings& surroundings,
           sim::WheelPump& wheel, shadow::Recorder& recorder, sim::Log& log);

    struct Installed {
        QueuePair queue;
        std::vector<tlm::tlm_generic_payload*> reserving;  ///< sends that wait for a credit, in order
        std::string error;                                 ///< why a tile was refused by the peer
    };
    /// Null: removed.
    const std::vector<std::unique_ptr<Installed>>& queues() const { return queues_; }

    /// A job that cannot go on: a receive without a tile, a send without a credit.
    struct Waiting {
        bool receive = false;
        std::uint64_t queues = 0;
        sim::Time since;
    };
    std::vector<Waiting> waiting() const;

    /// What happened last, oldest first.
    struct Operation {
        enum class Kind : std::uint8_t { reserved, sent, arrived, received, given_back, credited };
        sim::Time time;
        Kind kind = Kind::sent;
        std::uint32_t queue = 0;
        std::uint64_t sequence = 0;  ///< credited: how many tiles the peer has given back
    };
    std::vector<Operation> recent() const;
    std::uint64_t operations() const { return operations_; }
    /// Told of every operation as it happens.
    class Observer {
    public:
        virtual ~Observer() = default;
        virtual void operated(const Operation& operation) = 0;
    };
    sim::Observers<Observer>& observers() { return observers_; }
    sim::Observers<sim::ChangeObserver>& changes() { return changes_; }
    /// A kernel failed while its tiles were under way: what the queues hold is no longer consistent.
    bool disturbed() const { return disturbed_; }

    /// An in-place read of a tile whose slot had been refilled.
    struct Race {
        std::string direction;
        std::uint64_t sequence = 0;
        sim::Time overwritten;
        sim::Time read;
    };
    const std::vector<Race>& races() const { return races_; }
    std::uint64_t refused_tiles() const { return refused_tiles_; }

    void reset();

private:
    struct PendingCommJob : CommJob {
        tlm::tlm_generic_payload payload;
        tlm::tlm_generic_payload* job = nullptr;  ///< of the scheduler; null once answered
        std::uint32_t queue = 0;
        PendingCommJob() { payload.set_extension<CommJob>(this); }
        ~PendingCommJob() override { payload.clear_extension<CommJob>(this); }
    };

    // pe_ipcq.cpp: what kernels ask for
    tlm::tlm_sync_enum submit(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void reserve(tlm::tlm_generic_payload& payload);
    void send(tlm::tlm_generic_payload& payload);
    void receive(tlm::tlm_generic_payload& payload);
    bool match(tlm::tlm_generic_payload& payload);
    void read_slot(tlm::tlm_generic_payload& payload, std::uint32_t queue, const QueuePair::Tile& tile);
    void slot_read(std::uint64_t payload);
    void release(Job& job);
    void give_back(std::uint32_t queue, std::uint64_t sequence);
    void cancel();
    void answer_later(tlm::tlm_generic_payload& payload, sim::Time when);
    void answer(std::uint64_t payload);
    tlm::tlm_sync_enum dma_answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    PendingCommJob& take_comm_job(CommJob::Kind kind, std::uint32_t queue);
    tlm::tlm_sync_enum hand_over(PendingCommJob& job);
    std::optional<sim::Time> access_tcm(tlm::tlm_command command, std::uint64_t address, std::uint32_t bytes,
                                        sim::Time start, sim::Time not_before);

    // pe_ipcq_arrivals.cpp: what comes from outside
    void serve(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    void serve_tile(tlm::tlm_generic_payload& payload, TileArrival& arrival);
    void serve_registers(tlm::tlm_generic_payload& payload);
    bool take_credit(const abi::IpcqCredit& credit);
    abi::IpcqError execute(const abi::IpcqCommand& command);
    abi::IpcqError install(const abi::IpcqCommand& command);
    bool ring_fits(const QueuePair& queue) const;
    abi::IpcqError remove_group(std::uint16_t group);
    void answer_query(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

    sim::Time now() const { return wheel_.now(); }
    void fail(Installed& installed, const std::string& why);
    void note(Operation::Kind kind, std::uint32_t queue, std::uint64_t sequence) {
        const Operation& latest = recent_[operations_++ % recent_.size()] = {now(), kind, queue, sequence};
        observers_.tell(&Observer::operated, latest);
    }

    PeIpcqConfig config_;
    Surroundings surroundings_;
    sim::WheelPump& wheel_;
    shadow::Recorder& recorder_;
    sim::Log& log_;
    std::vector<std::unique_ptr<Installed>> queues_;    ///< by the index kernels use
    std::vector<tlm::tlm_generic_payload*> receiving_;  ///< without a tile yet, in order
    std::uint32_t next_any_ = 0;                        ///< where a receive from any begins to look: they take turns
    std::deque<PendingCommJob> comm_jobs_;
    std::vector<PendingCommJob*> idle_comm_jobs_;
    Transaction<TcmAccess> tcm_transaction_;  ///< reused: these calls return at once
    shadow::Bundle staging_;
    abi::IpcqRefusal refusal_;
    std::vector<Race> races_;
    std::uint64_t refused_tiles_ = 0;
    std::array<Operation, 16> recent_{};  ///< a ring
    std::uint64_t operations_ = 0;
    sim::Observers<Observer> observers_;
    sim::Observers<sim::ChangeObserver> changes_;
    bool disturbed_ = false;
};

}  // namespace ahbm
