// SPDX-License-Identifier: Apache-2.0
/// A plug-in as a user would build it, but for -D_GLIBCXX_DEBUG: its containers have another layout.
#include "sim/plugin_abi.h"

#include <cstdlib>

AHBM_PLUGIN

extern "C" void ahbm_register_kernels(void*) { std::abort(); }
