// SPDX-License-Identifier: Apache-2.0
/// A library that does not say what it was built with; its registration must not be called.
#include <cstdlib>

extern "C" void ahbm_register_kernels(void*) { std::abort(); }
extern "C" void ahbm_register_scenarios(void*) { std::abort(); }
