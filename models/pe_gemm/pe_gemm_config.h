// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/tl/backend.h"
#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"

#include <string>

namespace ahbm {

using namespace sim::literals;

struct PeGemmConfig {
    std::string impl = "builtin.pe_gemm";
    sim::FlopRate rate = 8_TFLOPs;
    std::uint32_t tile_m = 32, tile_k = 64, tile_n = 32;

    template <class V>
    void fields(V& v) {
        v("impl", impl, "implementation of the block, see `ahbm list models` (specification)");
        v("rate", rate, "dense f16 rate; a multiply-accumulate counts as two operations (specification)");
        v("tile_m", tile_m, "rows of A and C per tile (specification)", config::range(1, 4096));
        v("tile_k", tile_k, "columns of A, rows of B per tile (specification)", config::range(1, 4096));
        v("tile_n", tile_n, "columns of B and C per tile (specification)", config::range(1, 4096));
    }
    void validate(config::Check& check) const {
        if (rate.megaflops == 0) check.fail("rate", "must be above 0");
        for (const auto& [field, extent] : {std::pair{"tile_m", tile_m}, {"tile_k", tile_k}, {"tile_n", tile_n}}) {
            if (extent == 0) check.fail(field, "must be above 0");
        }
    }
    tl::Backend::GemmTile tile() const { return {tile_m, tile_k, tile_n}; }
};

}  // namespace ahbm
