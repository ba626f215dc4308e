// SPDX-License-Identifier: Apache-2.0
/// A shared library that is no kernel plug-in.
extern "C" int ahbm_no_kernels_here() { return 0; }
