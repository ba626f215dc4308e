// SPDX-License-Identifier: Apache-2.0
#include "models/pe_dma/dma_channel.h"

namespace ahbm {

DmaTransfer DmaChannel::start(tlm::tlm_generic_payload& payload) {
    const Job& job = Job::of(payload);
    const tl::Region& global = job.global;
    DmaTransfer transfer;
    transfer.payload = &payload;
    transfer.stream = job.stream;
    // Two contiguous sides are one run of bytes, whatever their shape.
    const bool one_run = global.contiguous() && job.tcm.front().contiguous();
    transfer.rows = one_run ? 1 : global.rows();
    transfer.row_bytes = one_run ? global.view.bytes() : global.row_bytes();
    return transfer;
}

DmaTransfer* DmaChannel::issuing(sim::Time now) {
    while (next_ < active_.size() && active_[next_].all_issued()) ++next_;
    if (next_ < active_.size()) return &active_[next_];
    if (waiting_.empty()) return nullptr;
    if (!active_.empty() && active_[active_.size() - 1].stream != Job::of(*waiting_.front()).stream) return nullptr;
    if (active_.empty()) granted_at_ = now;
    active_.push(start(*waiting_.pop()));
    DmaTransfer& transfer = active_[active_.size() - 1];
    transfer.job().started = now;
    transfer.job().number = first_id_ + active_.size() - 1;
    return &transfer;
}

DmaTransfer& DmaChannel::at(std::uint64_t id) { return active_[id - first_id_]; }

std::uint64_t DmaChannel::id_of(const DmaTransfer& transfer) const {
    for (std::size_t i = active_.size(); i-- > 0;)
        if (&active_[i] == &transfer) return first_id_ + i;
    return UINT64_MAX;
}

void DmaChannel::retire(DmaTransfer& transfer, sim::Time now) {
    transfer.payload = nullptr;
    while (!active_.empty() && active_.front().payload == nullptr) {
        active_.pop();
        ++first_id_;
        if (next_ > 0) --next_;
        if (active_.empty()) busy_ += now - granted_at_;
    }
}

void DmaChannel::reset() {
    first_id_ = submitted();
    waiting_.clear();
    active_.clear();
    next_ = 0;
    in_flight = 0;
    busy_ = {};
}

}  // namespace ahbm
