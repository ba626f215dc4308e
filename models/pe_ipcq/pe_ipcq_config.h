// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/abi/descriptors.h"
#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"

namespace ahbm {

using namespace sim::literals;

struct PeIpcqConfig {
    unsigned queue_pairs = 64;
    sim::Time overhead = 1_ns;
    sim::Time setup_tcm = 0_ns;
    sim::Time setup_sram = 2_ns;
    sim::Time setup_hbm = 6_ns;

    template <class V>
    void fields(V& v) {
        v("queue_pairs", queue_pairs, "queue pairs a PE can hold, 1..64 (assumption)", config::range(1, 64));
        v("overhead", overhead, "time of one operation of PE_IPCQ: reserve, receive, release (assumption)");
        v("setup_tcm", setup_tcm, "set-up of a slot read, ring in TCM (specification)");
        v("setup_sram", setup_sram, "set-up of a slot read, ring in SRAM (specification)");
        v("setup_hbm", setup_hbm, "set-up of a slot read, ring in HBM (specification)");
    }
    void validate(config::Check& check) const {
        if (queue_pairs == 0 || queue_pairs > 64) check.fail("queue_pairs", "1 to 64 is expected");
    }
    sim::Time setup(abi::BufferKind kind) const {
        return kind == abi::BufferKind::tcm ? setup_tcm : kind == abi::BufferKind::sram ? setup_sram : setup_hbm;
    }
};

}  // namespace ahbm
