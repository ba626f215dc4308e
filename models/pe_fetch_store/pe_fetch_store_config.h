// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/units.h"

namespace ahbm {

struct PeFetchStoreConfig {
    sim::Time setup;

    template <class V>
    void fields(V& v) {
        v("setup", setup, "from taking a job to its first access of TCM (assumption)");
    }
};

}  // namespace ahbm
