// SPDX-License-Identifier: Apache-2.0
/// The one exception for everything a user can get wrong in a configuration.
/// Not for broken invariants of the program: those are no ConfigError.
#pragma once

#include <stdexcept>
#include <string>

#include "sim/config/text.h"

namespace ahbm {

/// what() is one line, `where: path: message`; parts that are not known are left out.
/// `where` is `file:line:column`, `file`, or the override as the user typed it (`--set sip.cube_mesh.w=2`).
class ConfigError : public std::runtime_error {
public:
    ConfigError(const std::string& where, const std::string& path, const std::string& message)
        : std::runtime_error(config::one_line(part(where) + part(path) + message)) {}

private:
    static std::string part(const std::string& text) { return text.empty() ? text : text + ": "; }
};

}  // namespace ahbm
