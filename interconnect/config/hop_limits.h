// SPDX-License-Identifier: Apache-2.0
/// What parts of a hop may cost at most. A route over every router of the largest SIP (16384 of them) then costs less
/// than `unreachable` in the routing tables (ways.h), and less than half of what a time can say.
#pragma once

#include "sim/units.h"

namespace ahbm {

constexpr sim::Time max_hop_overhead = sim::Time::ps(1'000'000'000);  // 1 ms
constexpr sim::Millimetres max_wire{1000};
constexpr sim::WireDelay max_wire_delay{1e6};  // 1 us/mm

}  // namespace ahbm
