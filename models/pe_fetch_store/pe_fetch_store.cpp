// SPDX-License-Identifier: Apache-2.0
#include "models/pe_fetch_store/pe_fetch_store.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm {

PeFetchStore::PeFetchStore(const sc_core::sc_module_name& name, const PeFetchStoreConfig& config, sim::WheelPump& wheel,
                           const shadow::Recorder& recorder)
    : sc_module(name), config_(config), wheel_(wheel), recorder_(recorder) {
    control.register_nb_transport_fw(this, &PeFetchStore::accept);
    control.register_b_transport(this, &PeFetchStore::refuse);
}

tlm::tlm_sync_enum PeFetchStore::accept(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time& delay) {
    Job& job = Job::of(payload);
    job.issued = sim::from_sc_time(sc_core::sc_time_stamp() + delay);
    const Side side = job.kind == JobKind::fetch ? Side::fetch : Side::store;
    lane(side).submit(payload);
    start_next(side);
    return tlm::TLM_ACCEPTED;
}

void PeFetchStore::refuse(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
}

void PeFetchStore::start_next(Side side) {
    tlm::tlm_generic_payload* payload = lane(side).next();
    if (payload == nullptr) return;
    Job& job = Job::of(*payload);
    sim::Time end = std::max(wheel_.now(), job.issued) + config_.setup;
    sim::Time start = end;
    job.values.resize(recorder_.enabled() ? job.tcm.size() : 0);
    for (std::size_t i = 0; i < job.tcm.size() && job.error.empty(); ++i) {
        end = transfer(job, i, side, end);
        if (i == 0) start = std::min(access_.started, end);
    }
    lane(side).occupy(start, end);
    wheel_.at<&PeFetchStore::finished>(end, sim::Priority::engine, this,
                                       std::uint64_t{epoch_} << 1 | static_cast<std::uint64_t>(side));
}

sim::Time PeFetchStore::transfer(Job& job, std::size_t index, Side side, sim::Time from) {
    const tl::Region& region = job.tcm[index];
    const bool recording = recorder_.enabled();
    access_.bundle = recording ? &job.values[index] : nullptr;
    if (recording && side == Side::fetch) job.values[index].clear();
    access_.started = from;
    access_.row_bytes = region.contiguous() ? 0 : region.row_bytes();
    access_.row_pitch = region.row_pitch;
    payload_.set_command(side == Side::fetch ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND);
    payload_.set_address(region.address);
    payload_.set_data_length(static_cast<unsigned>(region.view.bytes()));
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    payload_.set_extension(&access_);
    sc_core::sc_time delay = sim::to_sc_time(from) - sc_core::sc_time_stamp();
    tcm->b_transport(payload_, delay);
    payload_.clear_extension(&access_);

    if (!payload_.is_response_ok()) {
        job.error = fmt::format("{} {}+{:#x}, {}: outside the memory", side == Side::fetch ? "read of" : "write to",
                                access_.memory, region.address, tl::describe(region.view));
        return from;
    }
    if (recording && side == Side::fetch) {
        if (const auto gap = job.values[index].first_gap()) {
            job.error = fmt::format("uninitialised read of {}+{:#x}, {}: nobody has written byte {} of it",
                                    access_.memory, region.address, tl::describe(region.view), *gap);
        }
    }
    return sim::from_sc_time(sc_core::sc_time_stamp() + delay);
}

void PeFetchStore::finished(std::uint64_t ticket) {
    if (ticket >> 1 != epoch_) return;
    const Side side{static_cast<std::uint8_t>(ticket & 1)};
    tlm::tlm_generic_payload& payload = lane(side).finish();
    start_next(side);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = wheel_.delay();
    control->nb_transport_bw(payload, phase, delay);
}

void PeFetchStore::reset() {
    fetch_ = {};
    store_ = {};
    ++epoch_;
}

}  // namespace ahbm
