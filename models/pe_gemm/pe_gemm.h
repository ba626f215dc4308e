// SPDX-License-Identifier: Apache-2.0
/// The matrix engine: C[m,n] += A[m,k] B[k,n] on one tile at a time; the accumulator stays resident over k.
/// Time is flop / rate of the tile filled up to the array's size in k and n, so an edge tile costs what the array
/// costs; f32 takes longer by a factor. What is computed is recorded by PE_SCHEDULER, which knows the operation; this
/// block is its timing. Not modelled: array fill and drain.
#pragma once

#include "models/pe_contract/engine_model.h"
#include "models/pe_contract/job_lane.h"
#include "models/pe_gemm/pe_gemm_config.h"
#include "sim/wheel_pump.h"

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

namespace ahbm {

class PeGemm final : public EngineModel {
public:
    tlm_utils::simple_target_socket<PeGemm> control{"control"};

    PeGemm(const sc_core::sc_module_name& name, const PeGemmConfig& config, sim::WheelPump& wheel);

    tlm::tlm_target_socket<>& jobs() override { return control; }
    void reset() override;
    EngineState state() const override { return lane_.state(wheel_.now()); }
    sim::Time busy() const override { return lane_.busy(wheel_.now()); }
    std::uint64_t tiles() const { return lane_.jobs(); }
    std::uint64_t flop() const { return flop_; }

private:
    tlm::tlm_sync_enum accept(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void refuse(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    void start_next();
    void finished(std::uint64_t epoch);

    const PeGemmConfig config_;
    sim::WheelPump& wheel_;
    JobLane lane_;
    std::uint64_t flop_ = 0;
    std::uint32_t epoch_ = 0;  ///< of the last reset: older events are void
};

}  // namespace ahbm
