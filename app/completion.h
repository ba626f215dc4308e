// SPDX-License-Identifier: Apache-2.0
/// `ahbm completion`: what Bash offers behind `ahbm`. The script asks this program, so that scenarios, topologies,
/// algorithms and configuration values are those that exist.
#pragma once

#include "experiments/registries.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ahbm::cli {

const char* completion_script();
/// What the last of `words` may become; `words` are those behind the program's name. Nothing: a file, perhaps.
std::vector<std::string> completions(CLI::App& app, const std::vector<std::string>& words,
                                     const Registries& registries);

}  // namespace ahbm::cli
