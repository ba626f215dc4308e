// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"

namespace ahbm {

using namespace sim::literals;

struct HostConfig {
    unsigned max_outstanding = 32;
    unsigned completion_depth = 1024;

    template <class V>
    void fields(V& v) {
        v("max_outstanding", max_outstanding, "packets of the host's DMA engine in flight, per direction (assumption)",
          config::range(1, 65536));
        v("completion_depth", completion_depth, "completions the host's queue holds (assumption)",
          config::range(1, 1 << 20));
    }
    void validate(config::Check& check) const {
        if (max_outstanding == 0) check.fail("max_outstanding", "at least 1 is expected");
        if (completion_depth == 0) check.fail("completion_depth", "at least 1 is expected");
    }
};

}  // namespace ahbm
