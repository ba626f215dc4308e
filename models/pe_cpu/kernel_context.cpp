// SPDX-License-Identifier: Apache-2.0
#include "models/pe_cpu/kernel_context.h"

#include "firmware/tl/program.h"
#include "models/pe_contract/queue_query.h"

#include <fmt/format.h>

#include <utility>

namespace ahbm {

KernelContext::KernelContext(Fabric& fabric, const Surroundings& surroundings, const PeCpuConfig& config,
                             const PeGemmConfig& gemm, const PeTcmConfig& tcm_config, shadow::Recorder& recorder,
                             sim::Log& log)
    : fabric_(fabric),
      surroundings_(surroundings),
      dispatch_time_(config.clock.time_for(config.dispatch_cycles)),
      tcm_config_(tcm_config),
      gemm_tile_{gemm.tile_m, gemm.tile_k, gemm.tile_n},
      recorder_(recorder),
      log_(log),
      alarm_(fabric.wheel()) {
    scheduler.register_nb_transport_bw(this, &KernelContext::answered);
}

bool KernelContext::has_kernel(const std::string& name) const { return surroundings_.kernels->find(name) != nullptr; }

firmware::KernelOutcome KernelContext::run(const std::string& name, const tl::KernelArgs& args) {
    const tl::KernelInfo* kernel = surroundings_.kernels->find(name);
    ++kernel_;
    name_ = name;
    error_.clear();
    cancelled_ = false;
    failure_ = {};
    running_ = true;
    phase_.clear();
    observers_.tell(&KernelObserver::kernel_started, name, now());
    firmware::KernelOutcome outcome;
    ask_for_queues(args.queue_group);
    try {
        tl::Program program(*this);
        kernel->body(program, args);
        program.finish();
    } catch (const sc_core::sc_unwind_exception&) {
        throw;  // the simulation kernel ends this thread
    } catch (const sc_core::sc_report&) {
        throw;  // an invariant of the model
    } catch (const firmware::Shutdown&) {
        throw;
    } catch (...) {
        fail(outcome, tl::thrown_text());
        cancel_receives();
    }
    // Whatever happened, nothing of this kernel may still be under way when it ends: what it has stored and sent is
    // visible to whoever hears of the end.
    while (outstanding_ > 0) sc_core::wait(progress_);
    const sim::Time body_ended = now();
    close(outcome);
    outcome.closing_fence = now() - body_ended;
    observers_.tell(&KernelObserver::fenced, body_ended, now());
    idle_slots_.clear();  // also tiles that were received and not asked for
    for (Slot& slot : slots_) idle_slots_.push_back(&slot);
    running_ = false;
    observers_.tell(&KernelObserver::kernel_ended, now());
    return outcome;
}

void KernelContext::close(firmware::KernelOutcome& outcome) {
    alarm_.wait_for(dispatch_time_);
    submit({tl::CommandKind::fence, {}, {}, tl::Region::nowhere(), ~std::uint64_t{0}});
    while (outstanding_ > 0) sc_core::wait(progress_);
    if (outcome.status != abi::Status::ok || error_.empty()) return;
    fail(outcome, error_);
}

void KernelContext::fail(firmware::KernelOutcome& outcome, const std::string& error) {
    outcome.status = cancelled_ ? abi::Status::cancelled : abi::Status::kernel_error;
    outcome.text = fmt::format("kernel '{}' on {} at {:.3f} ns: {}", name_, to_string(self()), now().ns(), error);
    if (!cancelled_) failure_ = {outcome.text, now()};
}

void KernelContext::cancel() {
    if (!running_ || !error_.empty()) return;
    cancelled_ = true;
    error_ = "stopped: the launch was aborted";
    fabric_.wheel().notify(progress_);
}

std::uint32_t KernelContext::program_id(unsigned axis) const {
    if (axis > 1) throw tl::KernelError("program_id has axis 0 (PE in cube) and 1 (cube in SIP)");
    return axis == 0 ? surroundings_.self.pe.value : surroundings_.self.cube.value;
}

std::uint32_t KernelContext::num_programs(unsigned axis) const {
    if (axis > 1) throw tl::KernelError("num_programs has axis 0 (PEs per cube) and 1 (cubes per SIP)");
    return axis == 0 ? surroundings_.pes_per_cube : surroundings_.cubes_per_sip;
}

void KernelContext::ask_for_queues(std::uint32_t group) {
    Transaction<QueueQuery> query;
    query.extension.group = group;
    query.extension.queues = &queues_;
    query.extension.tcm_end = tcm_config_.size;
    sc_core::sc_time delay;
    ipcq->b_transport(query.payload, delay);
    tcm_end_ = query.extension.tcm_end;
}

void KernelContext::issue(tl::Command command) {
    throw_if_failed();
    alarm_.wait_for(dispatch_time_);
    const bool fence = command.kind == tl::CommandKind::fence, send = command.kind == tl::CommandKind::ipcq_send;
    const std::uint64_t queues = command.queues;
    const sim::Time since = now();
    submit(std::move(command));
    while (!taken_ && error_.empty()) sc_core::wait(progress_);
    throw_if_failed();
    if (send) look_again(queues, since);
    if (!fence) return;
    drain();
    observers_.tell(&KernelObserver::fenced, since, now());
}

void KernelContext::phase(const std::string& name) {
    if (!observers_ || name == phase_) return;
    phase_ = name;
    observers_.tell(&KernelObserver::phase_began, name, now());
}

KernelContext::Slot& KernelContext::submit(tl::Command command) {
    Slot& slot = take_slot();
    Ticket& ticket = slot.extension;
    ticket.owned_command = std::move(command);
    ticket.command = &ticket.owned_command;
    ticket.id = ++issued_;
    ticket.kernel = kernel_;
    ticket.error.clear();
    ticket.complete = false;
    slot.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    ++outstanding_;
    taken_ = false;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    if (scheduler->nb_transport_fw(slot.payload, phase, delay) == tlm::TLM_UPDATED) taken_ = true;
    return slot;
}

tl::ReceiveId KernelContext::receive(tl::Command command) {
    throw_if_failed();
    alarm_.wait_for(dispatch_time_);
    const Slot& slot = submit(std::move(command));
    while (!taken_ && error_.empty()) sc_core::wait(progress_);
    throw_if_failed();
    return slot.extension.slot;
}

tl::Received KernelContext::received(tl::ReceiveId id) {
    Slot& slot = slots_[id];
    const sim::Time since = now();
    while (!slot.extension.complete && error_.empty()) sc_core::wait(progress_);
    throw_if_failed();
    if (now() > since) look_again(slot.extension.owned_command.queues, since);
    idle_slots_.push_back(&slot);
    return slot.extension.tile;
}

void KernelContext::look_again(std::uint64_t queues, sim::Time waiting_since) {
    for (const tl::QueueInfo& queue : queues_) {
        if ((queues >> queue.index & 1) == 0 || queue.poll_interval == sim::Time{}) continue;
        const std::int64_t interval = queue.poll_interval.ps(), waited = (now() - waiting_since).ps();
        const std::int64_t rest = (interval - waited % interval) % interval;
        alarm_.wait_for(sim::Time::ps(rest));
        return;
    }
}

void KernelContext::cancel_receives() {
    if (outstanding_ > 0) submit({tl::CommandKind::ipcq_cancel, {}, {}, tl::Region::nowhere()});
}

void KernelContext::drain() {
    while (outstanding_ > 0 && error_.empty()) sc_core::wait(progress_);
    throw_if_failed();
}

std::vector<std::byte> KernelContext::read_back(const tl::Region& region) {
    if (!recorder_.enabled())
        throw tl::KernelError("control flow on data needs values; this run simulates none (data off)");
    drain();
    shadow::Bundle bytes;
    Transaction<TcmAccess> transaction;
    TcmAccess& access = transaction.extension;
    access.bundle = &bytes;
    if (!region.contiguous()) {
        access.row_bytes = region.row_bytes();
        access.row_pitch = region.row_pitch;
    }
    tlm::tlm_generic_payload& payload = transaction.payload;
    payload.set_read();
    payload.set_address(region.address);
    payload.set_data_length(static_cast<unsigned>(region.view.bytes()));
    sc_core::sc_time delay;
    tcm->b_transport(payload, delay);
    alarm_.wait_for(sim::from_sc_time(delay));
    if (payload.get_response_status() != tlm::TLM_OK_RESPONSE) throw tl::KernelError("item: TCM address out of range");
    if (bytes.first_gap())
        throw tl::KernelError(fmt::format("item: reads unwritten bytes of {}+{:#x}", access.memory, region.address));
    return recorder_.materialize(bytes);
}

void KernelContext::print(const std::string& text) { log_.info(now(), to_string(self()), text); }

KernelContext::Slot& KernelContext::take_slot() {
    if (idle_slots_.empty()) {
        Slot& slot = slots_.emplace_back();
        slot.extension.slot = slots_.size() - 1;
        idle_slots_.push_back(&slot);
    }
    Slot& slot = *idle_slots_.back();
    idle_slots_.pop_back();
    return slot;
}

tlm::tlm_sync_enum KernelContext::answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                           sc_core::sc_time&) {
    fabric_.wheel().notify(progress_);
    if (phase == tlm::END_REQ) {
        taken_ = true;
        return tlm::TLM_ACCEPTED;
    }
    const auto& ticket = static_cast<const Ticket&>(*payload.get_extension<CommandTicket>());
    if (!ticket.error.empty() && error_.empty()) error_ = ticket.error;
    --outstanding_;
    Slot& slot = slots_[ticket.slot];
    slot.extension.complete = true;
    // A received tile stays in its ticket until the kernel asks for it.
    if (ticket.command->kind != tl::CommandKind::ipcq_recv) idle_slots_.push_back(&slot);
    return tlm::TLM_COMPLETED;
}

void KernelContext::throw_if_failed() {
    if (!error_.empty()) throw tl::KernelError(error_);
}

}  // namespace ahbm
