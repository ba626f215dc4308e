// SPDX-License-Identifier: Apache-2.0
#include "models/pe_scheduler/job_desk.h"

#include "sim/check.h"

namespace ahbm {

JobDesk::JobDesk(Engines engines, const sim::WheelPump& wheel, bool share_accelerator_slot)
    : engines_(engines), wheel_(wheel), shared_(share_accelerator_slot) {}

JobSlot& JobDesk::take(JobKind kind, std::uint32_t command) {
    if (free_.empty()) free_.push_back(&slots_.emplace_back());
    JobSlot& slot = *free_.back();
    free_.pop_back();
    ++in_flight_;
    slot.kind = kind;
    slot.command = command;
    return slot;
}

void JobDesk::release(JobSlot& slot) {
    slot.tcm.clear();
    slot.values.clear();
    slot.error.clear();
    slot.product_tile = 0;
    slot.queues = 0;
    slot.tile = {};
    slot.tile_is_loose = false;
    slot.last_read = {};
    slot.accepted = false;
    --in_flight_;
    free_.push_back(&slot);
}

void JobDesk::issue(JobSlot& slot) {
    slot.issued = wheel_.now();
    if (!shared_ || (slot.kind != JobKind::gemm && slot.kind != JobKind::math)) return send(slot);
    (slot.kind == JobKind::gemm ? gemm_waiting_ : math_waiting_).push(&slot);
    grant();
}

void JobDesk::accelerator_done() {
    accelerator_busy_ = false;
    if (shared_) grant();
}

void JobDesk::grant() {
    if (accelerator_busy_ || (gemm_waiting_.empty() && math_waiting_.empty())) return;
    const bool math = gemm_waiting_.empty() || (!math_waiting_.empty() && last_granted_ == JobKind::gemm);
    JobSlot& slot = *(math ? math_waiting_ : gemm_waiting_).pop();
    accelerator_busy_ = true;
    last_granted_ = slot.kind;
    send(slot);
}

void JobDesk::send(JobSlot& slot) {
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = wheel_.delay();
    const auto engine = [&]() -> tlm::tlm_initiator_socket<>& {
        switch (slot.kind) {
            case JobKind::fetch:
            case JobKind::store: return engines_.fetch_store;
            case JobKind::gemm: return engines_.gemm;
            case JobKind::math: return engines_.math;
            case JobKind::dma_read:
            case JobKind::dma_write:
            case JobKind::fence: break;
            case JobKind::ipcq_reserve:
            case JobKind::ipcq_send:
            case JobKind::ipcq_recv:
            case JobKind::ipcq_release:
            case JobKind::ipcq_cancel: return engines_.ipcq;
        }
        return engines_.dma;
    };
    const tlm::tlm_sync_enum answer = engine()->nb_transport_fw(slot.payload, phase, delay);
    SIM_CHECK(answer == tlm::TLM_ACCEPTED, "an engine answered a job on the forward path");
}

void JobDesk::reset() {
    free_.clear();
    for (JobSlot& slot : slots_) {
        ++in_flight_;
        release(slot);
    }
    in_flight_ = 0;
    gemm_waiting_.clear();
    math_waiting_.clear();
    accelerator_busy_ = false;
    last_granted_ = JobKind::math;
}

}  // namespace ahbm
