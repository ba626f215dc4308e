// SPDX-License-Identifier: Apache-2.0
/// The vector engine: element-wise operations, reductions, softmax and epilogues on values in registers; a chain of
/// operations runs without leaving the unit. Time is ceil(elements / lanes) cycles per pass. What is computed is
/// recorded by PE_SCHEDULER, which knows the operation; this block is its timing.
/// Not modelled: pipeline depth, lane widths other than the element, the tree of a reduction.
#pragma once

#include "models/pe_contract/engine_model.h"
#include "models/pe_contract/job_lane.h"
#include "models/pe_math/pe_math_config.h"
#include "sim/wheel_pump.h"

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

namespace ahbm {

class PeMath final : public EngineModel {
public:
    tlm_utils::simple_target_socket<PeMath> control{"control"};

    PeMath(const sc_core::sc_module_name& name, const PeMathConfig& config, sim::WheelPump& wheel);

    tlm::tlm_target_socket<>& jobs() override { return control; }
    void reset() override;
    EngineState state() const override { return lane_.state(wheel_.now()); }
    sim::Time busy() const override { return lane_.busy(wheel_.now()); }
    std::uint64_t operations() const { return lane_.jobs(); }
    std::uint64_t elements() const { return elements_; }

private:
    tlm::tlm_sync_enum accept(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void refuse(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    void start_next();
    void finished(std::uint64_t epoch);

    const PeMathConfig config_;
    sim::WheelPump& wheel_;
    JobLane lane_;
    std::uint64_t elements_ = 0;
    std::uint32_t epoch_ = 0;  ///< of the last reset: older events are void
};

}  // namespace ahbm
