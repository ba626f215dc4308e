// SPDX-License-Identifier: Apache-2.0
/// The `ahbm` command. A user's own sc_main may call it with scenarios and kernels of its own registered.
#pragma once

namespace ahbm {
struct Registries;
}

namespace ahbm::cli {

/// Exit codes of every command.
enum ExitCode : int { ok = 0, verification_failed = 1, bad_input = 2, hang = 3, model_error = 4, out_of_bound = 5 };

/// Parses and runs one command; prints results to standard output, errors to standard error.
int run(int argc, char** argv, Registries& registries);
/// With what ships.
int run(int argc, char** argv);

}  // namespace ahbm::cli
