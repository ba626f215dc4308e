// SPDX-License-Identifier: Apache-2.0
/// The reference page of a struct: a Markdown table of every field with type, default and description.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/config/value.h"

namespace ahbm::config {

/// `defaults` is used up: its lists and maps are changed to look at their element types.
std::string reference(Structure& defaults, const std::string& title);

/// Of every field with few values, by its path: all of them.
std::map<std::string, std::vector<std::string>> choices(Structure& config);

}  // namespace ahbm::config
