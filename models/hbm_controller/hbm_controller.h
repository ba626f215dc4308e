// SPDX-License-Identifier: Apache-2.0
/// HBM controller of one PE's slice, on that PE's router.
#pragma once

#include "models/hbm_controller/hbm_timing.h"

#include <systemc>

namespace ahbm {

class HbmController : public sc_core::sc_module {
public:
    /// `base`: offset of the slice in the cube's HBM window.
    HbmController(const sc_core::sc_module_name& name, Fabric& fabric, const HbmConfig& config, std::uint64_t base,
                  shadow::Recorder& recorder)
        : sc_module(name), timing_(config), memory(this->name(), fabric, timing_, recorder, base, config.slice) {}

    const HbmTiming& timing() const { return timing_; }
    sim::Observers<HbmObserver>& observers() { return timing_.observers(); }
    void reset() {
        timing_.reset();
        memory.reset();
    }

private:
    HbmTiming timing_;

public:
    MemoryEndpoint memory;
};

}  // namespace ahbm
