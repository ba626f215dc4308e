// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"

namespace ahbm {

using namespace sim::literals;

struct HbmConfig {
    unsigned channels = 8;
    sim::Bandwidth channel_bandwidth = 32_GBps;
    sim::Bytes burst = 256_B;
    sim::Bytes slice = 6_GiB;
    sim::Bandwidth link_bandwidth = 256_GBps;
    sim::Time turnaround = 0_ns;
    sim::Time refresh_interval = 0_ns;
    sim::Time refresh_time = 0_ns;
    sim::Time row_miss = 0_ns;
    sim::Bytes row = 1_KiB;

    template <class V>
    void fields(V& v) {
        v("channels", channels, "pseudo-channels per PE slice; a power of two (specification)", config::range(1, 1024));
        v("channel_bandwidth", channel_bandwidth,
          "per pseudo-channel (specification; as HBM4, JESD270-4: 32 bit at 8 Gb/s, 64 of them are 2 TB/s per stack; "
          "HBM3, JESD238: 32 bit at 6.4 Gb/s, 25.6 GB/s)");
        v("burst", burst, "interleaving unit and smallest access; a power of two (specification)",
          config::range(1_B, 64_KiB));
        v("slice", slice,
          "HBM of one PE; a cube has as many slices as PEs (specification: 6 GB, read as 2^30 bytes: a memory size)",
          config::range(4_KiB, 128_GiB));
        v("link_bandwidth", link_bandwidth, "controller to router, per direction (specification)");
        v("turnaround", turnaround,
          "penalty when a channel changes between read and write; 0: not modelled (assumption)");
        v("refresh_interval", refresh_interval,
          "tREFI; 0: refresh not modelled (assumption: off; public models of HBM2 and HBM3 use 3.9 us)");
        v("refresh_time", refresh_time,
          "tRFC: all channels are busy this long every refresh_interval (assumption: off; public models of HBM3 use "
          "260 to "
          "450 ns, by density)");
        v("row_miss", row_miss,
          "tRP + tRCD when an access leaves the open row; 0: row buffer not modelled (assumption: off; about 28 ns)");
        v("row", row, "row buffer per pseudo-channel; a power of two (JESD238: 1 KiB)", config::range(1_B, 1_MiB));
    }
    void validate(config::Check& check) const {
        const auto power_of_two = [](std::uint64_t n) { return n != 0 && (n & (n - 1)) == 0; };
        if (!power_of_two(channels)) check.fail("channels", "a power of two is expected");
        if (!power_of_two(burst)) check.fail("burst", "a power of two is expected");
        if (!power_of_two(row)) check.fail("row", "a power of two is expected");
        if (slice % burst != 0) check.fail("slice", "a multiple of the burst is expected");
        if (refresh_interval > sim::Time{} && refresh_time >= refresh_interval)
            check.fail("refresh_time", "less than refresh_interval is expected");
        if (refresh_interval == sim::Time{} && refresh_time > sim::Time{})
            check.fail("refresh_time", "has no effect without a refresh_interval");
        if (refresh_interval > sim::Time{} && refresh_time == sim::Time{})
            check.fail("refresh_interval", "has no effect without a refresh_time");
    }
};

}  // namespace ahbm
