// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ahbm::config {

/// An override "path=value" whose messages begin with `where` it comes from, an option as typed or a place in a file,
/// instead of "--set path=value".
std::string override_from(const std::string& where, const std::string& override_text);

}  // namespace ahbm::config
