// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/config/text.h"

#include <stdexcept>
#include <string>

namespace ahbm {

/// What the user gave cannot be run; exit code 2. One sentence.
class InputError : public std::runtime_error {
public:
    explicit InputError(const std::string& text) : std::runtime_error(config::one_line(text)) {}
};

}  // namespace ahbm
