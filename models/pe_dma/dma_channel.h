// SPDX-License-Identifier: Apache-2.0
/// One direction of PE_DMA, free of SystemC: which jobs hold the channel, and which bytes go out next. Jobs of one
/// stream share the channel and are pipelined; another stream waits until all of them are done.
#pragma once

#include "models/pe_contract/job.h"
#include "sim/ring.h"

#include <cstdint>

namespace ahbm {

/// A job while it holds the channel.
struct DmaTransfer {
    tlm::tlm_generic_payload* payload = nullptr;  ///< null: done
    std::uint32_t stream = 0;
    std::uint64_t rows = 1;
    std::uint64_t row_bytes = 0;
    std::uint64_t row = 0;     ///< of the next byte to issue
    std::uint64_t offset = 0;  ///< in that row
    std::uint32_t in_flight = 0;
    bool accepted = false;

    Job& job() const { return Job::of(*payload); }
    bool all_issued() const { return row == rows; }
    std::uint64_t global_address() const { return job().global.address + row * pitch(job().global) + offset; }
    std::uint64_t tcm_address() const { return job().tcm.front().address + row * pitch(job().tcm.front()) + offset; }
    void advance(std::uint64_t bytes) {
        offset += bytes;
        if (offset == row_bytes) {
            offset = 0;
            ++row;
        }
    }
    void abandon() { row = rows; }

private:
    std::uint64_t pitch(const tl::Region& region) const { return region.row_pitch != 0 ? region.row_pitch : row_bytes; }
};

class DmaChannel {
public:
    void submit(tlm::tlm_generic_payload& payload) { waiting_.push(&payload); }

    /// The transfer whose next packet may be issued; grants the channel to waiting jobs as the rules allow.
    DmaTransfer* issuing(sim::Time now);
    /// Removes a transfer that is done.
    void retire(DmaTransfer& transfer, sim::Time now);
    DmaTransfer& at(std::uint64_t id);
    std::uint64_t id_of(const DmaTransfer& transfer) const;

    /// Time the channel was held, up to now.
    sim::Time busy(sim::Time now) const { return granted() ? busy_ + (now - granted_at_) : busy_; }

    std::uint32_t in_flight = 0;  ///< packets

    bool idle() const { return active_.empty() && waiting_.empty(); }
    bool granted() const { return !active_.empty(); }
    std::uint64_t submitted() const { return first_id_ + active_.size() + waiting_.size(); }
    /// All jobs with a lower number are done.
    std::uint64_t first_open() const { return first_id_; }
    void reset();

private:
    static DmaTransfer start(tlm::tlm_generic_payload& payload);

    sim::Ring<tlm::tlm_generic_payload*> waiting_;
    sim::Ring<DmaTransfer> active_;  ///< in order of grant; done ones leave from the front
    std::uint64_t first_id_ = 0;     ///< number of the first of active_ among all jobs ever submitted
    sim::Time granted_at_;
    sim::Time busy_;
    std::size_t next_ = 0;  ///< index in active_ of the transfer that issues
};

}  // namespace ahbm
