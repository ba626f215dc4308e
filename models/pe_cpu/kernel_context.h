// SPDX-License-Identifier: Apache-2.0
/// What a kernel runs on: turns the kernel language's commands into transactions to PE_SCHEDULER, on the thread of
/// PE_CPU. One per PE, reused by every launch.
#pragma once

#include "firmware/tl/backend.h"
#include "firmware/tl/kernel.h"
#include "interconnect/fabric/fabric.h"
#include "interconnect/protocol/transaction.h"
#include "models/cpu/native_hal.h"
#include "models/pe_contract/command_ticket.h"
#include "models/pe_contract/tcm_access.h"
#include "models/pe_cpu/pe_cpu_config.h"
#include "models/pe_gemm/pe_gemm_config.h"
#include "models/pe_tcm/pe_tcm_config.h"
#include "shadow/recorder.h"
#include "sim/alarm.h"
#include "sim/log.h"
#include "sim/observers.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <string>
#include <vector>

namespace ahbm {

/// Told what a PE's kernels do.
class KernelObserver {
public:
    virtual ~KernelObserver() = default;
    virtual void kernel_started(const std::string& kernel, sim::Time when) = 0;
    /// The kernel says what it does from now on (tl::Program::phase).
    virtual void phase_began(const std::string& phase, sim::Time when) = 0;
    /// At a fence, the closing one of the kernel too: until what it had stored and sent was visible.
    virtual void fenced(sim::Time /*from*/, sim::Time /*until*/) {}
    virtual void kernel_ended(sim::Time when) = 0;
};

class KernelContext final : public KernelRunner, public tl::Backend {
public:
    tlm_utils::simple_initiator_socket<KernelContext> scheduler{"scheduler"};
    tlm_utils::simple_initiator_socket<KernelContext> tcm{"tcm"};
    tlm_utils::simple_initiator_socket<KernelContext> ipcq{"ipcq"};

    struct Surroundings {
        PeCoord self;
        unsigned cubes_per_sip = 0;
        unsigned pes_per_cube = 0;
        const tl::KernelRegistry* kernels = nullptr;
    };
    KernelContext(Fabric& fabric, const Surroundings& surroundings, const PeCpuConfig& config, const PeGemmConfig& gemm,
                  const PeTcmConfig& tcm_config, shadow::Recorder& recorder, sim::Log& log);

    bool has_kernel(const std::string& name) const override;
    firmware::KernelOutcome run(const std::string& name, const tl::KernelArgs& args) override;
    void cancel() override;
    /// How the kernel that began last failed by itself: in words, and when. Empty: it did not.
    struct Failure {
        std::string text;
        sim::Time when;
    };
    const Failure& failure() const { return failure_; }

    PeCoord self() const override { return surroundings_.self; }
    std::uint32_t program_id(unsigned axis) const override;
    std::uint32_t num_programs(unsigned axis) const override;
    std::uint64_t tcm_begin() const override { return tcm_config_.scheduler_reserved; }
    std::uint64_t tcm_end() const override { return tcm_end_; }
    GemmTile gemm_tile() const override { return gemm_tile_; }
    void issue(tl::Command command) override;
    void drain() override;
    const std::vector<tl::QueueInfo>& queues() const override { return queues_; }
    tl::ReceiveId receive(tl::Command command) override;
    tl::Received received(tl::ReceiveId id) override;
    std::vector<std::byte> read_back(const tl::Region& region) override;
    void print(const std::string& text) override;
    void phase(const std::string& name) override;
    sim::Time now() const override { return fabric_.now(); }

    bool running() const { return running_; }
    sim::Observers<KernelObserver>& observers() { return observers_; }
    std::uint64_t commands_issued() const { return issued_; }

private:
    struct Ticket : CommandTicket {
        tl::Command owned_command;
        std::size_t slot = 0;  ///< in slots_
        bool complete = false;
    };
    using Slot = Transaction<Ticket>;
    Slot& take_slot();
    void ask_for_queues(std::uint32_t group);
    Slot& submit(tl::Command command);
    void cancel_receives();
    /// Waits until everything the kernel has stored or sent is visible. What was refused on its way is its error.
    void close(firmware::KernelOutcome& outcome);
    void fail(firmware::KernelOutcome& outcome, const std::string& error);
    /// With polling, PE_CPU sees what happened at its next look.
    void look_again(std::uint64_t queues, sim::Time waiting_since);
    tlm::tlm_sync_enum answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void throw_if_failed();

    Fabric& fabric_;
    Surroundings surroundings_;
    sim::Time dispatch_time_;
    PeTcmConfig tcm_config_;
    GemmTile gemm_tile_;
    shadow::Recorder& recorder_;
    sim::Log& log_;
    std::deque<Slot> slots_;
    std::vector<Slot*> idle_slots_;      ///< of slots_
    std::vector<tl::QueueInfo> queues_;  ///< of the running kernel's process group
    std::uint64_t tcm_end_ = 0;
    std::string name_;  ///< of the running kernel
    std::uint64_t kernel_ = 0;
    std::uint64_t issued_ = 0;
    std::uint64_t outstanding_ = 0;
    bool running_ = false;
    std::string phase_;  ///< of the running kernel, kept while somebody looks
    bool taken_ = false;
    bool cancelled_ = false;
    Failure failure_;
    std::string error_;
    sc_core::sc_event progress_;
    sim::Alarm alarm_;
    sim::Observers<KernelObserver> observers_;
};

}  // namespace ahbm
