// SPDX-License-Identifier: Apache-2.0
/// Runs a test body inside the SystemC kernel. The modules are elaborated in the TEST before; every TEST is a process
/// of its own, so nothing is left over from another one.
#pragma once

#include "sim/units.h"

#include <gtest/gtest.h>

#include <systemc>

#include <ostream>
#include <utility>

namespace ahbm::sim {
/// How a failed expectation shows a time.
inline void PrintTo(Time time, std::ostream* out) { *out << time.ps() << " ps"; }
}  // namespace ahbm::sim

namespace ahbm::test {

/// Runs `body` as a SystemC thread, and the simulation until nothing is left to do. Fails when the body is still
/// waiting then (or at `limit`), and on any SystemC warning.
template <class Body>
void simulate(Body body, sc_core::sc_time limit = sc_core::sc_time(1, sc_core::SC_SEC)) {
    bool returned = false;
    sc_core::sc_spawn([&returned, body = std::move(body)]() mutable {
        body();
        returned = true;
    });
    sc_core::sc_start(limit, sc_core::SC_EXIT_ON_STARVATION);
    EXPECT_TRUE(returned) << "the test body is still blocked at " << sc_core::sc_time_stamp();
    EXPECT_EQ(sc_core::sc_report_handler::get_count(sc_core::SC_WARNING), 0) << "SystemC warned";
    EXPECT_EQ(sc_core::sc_report_handler::get_count(sc_core::SC_ERROR), 0) << "SystemC reported an error";
}

}  // namespace ahbm::test
