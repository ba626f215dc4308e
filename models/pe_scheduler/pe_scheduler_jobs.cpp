// SPDX-License-Identifier: Apache-2.0
/// PE_SCHEDULER's other direction: what happens when an engine answers.
#include "models/pe_scheduler/pe_scheduler.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm {

tlm::tlm_sync_enum PeScheduler::job_answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                             sc_core::sc_time&) {
    const sim::Change change(changes_);
    JobSlot& slot = JobSlot::of(payload);
    if (phase == tlm::END_REQ) {
        if (slot.kind == JobKind::dma_write) accepted(slot);
        return tlm::TLM_ACCEPTED;
    }
    observers_.tell(&JobObserver::job_done, slot, entries_[slot.command].ticket_id);
    const bool accelerated = slot.kind == JobKind::gemm || slot.kind == JobKind::math;
    if (!loose_tiles_.empty()) note_reads(slot);
    is_ipcq(slot.kind) ? finished_ipcq(slot) : finished(slot);
    if (accelerated) desk_.accelerator_done();  // last: what the completion has made ready takes part
    return tlm::TLM_COMPLETED;
}

void PeScheduler::accepted(JobSlot& slot) {
    if (std::exchange(slot.accepted, true)) return;
    const std::uint32_t index = slot.command;
    if (is_product(index)) {
        pipeline_.accepted(slot);
        check_product(index);
    } else if (slot.error.empty()) {
        complete(index, {});
    }
}

void PeScheduler::finished(JobSlot& slot) {
    const std::uint32_t index = slot.command;
    if (slot.kind == JobKind::dma_write) {
        accepted(slot);  // an engine that refuses a store says so without accepting it
        if (!slot.error.empty()) {
            slot.error = "dma_write: " + slot.error;
            fail_kernel(entries_[index].kernel, slot.error);
        }
        --entries_[index].unacknowledged;
        if (entries_[index].command != nullptr && !is_product(index))
            complete(index, slot.error);
        else
            retire_if_acknowledged(index);
        desk_.release(slot);
    } else if (is_product(index)) {
        pipeline_.finished(slot);
        desk_.release(slot);
        check_product(index);
    } else if (finished_simple(slot)) {
        std::string error = std::move(slot.error);
        if (!error.empty()) fail_kernel(entries_[index].kernel, error);
        // A store that was refused after it had been accepted is told here at the latest.
        if (slot.kind == JobKind::fence && kernel_failed_ && entries_[index].kernel == failed_kernel_) error = failure_;
        desk_.release(slot);
        complete(index, error);
    }
}

void PeScheduler::check_product(std::uint32_t index) {
    Entry& entry = entries_[index];
    entry.unacknowledged += pipeline_.take_dma_writes();
    if (!pipeline_.done()) return;
    if (reports_.size() == config_.kept_reports && !reports_.empty()) {
        reports_.pop_front();
        ++reports_dropped_;
    }
    if (config_.kept_reports != 0)
        reports_.push_back(pipeline_.report());
    else
        ++reports_dropped_;
    std::string error = pipeline_.error();
    if (!error.empty()) {
        const auto& inputs = entry.command->inputs;
        error = fmt::format("{} of {} and {}: {}", to_string(entry.command->kind), describe(inputs[0]),
                            describe(inputs[1]), error);
        fail_kernel(entry.kernel, error);
    }
    complete(index, error);
}

void PeScheduler::start_math(std::uint32_t index) {
    const tl::Command& command = *entries_[index].command;
    const auto outside = [](const tl::Region& region) { return region.space != tl::Space::tcm; };
    if (outside(command.output) || std::any_of(command.inputs.begin(), command.inputs.end(), outside)) {
        throw std::invalid_argument(fmt::format("{}: operands and result must be in tcm", to_string(command.op.code)));
    }
    std::uint64_t elements = command.output.view.shape.elements();
    std::vector<View> views;
    for (const tl::Region& input : command.inputs) {
        views.push_back(input.view);
        elements = std::max(elements, input.view.shape.elements());
    }
    if (!command.inputs.empty()) {  // arange and full fit any result
        const View result = infer_result(command.op, views);
        if (result.shape.elements() != command.output.view.shape.elements()) {
            throw std::invalid_argument(fmt::format("{}: the result is {}, but it goes to {}",
                                                    to_string(command.op.code), to_string(result.shape),
                                                    describe(command.output)));
        }
    }
    JobSlot& slot = desk_.take(command.inputs.empty() ? JobKind::math : JobKind::fetch, index);
    slot.tcm.assign(command.inputs.begin(), command.inputs.end());
    slot.elements = elements;
    slot.simple_ops = is_transcendental(command.op.code) ? 0 : 1;
    slot.transcendental_ops = 1 - slot.simple_ops;
    desk_.issue(slot);
}

/// True when the command's last job is done.
bool PeScheduler::finished_simple(JobSlot& slot) {
    if (slot.error.empty() && (slot.kind == JobKind::fetch || slot.kind == JobKind::math)) {
        continue_math(slot);
        return false;
    }
    if (!slot.error.empty()) {
        const tl::Command& command = *entries_[slot.command].command;
        slot.error = fmt::format(
            "{}: {}", command.kind == tl::CommandKind::math ? to_string(command.op.code) : to_string(command.kind),
            slot.error);
    }
    return true;
}

/// One job goes through the three stages of a vector operation: fetch, math, store.
void PeScheduler::continue_math(JobSlot& slot) {
    if (slot.kind == JobKind::fetch) {
        slot.kind = JobKind::math;
        return desk_.issue(slot);
    }
    const tl::Command& command = *entries_[slot.command].command;
    if (recorder_.enabled()) {
        std::vector<shadow::BoundOperand> operands;
        operands.reserve(command.inputs.size());
        for (std::size_t i = 0; i < command.inputs.size(); ++i) {
            operands.push_back(
                {command.inputs[i].view, std::move(slot.values[i]), {tcm_name_, command.inputs[i].address}});
        }
        const shadow::Provenance who{name(), "math", slot.started, slot.ended};
        shadow::Bundle result = recorder_.record(who, command.op, std::move(operands), command.output.view,
                                                 {tcm_name_, command.output.address});
        slot.values.clear();
        slot.values.push_back(std::move(result));
    }
    slot.kind = JobKind::store;
    slot.tcm.assign(1, command.output);
    desk_.issue(slot);
}

}  // namespace ahbm
