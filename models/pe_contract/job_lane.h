// SPDX-License-Identifier: Apache-2.0
/// A unit that serves jobs in order, one at a time: what PE_GEMM, PE_MATH and each half of PE_FETCH_STORE have in
/// common. Keeps the queue and the books; the owner knows how long a job takes and schedules its end.
#pragma once

#include "models/pe_contract/engine_state.h"
#include "models/pe_contract/job.h"
#include "sim/ring.h"

namespace ahbm {

class JobLane {
public:
    void submit(tlm::tlm_generic_payload& payload) { waiting_.push(&payload); }
    /// Takes the next job into service; null when there is none or one is being served.
    tlm::tlm_generic_payload* next() {
        if (serving_ != nullptr || waiting_.empty()) return nullptr;
        return serving_ = waiting_.pop();
    }
    /// The job in service occupies the unit from `started` to `ended`.
    void occupy(sim::Time started, sim::Time ended) {
        Job& job = Job::of(*serving_);
        job.started = started_ = started;
        job.ended = ended_ = ended;
    }
    /// The job in service is done.
    tlm::tlm_generic_payload& finish() {
        busy_ += ended_ - started_;
        ++jobs_;
        return *std::exchange(serving_, nullptr);
    }

    EngineState state(sim::Time now) const {
        if (serving_ == nullptr) return EngineState::idle;
        return now < started_ ? EngineState::stalled : EngineState::busy;
    }
    /// When the job in service gets, or got, the unit.
    sim::Time started() const { return started_; }
    sim::Time busy(sim::Time now) const {
        return serving_ == nullptr || now < started_ ? busy_ : busy_ + (now < ended_ ? now : ended_) - started_;
    }
    std::uint64_t jobs() const { return jobs_; }

private:
    sim::Ring<tlm::tlm_generic_payload*> waiting_;
    tlm::tlm_generic_payload* serving_ = nullptr;
    sim::Time started_, ended_;
    sim::Time busy_;
    std::uint64_t jobs_ = 0;
};

}  // namespace ahbm
