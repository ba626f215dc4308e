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
    std::uint32_t array_k = 64, array_n = 32;
    std::uint32_t f32_slowdown = 4;

    template <class V>
    void fields(V& v) {
        v("impl", impl, "implementation of the block, see `ahbm list models` (specification)");
        v("rate", rate, "dense f16 rate; a multiply-accumulate counts as two operations (specification)");
        v("tile_m", tile_m, "rows of A and C per tile (specification)", config::range(1, 4096));
        v("tile_k", tile_k, "columns of A, rows of B per tile (specification)", config::range(1, 4096));
        v("tile_n", tile_n, "columns of B and C per tile (specification)", config::range(1, 4096));
        v("array_k", array_k,
          "a tile's k is rounded up to a multiple of it for time: the array's rows work or idle together; 1: exact "
          "(assumption)",
          config::range(1, 4096));
        v("array_n", array_n, "likewise n, the array's columns; m streams through and is never rounded (assumption)",
          config::range(1, 4096));
        v("f32_slowdown", f32_slowdown, "a tile of f32 takes so many times what one of f16 takes (assumption)",
          config::range(1, 1024));
    }
    void validate(config::Check& check) const {
        if (rate.megaflops == 0) check.fail("rate", "must be above 0");
    }
    tl::Backend::GemmTile tile() const { return {tile_m, tile_k, tile_n}; }
    /// Operations the array's time is that of: those of the tile filled up to the array's size.
    std::uint64_t paid_flop(std::uint64_t m, std::uint64_t k, std::uint64_t n, Dtype dtype) const {
        const auto up = [](std::uint64_t extent, std::uint64_t to) { return (extent + to - 1) / to * to; };
        return 2 * m * up(k, array_k) * up(n, array_n) * (dtype == Dtype::f32 ? f32_slowdown : 1);
    }
};

}  // namespace ahbm
