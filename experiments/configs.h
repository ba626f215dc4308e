// SPDX-License-Identifier: Apache-2.0
/// Where shipped configuration files are: $AHBM_CONFIGS, the installation the program belongs to, or the source tree.
#pragma once

#include "experiments/registries.h"
#include "platform/config.h"
#include "sw_runtime/collectives/config.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ahbm {

/// The file of `kind` ("topology", "scenarios") that a user means by a name or a path. Throws InputError listing what
/// there is.
std::filesystem::path find_config(const std::string& kind, const std::string& name);
std::vector<std::string> config_names(const std::string& kind);
/// Algorithms of collectives, from "ccl" (configs/ccl.yaml) or a file; `ccl_set`: overrides as "defaults.n_slots=8".
runtime::CclConfig load_ccl(const std::string& name, const std::vector<std::string>& ccl_set);
/// Whatever it names must exist. Throws ConfigError.
runtime::CclConfig load_ccl(const std::string& name, const std::vector<std::string>& ccl_set,
                            const Registries& registries);

/// What is said of collectives, and whether sizes come from elsewhere than an algorithm's n_elem.
struct CclSettings {
    std::string name;                    ///< or file
    std::vector<std::string> overrides;  ///< --ccl-set
    bool sized = true;
};
/// The settings that `who` runs by.
using EffectiveSettings = std::function<runtime::CclConfig(const runtime::CclConfig&)>;
/// Throws InputError for an override that changes none of them.
void check_used(const CclSettings& said, const EffectiveSettings& effective, const std::string& who);

/// What there is for a field of an algorithm that names something: op, kernel, topology, mapper, validator. Of others
/// nothing.
std::vector<std::string> known_names(const std::string& field, const Registries& registries);

/// A topology with the overrides of --set and --timing, which may not say two things.
PlatformConfig load_platform(const std::string& topology, std::vector<std::string> overrides,
                             const std::string& timing);

}  // namespace ahbm
