// SPDX-License-Identifier: Apache-2.0
/// In the place of PE_SCHEDULER in front of one engine: hands it jobs and notes when they were accepted and complete.
#pragma once

#include "models/pe_contract/job.h"
#include "sim/wheel_pump.h"

#include <gtest/gtest.h>

#include <tlm_utils/simple_initiator_socket.h>

#include <systemc>

#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace ahbm::test {

class JobDriver : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<JobDriver> engine{"engine"};

    struct Entry {
        Job job;
        tlm::tlm_generic_payload payload;
        std::optional<sim::Time> accepted, done;
        ~Entry() { payload.clear_extension(&job); }
    };
    std::vector<const Entry*> completed;  ///< in order

    JobDriver(const sc_core::sc_module_name& name, sim::WheelPump& wheel) : sc_module(name), wheel_(wheel) {
        engine.register_nb_transport_bw(this, &JobDriver::answered);
    }

    /// Hands over a job now. Engines queue; no answer comes from inside the call.
    const Entry& submit(const Job& job) {
        Entry& entry = entries_.emplace_back();
        entry.job = job;
        entry.payload.set_extension(&entry.job);
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay = wheel_.delay();
        submitting_ = true;
        EXPECT_EQ(engine->nb_transport_fw(entry.payload, phase, delay), tlm::TLM_ACCEPTED);
        submitting_ = false;
        return entry;
    }
    /// Hands over a job, waits for it, and returns what it took from its start on.
    sim::Time time_of(const Job& job) {
        const Entry& entry = submit(job);
        while (!entry.done) sc_core::wait(1, sc_core::SC_NS);
        EXPECT_EQ(entry.job.ended, *entry.done);
        return entry.job.ended - entry.job.started;
    }
    /// A blocking call, which engines refuse.
    tlm::tlm_response_status block(const Job& job) {
        Entry& entry = entries_.emplace_back();
        entry.job = job;
        entry.payload.set_extension(&entry.job);
        sc_core::sc_time delay;
        engine->b_transport(entry.payload, delay);
        return entry.payload.get_response_status();
    }

private:
    tlm::tlm_sync_enum answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time&) {
        EXPECT_FALSE(submitting_) << "an answer from inside the call that brought the job";
        for (Entry& entry : entries_) {
            if (&entry.payload != &payload) continue;
            std::optional<sim::Time>& at = phase == tlm::END_REQ ? entry.accepted : entry.done;
            EXPECT_FALSE(at) << "answered twice";
            at = wheel_.now();
            if (phase != tlm::END_REQ) completed.push_back(&entry);
        }
        return phase == tlm::END_REQ ? tlm::TLM_ACCEPTED : tlm::TLM_COMPLETED;
    }

    sim::WheelPump& wheel_;
    std::deque<Entry> entries_;
    bool submitting_ = false;
};

}  // namespace ahbm::test
