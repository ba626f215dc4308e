// SPDX-License-Identifier: Apache-2.0
/// What a plug-in was built with. A library says AHBM_PLUGIN once, at namespace scope; a loader compares it with what
/// the platform was built with and refuses a library that differs, whose objects would have another layout.
#pragma once

#include <cstddef>  // the library's own macros

// By hand, with every change of a header that plug-ins include.
#define AHBM_PLUGIN_ABI_VERSION "4"

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

// What changes the layout of the library's types, or who allocates.
#if defined(_GLIBCXX_USE_CXX11_ABI) && !_GLIBCXX_USE_CXX11_ABI
#define AHBM_STRINGS ", old strings"
#else
#define AHBM_STRINGS ""
#endif
#ifdef _GLIBCXX_DEBUG
#define AHBM_LIBRARY_MODE ", debug containers"
#else
#define AHBM_LIBRARY_MODE ""
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AHBM_SANITIZER ", address sanitizer"
#elif __has_feature(thread_sanitizer)
#define AHBM_SANITIZER ", thread sanitizer"
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define AHBM_SANITIZER ", address sanitizer"
#elif defined(__SANITIZE_THREAD__)
#define AHBM_SANITIZER ", thread sanitizer"
#endif
#ifndef AHBM_SANITIZER
#define AHBM_SANITIZER ""
#endif

/// "ABI 4, gcc 12, C++ 202002L, C++ ABI 1017, SystemC 2.3.4", then ", old strings", ", debug containers"
/// (_GLIBCXX_DEBUG) and
/// ", address sanitizer" where they are.
#define AHBM_PLUGIN_ABI                                                                                       \
    "ABI " AHBM_PLUGIN_ABI_VERSION ", " AHBM_COMPILER ", C++ " AHBM_TEXT(__cplusplus) ", C++ ABI " AHBM_TEXT( \
        __GXX_ABI_VERSION) ", SystemC " AHBM_SYSTEMC_VERSION AHBM_STRINGS AHBM_LIBRARY_MODE AHBM_SANITIZER

/// Has the text in the file, so that it is read before any of the library runs.
#define AHBM_PLUGIN_SECTION ".ahbm_plugin_abi"

// Visible, so that no linker drops it, whatever the library is built with.
#define AHBM_PLUGIN                                                                                     \
    extern "C" {                                                                                        \
    extern __attribute__((visibility("default"))) const char ahbm_plugin_abi[];                         \
    __attribute__((used, section(AHBM_PLUGIN_SECTION))) const char ahbm_plugin_abi[] = AHBM_PLUGIN_ABI; \
    }
