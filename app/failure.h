// SPDX-License-Identifier: Apache-2.0
/// What an exception means to who gave the command.
#pragma once

#include "app/command_line.h"
#include "platform/system.h"

#include <exception>
#include <string>

namespace ahbm::cli {

struct Failure {
    ExitCode code;
    std::string text;
};
Failure judge(const std::exception_ptr& exception);

/// Prints, on standard error, what was found in a run besides its figures; the exit code that this means.
ExitCode tell_findings(System& system);

}  // namespace ahbm::cli
