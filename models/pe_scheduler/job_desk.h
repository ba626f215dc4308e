// SPDX-License-Identifier: Apache-2.0
/// Where PE_SCHEDULER takes its job transactions from and hands them to the engines. Pooled: nothing is allocated in
/// steady state. Arbitrates the accelerator slot that GEMM and MATH share.
#pragma once

#include "models/pe_contract/job.h"
#include "sim/ring.h"
#include "sim/wheel_pump.h"

#include <array>
#include <deque>

namespace ahbm {

/// A job with its transaction and what the scheduler needs to know when it comes back.
struct JobSlot : Job {
    tlm::tlm_generic_payload payload;
    std::uint32_t command = 0;       ///< the scheduler's entry it belongs to
    std::uint64_t product_tile = 0;  ///< products: tile, or output tile for store and dma_write
    bool accepted = false;           ///< dma_write: END_REQ has been seen

    JobSlot() { payload.set_extension<Job>(this); }
    ~JobSlot() override { payload.clear_extension<Job>(this); }
    JobSlot(const JobSlot&) = delete;
    static JobSlot& of(tlm::tlm_generic_payload& payload) { return static_cast<JobSlot&>(Job::of(payload)); }
};

class JobDesk {
public:
    struct Engines {
        tlm::tlm_initiator_socket<>&dma, &fetch_store, &gemm, &math, &ipcq;
    };
    JobDesk(Engines engines, const sim::WheelPump& wheel, bool share_accelerator_slot);

    JobSlot& take(JobKind kind, std::uint32_t command);
    void release(JobSlot& slot);
    /// Hands the job to its engine; a GEMM or MATH job may wait for the accelerator slot first.
    void issue(JobSlot& slot);
    /// A GEMM or MATH job came back. When both wait, the other unit is next: neither starves, and epilogues drain.
    void accelerator_done();
    void reset();

    std::uint64_t jobs_in_flight() const { return in_flight_; }

private:
    void send(JobSlot& slot);
    void grant();

    Engines engines_;
    const sim::WheelPump& wheel_;
    const bool shared_;
    std::deque<JobSlot> slots_;
    std::vector<JobSlot*> free_;
    std::uint64_t in_flight_ = 0;
    sim::Ring<JobSlot*> gemm_waiting_, math_waiting_;
    bool accelerator_busy_ = false;
    JobKind last_granted_ = JobKind::math;
};

}  // namespace ahbm
