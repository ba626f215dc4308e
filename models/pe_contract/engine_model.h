// SPDX-License-Identifier: Apache-2.0
/// A compute engine of a PE as the rest sees it: jobs of PE_SCHEDULER at a socket (job.h says how they are answered),
/// and what measurements and waves ask. Another implementation, RTL behind a transactor for one, takes its place by
/// name.
#pragma once

#include "models/pe_contract/engine_state.h"
#include "sim/units.h"

#include <tlm>

#include <systemc>

namespace ahbm {

class EngineModel : public sc_core::sc_module {
public:
    using sc_module::sc_module;
    virtual tlm::tlm_target_socket<>& jobs() = 0;
    virtual EngineState state() const = 0;
    /// Time it has worked, up to now.
    virtual sim::Time busy() const = 0;
    /// Forgets its jobs.
    virtual void reset() = 0;
};

}  // namespace ahbm
