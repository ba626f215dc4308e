// SPDX-License-Identifier: Apache-2.0
/// Files that are there whole or not at all, whatever happens while they are written.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

namespace ahbm::sim {

/// Throws std::runtime_error, naming the file and the reason, when it cannot be written.
void write_file(const std::string& path, const std::function<void(std::ostream&)>& content);
void write_file(const std::string& path, const std::string& content);

}  // namespace ahbm::sim
