// SPDX-License-Identifier: Apache-2.0
/// The platform as a drawing: every SIP with its dies and blocks where the configuration puts them, in mm.
#pragma once

#include "platform/config.h"

#include <string>

namespace ahbm::cli {

/// An SVG whose user unit is a millimetre. Blocks are `rect`s whose ids are their paths ("sip0.cube3.pe5"); a router's
/// and a block's centre is its position. Labels do not overlap; where there is no room for one, the block's path is
/// still its tooltip. Not to scale: distances on the IO chiplet and beyond it.
std::string floor_plan_svg(const PlatformConfig& config);

}  // namespace ahbm::cli
