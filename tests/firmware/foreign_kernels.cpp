// SPDX-License-Identifier: Apache-2.0
/// A library that says it was built with something else; nothing of it may run.
#include <cstdlib>

namespace {
[[gnu::constructor]] void runs_when_it_is_loaded() { std::abort(); }
}  // namespace

extern "C" {
extern const char ahbm_plugin_abi[];
__attribute__((used, section(".ahbm_plugin_abi"))) const char ahbm_plugin_abi[] =
    "ABI 0, gcc 9, C++ 201703L, C++ ABI 1013, SystemC 2.3.3";
void ahbm_register_kernels(void*) { std::abort(); }
}
