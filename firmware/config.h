// SPDX-License-Identifier: Apache-2.0
/// What firmware costs and how much it accepts.
#pragma once

#include "sim/config/codec.h"
#include "sim/units.h"

namespace ahbm::firmware {

struct FirmwareConfig {
    sim::Time io_cpu_overhead = sim::Time::ps(10'000);
    sim::Time m_cpu_overhead = sim::Time::ps(5'000);
    sim::Time pe_cpu_overhead = sim::Time::ps(2'000);
    sim::Time issue_cost = sim::Time::ps(1'000);
    unsigned max_in_flight = 1;
    unsigned max_tensors = 32;
    unsigned max_scalars = 16;

    template <class V>
    void fields(V& v) {
        v("io_cpu_overhead", io_cpu_overhead, "IO_CPU's processing time per message it takes (specification)");
        v("m_cpu_overhead", m_cpu_overhead, "M_CPU's processing time per message it takes (specification)");
        v("pe_cpu_overhead", pe_cpu_overhead, "PE_CPU's processing time per message it takes (specification)");
        v("issue_cost", issue_cost, "a CPU's time to issue one outgoing write (assumption)");
        v("max_in_flight", max_in_flight, "requests a SIP works on at once; 1: ordered as on a stream (assumption)",
          config::range(1, 1024));
        v("max_tensors", max_tensors, "tensor arguments of a launch (assumption)", config::range(0, 32));
        v("max_scalars", max_scalars, "scalar arguments of a launch (assumption)", config::range(0, 16));
    }
};

}  // namespace ahbm::firmware
