// SPDX-License-Identifier: Apache-2.0
/// The only dispatcher of a PE: takes commands from PE_CPU, starts each when no earlier one that it depends on is
/// under way, feeds the engines with jobs and counts completions. Independent commands overlap, out of order.
/// A store is complete when accepted; what touches its range afterwards waits until it is acknowledged.
/// Not modelled: the width of the command FIFO and of the dependency check, more than one tiled product at a time.
#pragma once

#include "models/pe_contract/command_ticket.h"
#include "models/pe_gemm/pe_gemm_config.h"
#include "models/pe_scheduler/hazards.h"
#include "models/pe_scheduler/tile_pipeline.h"
#include "models/pe_tcm/pe_tcm_config.h"
#include "sim/observers.h"

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <systemc>

namespace ahbm {

/// Told of every job an engine of the PE has done, whatever implements the engine.
class JobObserver {
public:
    virtual ~JobObserver() = default;
    /// `command`: CommandTicket::id of the command the job is part of. job.issued, started and ended are set.
    virtual void job_done(const Job& job, std::uint64_t command) = 0;
};

class PeScheduler : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<PeScheduler> commands{"commands"};
    tlm_utils::simple_initiator_socket<PeScheduler> dma{"dma"};
    tlm_utils::simple_initiator_socket<PeScheduler> fetch_store{"fetch_store"};
    tlm_utils::simple_initiator_socket<PeScheduler> gemm{"gemm"};
    tlm_utils::simple_initiator_socket<PeScheduler> math{"math"};
    tlm_utils::simple_initiator_socket<PeScheduler> ipcq{"ipcq"};

    /// Of GEMM's and TCM's configuration it uses the tile and the reserved part. `tcm_name` is for the shadow's log and
    /// must outlive the recorder.
    PeScheduler(const sc_core::sc_module_name& name, const PeSchedulerConfig& config, const PeGemmConfig& gemm_config,
                const PeTcmConfig& tcm_config, std::string_view tcm_name, sim::WheelPump& wheel,
                shadow::Recorder& recorder);

    /// Forgets every command. Reset the engines with it.
    void reset();

    /// Of tiled products (composite and gemm), in order of completion; the latest `kept_reports`.
    const std::deque<CompositeReport>& reports() const { return reports_; }
    std::uint64_t reports_dropped() const { return reports_dropped_; }
    std::uint64_t commands_completed() const { return completed_; }
    std::uint32_t commands_in_fifo() const { return in_fifo_; }
    /// Of the tiled product under way: tiles that have entered its pipeline and not left it.
    std::uint64_t tiles_in_flight() const { return pipeline_.tiles_in_flight(); }
    bool idle() const { return live_.empty() && submitted_.empty(); }
    sim::Observers<JobObserver>& observers() { return observers_; }
    /// Of itself and of the engines that it drives, PE_DMA's transfers excepted.
    sim::Observers<sim::ChangeObserver>& changes() { return changes_; }

private:
    struct Dependent {
        std::uint32_t entry;
        Wait wait;
    };
    /// A command from being taken until its stores are acknowledged.
    struct Entry {
        tlm::tlm_generic_payload* transaction = nullptr;  ///< null once complete
        const tl::Command* command = nullptr;             ///< null once complete
        CommandTicket* ticket = nullptr;                  ///< null once complete
        std::uint64_t kernel = 0;
        std::uint64_t ticket_id = 0;
        tl::CommandKind kind = tl::CommandKind::fence;
        sim::Time taken;
        tl::Region posted;  ///< what a complete store has written
        bool posts = false;
        std::uint32_t blockers = 0;        ///< earlier commands it waits for
        std::uint64_t unacknowledged = 0;  ///< dma_writes under way
        std::uint64_t sequence = 0;        ///< ipcq_send: the slot it has reserved
        std::vector<Dependent> dependents;
    };

    // A command's way, in this order.
    tlm::tlm_sync_enum submit(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void refuse(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    void take(tlm::tlm_generic_payload& payload);
    void wait_for_earlier(std::uint32_t index);
    void queue_for_dispatch(std::uint32_t index);
    void dispatch(std::uint64_t ticket);
    void start(std::uint32_t index);
    void start_dma(std::uint32_t index);
    void start_math(std::uint32_t index);
    void start_ipcq(std::uint32_t index);
    void reserve_slot(std::uint32_t index);
    void complete(std::uint32_t index, const std::string& error);
    void answer_taken(tlm::tlm_generic_payload& payload);
    void unblock(Entry& entry, Wait reached);
    void retire_if_acknowledged(std::uint32_t index);

    // A job's way back.
    tlm::tlm_sync_enum job_answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void accepted(JobSlot& slot);
    void finished(JobSlot& slot);
    bool finished_simple(JobSlot& slot);
    void continue_math(JobSlot& slot);
    void check_product(std::uint32_t index);
    void finished_ipcq(JobSlot& slot);
    /// A tile that lies in a slot whose credit is gone already: when was it last read?
    struct LooseTile {
        tl::Region region;
        std::uint32_t queue = 0;
        std::uint64_t sequence = 0;
        sim::Time last_read;
    };
    void note_reads(const JobSlot& slot);
    void fail_kernel(std::uint64_t kernel, const std::string& error);
    bool is_product(std::uint32_t index) const;

    const PeSchedulerConfig config_;
    sim::WheelPump& wheel_;
    shadow::Recorder& recorder_;
    const std::string_view tcm_name_;
    JobDesk desk_;
    TilePipeline pipeline_;

    std::deque<Entry> entries_;  ///< stable storage; an index names an entry
    std::vector<std::uint32_t> free_entries_;
    std::vector<std::uint32_t> live_;  ///< in order of submission
    std::uint32_t in_fifo_ = 0;
    sim::Ring<tlm::tlm_generic_payload*> submitted_;  ///< not taken yet: the FIFO is full
    std::vector<LooseTile> loose_tiles_;
    sim::Time dispatcher_free_at_;
    std::uint32_t next_stream_ = 0;
    std::uint32_t epoch_ = 0;  ///< of the last reset: older events are void

    bool kernel_failed_ = false;
    std::uint64_t failed_kernel_ = 0;
    std::string failure_;

    std::deque<CompositeReport> reports_;
    std::uint64_t reports_dropped_ = 0;
    std::uint64_t completed_ = 0;
    sim::Observers<JobObserver> observers_;
    sim::Observers<sim::ChangeObserver> changes_;
};

}  // namespace ahbm
