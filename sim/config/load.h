// SPDX-License-Identifier: Apache-2.0
/// Applies texts to a bound struct: base files, the file itself, overrides, then the validate() hooks.
/// Lists and maps given in a text replace the earlier ones as a whole; structs are merged field by field.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/config/value.h"

namespace ahbm::config {

void load_file(Structure& target, const std::filesystem::path& path, const std::vector<std::string>& overrides);
void load_text(Structure& target, const std::string& text, const std::string& name,
               const std::vector<std::string>& overrides);

/// The file and those it is based on, the deepest last. Throws ConfigError for one that cannot be read.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& path);

/// Applies the node and validates the whole.
void apply(Structure& target, const Node& node);

/// Only the validate() hooks, for a struct built in code: messages have no position.
void validate(Structure& target);

}  // namespace ahbm::config
