// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/config/codec.h"
#include "sim/units.h"

namespace ahbm {

using namespace sim::literals;

struct PeCpuConfig {
    unsigned dispatch_cycles = 2;
    sim::Frequency clock = 1_GHz;

    template <class V>
    void fields(V& v) {
        v("dispatch_cycles", dispatch_cycles,
          "cycles a kernel spends per call of the kernel language (specification: 2 ns)", config::range(0, 1000000));
        v("clock", clock, "clock of PE_CPU (assumption)");
    }
};

}  // namespace ahbm
