// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/units.h"

namespace ahbm {

using namespace sim::literals;

struct PeCpuConfig {
    unsigned dispatch_cycles = 2;
    sim::Frequency clock = 1_GHz;

    template <class V>
    void fields(V& v) {
        v("dispatch_cycles", dispatch_cycles,
          "cycles a kernel spends per call of the kernel language (specification: 2 ns)");
        v("clock", clock, "clock of PE_CPU (assumption)");
    }
};

}  // namespace ahbm
