// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace ahbm {

using namespace sim::literals;

/// How a transaction crosses the fabric.
enum class Timing : std::uint8_t {
    hop,   ///< hop by hop in simulated-time order: exact under contention
    fast,  ///< the whole path is reserved at issue: cheaper, approximate under contention
    flit,  ///< hop by hop in flits, with finite buffers, credits and back-pressure
};
inline std::span<const std::pair<std::string_view, Timing>> enum_names(Timing) {
    static constexpr std::pair<std::string_view, Timing> names[] = {
        {"hop", Timing::hop}, {"fast", Timing::fast}, {"flit", Timing::flit}};
    return names;
}

struct FlitConfig {
    unsigned vc_depth = 8;

    template <class V>
    void fields(V& v) {
        v("vc_depth", vc_depth,
          "flits that a link's FIFO holds per virtual channel, beyond those of its own round trip (assumption)",
          config::range(1, 65536));
    }
    void validate(config::Check& check) const {
        if (vc_depth == 0) check.fail("vc_depth", "at least 1 is expected");
    }
};

struct FabricConfig {
    Timing timing = Timing::hop;
    sim::Bytes header = 16_B;
    sim::Bytes max_packet = 4_KiB;
    unsigned max_outstanding = 8;
    bool run_ahead = true;
    FlitConfig flit;

    template <class V>
    void fields(V& v) {
        v("timing", timing,
          "hop: time-ordered, exact under contention; fast: path reserved at issue; flit: finite buffers "
          "(specification)");
        v("header", header, "size on the wire of a read request and of a write acknowledgement (assumption)",
          config::range(1_B, 4_KiB));
        v("max_packet", max_packet, "engines split transfers into packets of at most this size (specification)",
          config::range(256_B, 1_MiB));
        v("max_outstanding", max_outstanding,
          "packets of one DMA channel in flight (assumption: hides 128 ns at 256 GB/s)", config::range(1, 65536));
        v("run_ahead", run_ahead,
          "let the event wheel run ahead of sc_time_stamp() while the kernel is idle; results are identical "
          "(assumption)");
        v("flit", flit, "buffers of `flit` timing");
    }
    void validate(config::Check& check) const {
        if (max_packet < 256 || (max_packet & (max_packet - 1)) != 0)
            check.fail("max_packet", "a power of two of at least 256 B is expected");
        if (max_outstanding == 0) check.fail("max_outstanding", "at least 1 is expected");
    }
};

}  // namespace ahbm
