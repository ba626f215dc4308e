// SPDX-License-Identifier: Apache-2.0
#include "sim/ids.h"

#include <fmt/format.h>

namespace ahbm {

std::string to_string(PeCoord at) { return fmt::format("sip{}.cube{}.pe{}", at.sip.value, at.cube.value, at.pe.value); }

}  // namespace ahbm
