// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"

#include <string>

namespace ahbm {

using namespace sim::literals;

struct PeMathConfig {
    std::string impl = "builtin.pe_math";
    std::uint32_t lanes = 64;
    sim::Frequency clock = 1_GHz;
    std::uint32_t transcendental_passes = 4;

    template <class V>
    void fields(V& v) {
        v("impl", impl, "implementation of the block, see `ahbm list models` (specification)");
        v("lanes", lanes, "elements per clock cycle and pass (assumption)", config::range(1, 65536));
        v("clock", clock, "clock of the vector unit (assumption)");
        v("transcendental_passes", transcendental_passes, "passes of exp, log, sqrt, div and their like (assumption)",
          config::range(1, 1024));
    }
    void validate(config::Check& check) const {
        if (lanes == 0) check.fail("lanes", "must be above 0");
        if (clock.kilohertz == 0) check.fail("clock", "must be above 0");
        if (transcendental_passes == 0) check.fail("transcendental_passes", "must be above 0");
    }
};

}  // namespace ahbm
