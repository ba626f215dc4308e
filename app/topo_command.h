// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/config.h"

#include <string>

namespace ahbm::cli {

/// `ahbm topo`: inventory, and drawings of SIPs, cubes and one cube's routers.
int topo_command(const PlatformConfig& config, const std::string& dot_file, const std::string& svg_file);

}  // namespace ahbm::cli
