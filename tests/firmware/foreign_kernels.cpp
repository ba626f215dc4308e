// SPDX-License-Identifier: Apache-2.0
/// A library that says it was built with something else; its registration must not be called.
#include <cstdlib>

extern "C" {
extern const char ahbm_plugin_abi[];
const char ahbm_plugin_abi[] = "ABI 0, gcc 9, C++ 201703L, C++ ABI 1013, SystemC 2.3.3";
void ahbm_register_kernels(void*) { std::abort(); }
}
