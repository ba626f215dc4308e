// SPDX-License-Identifier: Apache-2.0
/// What a struct's `void validate(config::Check& check) const` reports contradictions to. The hook runs after
/// everything is loaded, nested structs first.
#pragma once

#include <map>
#include <string>
#include <utility>

namespace ahbm::config {

/// Where each path was last set.
using Locations = std::map<std::string, std::string>;

class Check {
public:
    Check(const Locations& locations, std::string path) : locations_(locations), path_(std::move(path)) {}

    /// Throws a ConfigError at `field` ("" = the struct itself; "mesh.w" and "pes[2]" work too). The position is that
    /// of the field, or of the nearest enclosing value that was written down.
    [[noreturn]] void fail(const std::string& field, const std::string& message) const;

private:
    const Locations& locations_;
    std::string path_;
};

}  // namespace ahbm::config
