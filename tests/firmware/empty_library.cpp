// SPDX-License-Identifier: Apache-2.0
/// A plug-in without kernels.
#include "sim/plugin_abi.h"

AHBM_PLUGIN

extern "C" int ahbm_no_kernels_here() { return 0; }
