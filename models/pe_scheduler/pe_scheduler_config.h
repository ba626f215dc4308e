// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"

#include <utility>

namespace ahbm {

using namespace sim::literals;

struct PeSchedulerConfig {
    sim::Time overhead = 1_ns;
    std::uint32_t command_fifo_depth = 32;
    bool share_accelerator_slot = true;
    std::uint32_t tile_buffers = 4;
    std::uint32_t output_buffers = 2;
    std::uint32_t register_sets = 2;
    std::uint32_t accumulators = 2;
    std::uint32_t kept_reports = 4096;

    template <class V>
    void fields(V& v) {
        v("overhead", overhead, "per command dispatched, one after the other (specification)");
        v("command_fifo_depth", command_fifo_depth, "commands taken from PE_CPU and not complete (assumption)",
          config::range(1, 65536));
        v("share_accelerator_slot", share_accelerator_slot, "GEMM and MATH exclude each other (specification)");
        v("tile_buffers", tile_buffers,
          "tiles in flight per streamed operand of a composite; two double-buffer, more hide the DMA's round trip "
          "(assumption)",
          config::range(1, 1024));
        v("output_buffers", output_buffers, "output tiles between STORE and DMA_OUT (specification: double-buffered)",
          config::range(1, 1024));
        v("register_sets", register_sets, "operand tiles in registers: one in use, others being filled (assumption)",
          config::range(1, 1024));
        v("accumulators", accumulators, "output tiles between their first GEMM and their STORE (assumption)",
          config::range(1, 1024));
        v("kept_reports", kept_reports, "composite reports kept per PE, the latest; others are counted (assumption)",
          config::range(0, 1 << 20));
    }
    void validate(config::Check& check) const {
        for (const auto& [field, value] : {std::pair{"command_fifo_depth", command_fifo_depth},
                                           {"tile_buffers", tile_buffers},
                                           {"output_buffers", output_buffers},
                                           {"register_sets", register_sets},
                                           {"accumulators", accumulators}}) {
            if (value == 0) check.fail(field, "must be above 0");
        }
    }
};

}  // namespace ahbm
