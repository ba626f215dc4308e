// SPDX-License-Identifier: Apache-2.0
#include "models/pe_scheduler/pe_scheduler.h"

#include "sim/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm {
namespace {

/// A send is taken when the peer has a slot for it: that is where a kernel waits for credits.
bool taken_with_credit(tl::CommandKind kind) { return kind == tl::CommandKind::ipcq_send; }

}  // namespace

PeScheduler::PeScheduler(const sc_core::sc_module_name& name, const PeSchedulerConfig& config,
                         const PeGemmConfig& gemm_config, const PeTcmConfig& tcm_config, std::string_view tcm_name,
                         sim::WheelPump& wheel, shadow::Recorder& recorder)
    : sc_module(name),
      config_(config),
      wheel_(wheel),
      recorder_(recorder),
      tcm_name_(tcm_name),
      desk_({dma, fetch_store, gemm, math, ipcq}, wheel, config.share_accelerator_slot),
      pipeline_(config_, gemm_config.tile(), tcm_config.scheduler_reserved, desk_, wheel, recorder, this->name(),
                tcm_name) {
    commands.register_nb_transport_fw(this, &PeScheduler::submit);
    commands.register_b_transport(this, &PeScheduler::refuse);
    for (auto* engine : {&dma, &fetch_store, &gemm, &math, &ipcq}) {
        engine->register_nb_transport_bw(this, &PeScheduler::job_answered);
    }
}

tlm::tlm_sync_enum PeScheduler::submit(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time&) {
    const sim::Change change(changes_);
    const tl::CommandKind kind = payload.get_extension<CommandTicket>()->command->kind;
    // What ends the waiting of others must not wait behind them.
    if (in_fifo_ >= config_.command_fifo_depth && kind != tl::CommandKind::ipcq_cancel) {
        submitted_.push(&payload);
        return tlm::TLM_ACCEPTED;
    }
    take(payload);
    if (taken_with_credit(kind)) return tlm::TLM_ACCEPTED;
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
}

void PeScheduler::refuse(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
}

void PeScheduler::take(tlm::tlm_generic_payload& payload) {
    if (free_entries_.empty()) {
        free_entries_.push_back(static_cast<std::uint32_t>(entries_.size()));
        entries_.emplace_back();
    }
    const std::uint32_t index = free_entries_.back();
    free_entries_.pop_back();
    Entry& entry = entries_[index];
    entry.transaction = &payload;
    entry.ticket = payload.get_extension<CommandTicket>();
    SIM_CHECK(entry.ticket != nullptr && entry.ticket->command != nullptr, std::string(name()) + ": no command");
    entry.command = entry.ticket->command;
    entry.kernel = entry.ticket->kernel;
    entry.ticket_id = entry.ticket->id;
    entry.kind = entry.command->kind;
    entry.taken = wheel_.now();
    entry.posts = posts(*entry.command);
    entry.posted = entry.command->output;
    entry.ticket->error.clear();
    ++in_fifo_;
    wait_for_earlier(index);
    live_.push_back(index);
    if (taken_with_credit(entry.command->kind)) return reserve_slot(index);
    if (entry.blockers == 0) queue_for_dispatch(index);
}

void PeScheduler::wait_for_earlier(std::uint32_t index) {
    Entry& later = entries_[index];
    for (const std::uint32_t other : live_) {
        Entry& earlier = entries_[other];
        Wait wait = Wait::none;
        if (earlier.command != nullptr) {
            wait = dependency(*earlier.command, *later.command);
        } else if (later.command->kind == tl::CommandKind::fence || touches(*later.command, earlier.posted)) {
            wait = Wait::acknowledgement;  // complete, so only its stores are still under way
        }
        if (wait == Wait::none) continue;
        earlier.dependents.push_back({index, wait});
        ++later.blockers;
    }
}

void PeScheduler::queue_for_dispatch(std::uint32_t index) {
    dispatcher_free_at_ = std::max(dispatcher_free_at_, wheel_.now()) + config_.overhead;
    wheel_.at<&PeScheduler::dispatch>(dispatcher_free_at_, sim::Priority::engine, this,
                                      std::uint64_t{epoch_} << 32 | index);
}

void PeScheduler::dispatch(std::uint64_t ticket) {
    if (ticket >> 32 != epoch_) return;
    const sim::Change change(changes_);
    const auto index = static_cast<std::uint32_t>(ticket);
    Entry& entry = entries_[index];
    // A fence is about what is under way already.
    const bool starts_work =
        entry.command->kind != tl::CommandKind::ipcq_cancel && entry.command->kind != tl::CommandKind::fence;
    if (kernel_failed_ && entry.kernel == failed_kernel_ && starts_work)
        return complete(index, "not started, an earlier command of the kernel failed: " + failure_);
    try {
        start(index);
    } catch (const std::invalid_argument& error) {
        const std::string text = error.what();
        fail_kernel(entry.kernel, text);
        complete(index, text);
    }
}

void PeScheduler::start(std::uint32_t index) {
    const tl::Command& command = *entries_[index].command;
    switch (command.kind) {
        case tl::CommandKind::dma_read:
        case tl::CommandKind::dma_write:
        case tl::CommandKind::fence: return start_dma(index);
        case tl::CommandKind::math: return start_math(index);
        case tl::CommandKind::gemm:
        case tl::CommandKind::composite:
            pipeline_.start(command, index, entries_[index].ticket->id, next_stream_);
            next_stream_ += 2;
            return;
        case tl::CommandKind::ipcq_send:
        case tl::CommandKind::ipcq_recv:
        case tl::CommandKind::ipcq_cancel:
        case tl::CommandKind::ipcq_release: return start_ipcq(index);
    }
    throw std::invalid_argument("unknown command");
}

void PeScheduler::start_dma(std::uint32_t index) {
    const tl::Command& command = *entries_[index].command;
    const bool read = command.kind == tl::CommandKind::dma_read;
    if (command.kind == tl::CommandKind::fence) {
        JobSlot& fence = desk_.take(JobKind::fence, index);
        fence.queues = command.queues;
        return desk_.issue(fence);
    }
    const tl::Space from = read ? tl::Space::global : tl::Space::tcm, to = read ? tl::Space::tcm : tl::Space::global;
    if (command.inputs.size() != 1 || command.inputs[0].space != from || command.output.space != to) {
        throw std::invalid_argument(fmt::format("{}: one operand in {} and a result in {} expected",
                                                to_string(command.kind), to_string(from), to_string(to)));
    }
    if (command.inputs[0].view.bytes() != command.output.view.bytes()) {
        throw std::invalid_argument(fmt::format("{}: {} does not fit {}", to_string(command.kind),
                                                describe(command.inputs[0]), describe(command.output)));
    }
    JobSlot& slot = desk_.take(read ? JobKind::dma_read : JobKind::dma_write, index);
    slot.stream = next_stream_++;
    slot.global = read ? command.inputs[0] : command.output;
    slot.tcm.push_back(read ? command.output : command.inputs[0]);
    if (!read) ++entries_[index].unacknowledged;
    desk_.issue(slot);
}

void PeScheduler::complete(std::uint32_t index, const std::string& error) {
    Entry& entry = entries_[index];
    tlm::tlm_generic_payload& payload = *entry.transaction;
    entry.ticket->error = error;
    payload.set_response_status(error.empty() ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
    entry.transaction = nullptr;
    entry.command = nullptr;
    entry.ticket = nullptr;
    --in_fifo_;
    ++completed_;
    unblock(entry, Wait::completion);
    retire_if_acknowledged(index);
    tlm::tlm_generic_payload* const next = submitted_.empty() ? nullptr : submitted_.pop();
    bool next_taken = false;
    if (next != nullptr) {
        next_taken = !taken_with_credit(next->get_extension<CommandTicket>()->command->kind);
        take(*next);
    }

    sc_core::sc_time delay = wheel_.delay();
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    commands->nb_transport_bw(payload, phase, delay);
    if (next_taken) answer_taken(*next);
}

void PeScheduler::answer_taken(tlm::tlm_generic_payload& payload) {
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time delay = wheel_.delay();
    commands->nb_transport_bw(payload, phase, delay);
}

void PeScheduler::unblock(Entry& entry, Wait reached) {
    for (const Dependent& dependent : entry.dependents) {
        Entry& later = entries_[dependent.entry];
        if (dependent.wait != reached || --later.blockers != 0) continue;
        if (recorder_.logging())
            recorder_.record_wait({name(), to_string(later.kind), later.taken, wheel_.now()},
                                  fmt::format("command {}, {}, {}", entry.ticket_id, to_string(entry.kind),
                                              reached == Wait::completion ? "is complete" : "is acknowledged"));
        queue_for_dispatch(dependent.entry);
    }
}

void PeScheduler::retire_if_acknowledged(std::uint32_t index) {
    Entry& entry = entries_[index];
    if (entry.command != nullptr || entry.unacknowledged != 0) return;
    unblock(entry, Wait::acknowledgement);
    entry.dependents.clear();
    live_.erase(std::find(live_.begin(), live_.end(), index));
    free_entries_.push_back(index);
}

void PeScheduler::fail_kernel(std::uint64_t kernel, const std::string& error) {
    if (kernel_failed_ && kernel <= failed_kernel_) return;  // the first error of the latest kernel counts
    kernel_failed_ = true;
    failed_kernel_ = kernel;
    failure_ = error;
}

bool PeScheduler::is_product(std::uint32_t index) const {
    const tl::Command* command = entries_[index].command;
    return command != nullptr &&
           (command->kind == tl::CommandKind::gemm || command->kind == tl::CommandKind::composite);
}

void PeScheduler::reset() {
    const sim::Change change(changes_);
    ++epoch_;
    entries_.clear();
    free_entries_.clear();
    live_.clear();
    in_fifo_ = 0;
    submitted_.clear();
    loose_tiles_.clear();
    dispatcher_free_at_ = wheel_.now();
    next_stream_ = 0;
    kernel_failed_ = false;
    failure_.clear();
    reports_.clear();
    reports_dropped_ = completed_ = 0;
    pipeline_.reset();
    desk_.reset();
}

}  // namespace ahbm
