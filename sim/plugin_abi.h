// SPDX-License-Identifier: Apache-2.0
/// What a plug-in was built with. A library says AHBM_PLUGIN once, at namespace scope; a loader compares it with what
/// the platform was built with and refuses a library that differs, whose objects would have another layout.
#pragma once

// By hand, with every change of a header that plug-ins include.
#define AHBM_PLUGIN_ABI_VERSION "1"

#define AHBM_TEXT_OF(x) #x
#define AHBM_TEXT(x) AHBM_TEXT_OF(x)
#if defined(__clang__)
#define AHBM_COMPILER "clang " AHBM_TEXT(__clang_major__)
#elif defined(__GNUC__)
#define AHBM_COMPILER "gcc " AHBM_TEXT(__GNUC__)
#else
#define AHBM_COMPILER "another compiler"
#endif
#ifndef AHBM_SYSTEMC_VERSION  // comes with the CMake target
#define AHBM_SYSTEMC_VERSION "unknown"
#endif

/// "ABI 1, gcc 12, C++ 202002L, C++ ABI 1017, SystemC 2.3.4"
#define AHBM_PLUGIN_ABI                               \
    "ABI " AHBM_PLUGIN_ABI_VERSION ", " AHBM_COMPILER \
    ", C++ " AHBM_TEXT(__cplusplus) ", C++ ABI " AHBM_TEXT(__GXX_ABI_VERSION) ", SystemC " AHBM_SYSTEMC_VERSION

#define AHBM_PLUGIN                                                             \
    extern "C" {                                                                \
    __attribute__((visibility("default"))) extern const char ahbm_plugin_abi[]; \
    const char ahbm_plugin_abi[] = AHBM_PLUGIN_ABI;                             \
    }
