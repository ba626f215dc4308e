// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/config/codec.h"
#include "sim/units.h"

namespace ahbm {

using namespace sim::literals;

struct PeTcmConfig {
    sim::Bytes size = 16_MiB;
    sim::Bytes scheduler_reserved = 4_MiB;
    sim::Bandwidth read_bandwidth = 512_GBps;
    sim::Bandwidth write_bandwidth = 512_GBps;

    template <class V>
    void fields(V& v) {
        v("size", size, "tightly coupled memory per PE (specification)", config::range(64_KiB, 64_MiB));
        v("scheduler_reserved", scheduler_reserved,
          "lowest part, kept for the tile buffers of composite commands (specification)", config::range(0_B, 64_MiB));
        v("read_bandwidth", read_bandwidth, "read port (specification)");
        v("write_bandwidth", write_bandwidth, "write port (specification)");
    }
};

}  // namespace ahbm
