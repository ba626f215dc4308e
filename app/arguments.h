// SPDX-License-Identifier: Apache-2.0
/// What stands on the command line, before and beside CLI11.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ahbm::cli {

/// Names of an option without "--".
std::vector<std::string> option_names(const CLI::App& command);
/// The innermost command that the first arguments name.
CLI::App& command_of(CLI::App& app, const std::vector<std::string>& arguments);
/// Throws InputError for a command or an option that does not exist, with the one that was probably meant.
void check_names(CLI::App& app, const std::vector<std::string>& arguments);

/// Takes the options that `run` does not know out of `arguments`: parameters of the scenario, "--m 512" or "--m=512" as
/// the override "m=512". A name close to a known option is a slip of the keyboard.
std::vector<std::string> take_parameters(std::vector<std::string>& arguments, const std::vector<std::string>& known);

/// What a shell takes back, without the program's path.
std::string as_typed(const std::vector<std::string>& arguments);

}  // namespace ahbm::cli
