// SPDX-License-Identifier: Apache-2.0
/// Where shipped configuration files are: $AHBM_CONFIGS, the installation the program belongs to, or the source tree.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ahbm::cli {

/// The file of `kind` ("topology", "scenarios") that a user means by a name or a path. Throws InputError listing what
/// there is.
std::filesystem::path find_config(const std::string& kind, const std::string& name);
std::vector<std::string> config_names(const std::string& kind);

}  // namespace ahbm::cli
