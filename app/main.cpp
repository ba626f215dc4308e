// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"
#include "sim/huge_pages.h"
#include "sim/interrupt.h"

#include <sysc/kernel/sc_externs.h>  // sc_main

#include <cstdlib>

/// The first line on standard error is ours: libsystemc prints its banner there before sc_main, unless told not to.
[[gnu::constructor]] static void silence_banner() { setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0); }

int sc_main(int argc, char** argv) {
    ahbm::sim::prefer_huge_pages(std::size_t{1} << 30);
    const int code = ahbm::cli::run(argc, argv);
    if (code > 128) ahbm::sim::end_by_signal(code - 128);
    return code;
}
