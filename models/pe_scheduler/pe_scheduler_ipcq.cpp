// SPDX-License-Identifier: Apache-2.0
/// PE_SCHEDULER's part of the queues: a send reserves its slot when it is submitted and leaves when its bytes are
/// ready; what a receive finds goes back to PE_CPU with its completion.
#include "models/pe_scheduler/pe_scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace ahbm {

void PeScheduler::reserve_slot(std::uint32_t index) {
    ++entries_[index].blockers;  // the credit
    JobSlot& slot = desk_.take(JobKind::ipcq_reserve, index);
    slot.queues = entries_[index].command->queues;
    desk_.issue(slot);
}

void PeScheduler::start_ipcq(std::uint32_t index) {
    const tl::Command& command = *entries_[index].command;
    const auto kind = [&] {
        switch (command.kind) {
            case tl::CommandKind::ipcq_send: return JobKind::ipcq_send;
            case tl::CommandKind::ipcq_recv: return JobKind::ipcq_recv;
            case tl::CommandKind::ipcq_release: return JobKind::ipcq_release;
            default: return JobKind::ipcq_cancel;
        }
    }();
    JobSlot& slot = desk_.take(kind, index);
    slot.queues = command.queues;
    slot.tile.queue = static_cast<std::uint32_t>(std::countr_zero(command.queues));
    slot.tile.sequence = kind == JobKind::ipcq_send ? entries_[index].sequence : command.sequence;
    if (kind == JobKind::ipcq_send) slot.tcm.push_back(command.inputs.front());
    if (kind == JobKind::ipcq_recv && command.output.view.bytes() > 0) slot.tcm.push_back(command.output);
    if (kind == JobKind::ipcq_release) {
        const auto loose = std::find_if(loose_tiles_.begin(), loose_tiles_.end(), [&](const LooseTile& tile) {
            return tile.queue == slot.tile.queue && tile.sequence == slot.tile.sequence;
        });
        if (loose != loose_tiles_.end()) {
            slot.last_read = loose->last_read;
            loose_tiles_.erase(loose);
        }
    }
    desk_.issue(slot);
}

void PeScheduler::finished_ipcq(JobSlot& slot) {
    const std::uint32_t index = slot.command;
    Entry& entry = entries_[index];
    if (!slot.error.empty()) {
        slot.error = fmt::format("{}: {}", to_string(entry.command->kind), slot.error);
        fail_kernel(entry.kernel, slot.error);
    }
    if (slot.kind == JobKind::ipcq_reserve) {
        entry.sequence = slot.tile.sequence;
        desk_.release(slot);
        tlm::tlm_generic_payload& transaction = *entry.transaction;
        if (--entry.blockers == 0) queue_for_dispatch(index);
        return answer_taken(transaction);
    }
    if (slot.kind == JobKind::ipcq_recv && slot.error.empty()) {
        entry.ticket->tile = slot.tile;
        if (slot.tile_is_loose) {
            loose_tiles_.push_back(
                {{tl::Space::tcm, slot.tile.address, slot.tile.view, 0}, slot.tile.queue, slot.tile.sequence, {}});
        }
    }
    const std::string error = std::move(slot.error);
    desk_.release(slot);
    complete(index, error);
}

void PeScheduler::note_reads(const JobSlot& slot) {
    if (slot.kind != JobKind::fetch && slot.kind != JobKind::dma_write && slot.kind != JobKind::ipcq_send) return;
    for (LooseTile& tile : loose_tiles_) {
        const bool reads = std::any_of(slot.tcm.begin(), slot.tcm.end(),
                                       [&](const tl::Region& region) { return overlap(region, tile.region); });
        if (reads) tile.last_read = std::max(tile.last_read, slot.started);
    }
}

}  // namespace ahbm
