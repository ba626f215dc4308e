// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/config.h"

#include <string>

namespace ahbm::cli {

/// `ahbm topo`: inventory, and drawings of SIPs, cubes and one cube's routers. `config` is what the file
/// `topology` and the overrides come to.
int topo_command(const std::string& topology, const PlatformConfig& config, const std::string& dot_file,
                 const std::string& svg_file);

}  // namespace ahbm::cli
