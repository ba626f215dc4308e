// SPDX-License-Identifier: Apache-2.0
// libsystemc exports main and calls sc_main, so gtest_main would link and run no test at all.
#include <gtest/gtest.h>

#include <systemc>

int sc_main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
