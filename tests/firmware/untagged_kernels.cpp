// SPDX-License-Identifier: Apache-2.0
/// A library that does not say what it was built with; nothing of it may run.
#include <cstdlib>

namespace {
[[gnu::constructor]] void runs_when_it_is_loaded() { std::abort(); }
}  // namespace

extern "C" void ahbm_register_kernels(void*) { std::abort(); }
extern "C" void ahbm_register_scenarios(void*) { std::abort(); }
