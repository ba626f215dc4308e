// SPDX-License-Identifier: Apache-2.0
/// Moves operands between TCM and the registers of the engines, at the bandwidth of TCM's ports. One fetch and one
/// store at a time, which overlap. A fetch binds the values that are visible at its start; reading bytes that nobody
/// wrote fails the job. A store's bytes are visible at its end.
/// Not modelled: the register file's size and ports (PE_SCHEDULER limits how much is in flight).
#pragma once

#include "models/pe_contract/job_lane.h"
#include "models/pe_contract/tcm_access.h"
#include "models/pe_fetch_store/pe_fetch_store_config.h"
#include "sim/wheel_pump.h"

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <systemc>

namespace ahbm {

class PeFetchStore : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<PeFetchStore> control{"control"};
    tlm_utils::simple_initiator_socket<PeFetchStore> tcm{"tcm"};

    PeFetchStore(const sc_core::sc_module_name& name, const PeFetchStoreConfig& config, sim::WheelPump& wheel,
                 const shadow::Recorder& recorder);

    void reset();

    enum class Side : std::uint8_t { fetch, store };
    EngineState state(Side side) const { return lane(side).state(wheel_.now()); }
    /// When a stalled side will be busy.
    sim::Time starts(Side side) const { return lane(side).started(); }
    sim::Time busy(Side side) const { return lane(side).busy(wheel_.now()); }

private:
    tlm::tlm_sync_enum accept(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void refuse(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    void start_next(Side side);
    sim::Time transfer(Job& job, std::size_t index, Side side, sim::Time from);
    void finished(std::uint64_t ticket);
    const JobLane& lane(Side side) const { return side == Side::fetch ? fetch_ : store_; }
    JobLane& lane(Side side) { return side == Side::fetch ? fetch_ : store_; }

    const PeFetchStoreConfig config_;
    sim::WheelPump& wheel_;
    const shadow::Recorder& recorder_;
    JobLane fetch_, store_;
    TcmAccess access_;
    tlm::tlm_generic_payload payload_;  ///< of access_
    std::uint32_t epoch_ = 0;           ///< of the last reset: older events are void
};

}  // namespace ahbm
