// SPDX-License-Identifier: Apache-2.0
// AHBM_FUZZ_TARGET is one of targets.h.
#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ahbm::fuzz::AHBM_FUZZ_TARGET({data, size});
    return 0;
}

/// libsystemc, which comes with configurations that stand beside their modules, wants one. Nothing is simulated.
extern "C" int sc_main(int, char**) { return 0; }
