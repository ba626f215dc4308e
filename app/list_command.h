// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "experiments/registries.h"

#include <string>

namespace ahbm::cli {

/// `ahbm list`: names and what they stand for. `what` is "all" or one of scenarios, kernels, algorithms, topologies,
/// models.
int list_command(const std::string& what, const Registries& registries);

}  // namespace ahbm::cli
