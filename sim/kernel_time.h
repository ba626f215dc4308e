// SPDX-License-Identifier: Apache-2.0
/// The one bridge between sim::Time and sc_time.
#pragma once

#include "sim/units.h"

#include <systemc>

namespace ahbm::sim {

inline sc_core::sc_time to_sc_time(Time time) {
    return sc_core::sc_time::from_value(static_cast<sc_dt::uint64>(time.ps()));
}
/// The kernel's resolution is 1 ps by default; the platform refuses to elaborate with another one.
inline Time from_sc_time(const sc_core::sc_time& time) { return Time::ps(static_cast<std::int64_t>(time.value())); }

}  // namespace ahbm::sim
