// SPDX-License-Identifier: Apache-2.0
#include "models/pe_gemm/pe_gemm.h"

#include <algorithm>

namespace ahbm {

PeGemm::PeGemm(const sc_core::sc_module_name& name, const PeGemmConfig& config, sim::WheelPump& wheel)
    : EngineModel(name), config_(config), wheel_(wheel) {
    control.register_nb_transport_fw(this, &PeGemm::accept);
    control.register_b_transport(this, &PeGemm::refuse);
}

tlm::tlm_sync_enum PeGemm::accept(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time& delay) {
    Job::of(payload).issued = sim::from_sc_time(sc_core::sc_time_stamp() + delay);
    lane_.submit(payload);
    start_next();
    return tlm::TLM_ACCEPTED;
}

void PeGemm::refuse(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
}

void PeGemm::start_next() {
    const tlm::tlm_generic_payload* payload = lane_.next();
    if (payload == nullptr) return;
    const Job& job = *payload->get_extension<Job>();
    const sim::Time start = std::max(wheel_.now(), job.issued);
    const sim::Time end = start + config_.rate.time_for(config_.paid_flop(job.m, job.k, job.n, job.dtype));
    flop_ += job.flop();
    lane_.occupy(start, end);
    wheel_.at<&PeGemm::finished>(end, sim::Priority::engine, this, epoch_);
}

void PeGemm::finished(std::uint64_t epoch) {
    if (epoch != epoch_) return;
    tlm::tlm_generic_payload& payload = lane_.finish();
    start_next();
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = wheel_.delay();
    control->nb_transport_bw(payload, phase, delay);
}

void PeGemm::reset() {
    lane_ = {};
    flop_ = 0;
    ++epoch_;
}

}  // namespace ahbm
