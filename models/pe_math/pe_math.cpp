// SPDX-License-Identifier: Apache-2.0
#include "models/pe_math/pe_math.h"

#include <algorithm>

namespace ahbm {

PeMath::PeMath(const sc_core::sc_module_name& name, const PeMathConfig& config, sim::WheelPump& wheel)
    : EngineModel(name), config_(config), wheel_(wheel) {
    control.register_nb_transport_fw(this, &PeMath::accept);
    control.register_b_transport(this, &PeMath::refuse);
}

tlm::tlm_sync_enum PeMath::accept(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time& delay) {
    Job::of(payload).issued = sim::from_sc_time(sc_core::sc_time_stamp() + delay);
    lane_.submit(payload);
    start_next();
    return tlm::TLM_ACCEPTED;
}

void PeMath::refuse(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
}

void PeMath::start_next() {
    const tlm::tlm_generic_payload* payload = lane_.next();
    if (payload == nullptr) return;
    const Job& job = *payload->get_extension<Job>();
    const sim::Time start = std::max(wheel_.now(), job.issued);
    const std::uint64_t per_pass = (job.elements + config_.lanes - 1) / config_.lanes;
    const std::uint64_t passes = job.simple_ops + std::uint64_t{job.transcendental_ops} * config_.transcendental_passes;
    const sim::Time end = start + config_.clock.time_for(per_pass * passes);
    elements_ += job.elements;
    lane_.occupy(start, end);
    wheel_.at<&PeMath::finished>(end, sim::Priority::engine, this, epoch_);
}

void PeMath::finished(std::uint64_t epoch) {
    if (epoch != epoch_) return;
    tlm::tlm_generic_payload& payload = lane_.finish();
    start_next();
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = wheel_.delay();
    control->nb_transport_bw(payload, phase, delay);
}

void PeMath::reset() {
    lane_ = {};
    elements_ = 0;
    ++epoch_;
}

}  // namespace ahbm
