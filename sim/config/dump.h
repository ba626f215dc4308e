// SPDX-License-Identifier: Apache-2.0
/// Writes a bound struct as YAML that loads back to the same values.
#pragma once

#include <string>

#include "sim/config/value.h"

namespace ahbm::config {

std::string dump(Structure& source);

/// A value on one line ("[1, 2]", "{}"), or empty if it needs several.
std::string inline_text(Value& value);

}  // namespace ahbm::config
