// SPDX-License-Identifier: Apache-2.0
/// Text as it appears in messages: quoted on one line, and the nearest name to a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ahbm::config {

/// Control characters escaped, so that any text stays on one line.
std::string one_line(std::string_view text);

/// one_line() in double quotes, with quotes and backslashes escaped. Also a valid YAML double-quoted scalar.
std::string in_quotes(std::string_view text);

/// The candidate a user most likely meant (few edits away; the first of equals), or empty.
std::string_view nearest(std::string_view name, const std::vector<std::string>& candidates);

/// "; did you mean 'channels'?", or the list of what exists if nothing is near.
std::string hint(std::string_view name, const std::vector<std::string>& candidates);

/// "a, b, c"
std::string joined(const std::vector<std::string>& names);

}  // namespace ahbm::config
