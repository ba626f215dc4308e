// SPDX-License-Identifier: Apache-2.0
// A library of kernels whose static constructor throws when AHBM_TEST_THROWS is set, and that registers nothing.
#include "firmware/tl/kernel.h"
#include "sim/plugin_abi.h"

#include <cstdlib>
#include <stdexcept>

AHBM_PLUGIN

namespace {

struct Thrower {
    Thrower() {
        if (std::getenv("AHBM_TEST_THROWS") != nullptr) throw std::runtime_error("two\nlines");
    }
} thrower;

}  // namespace

extern "C" void ahbm_register_kernels(ahbm::tl::KernelRegistry&) {}
