// SPDX-License-Identifier: Apache-2.0
/// Times, amounts and shares as people read them.
#pragma once

#include "sim/units.h"

#include <cstdint>
#include <string>

namespace ahbm::cli {

std::string duration(sim::Time time);
std::string in_bytes(std::uint64_t bytes);
double percent(sim::Time part, sim::Time whole);

}  // namespace ahbm::cli
