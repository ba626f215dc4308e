// SPDX-License-Identifier: Apache-2.0
/// `ahbm validate`: the platform against closed forms in every timing, or its timings against each other.
#pragma once

#include "app/command_line.h"
#include "app/output_paths.h"

#include <string>
#include <vector>

namespace ahbm::cli {

struct ValidateOptions {
    std::string topology = "default";
    std::vector<std::string> overrides;
    std::vector<std::string> only;  ///< groups; empty: all
    std::string json;
    bool markdown = false;  ///< instead of text
    bool modes = false;     ///< the timings against each other
    bool defaults = false;  ///< of scenarios as `ahbm run NAME` runs them, rather than the files that ship
};

std::vector<std::string> validation_groups();
/// As they are printed: hop, fast, flit.
std::vector<std::string> timing_names();

/// Text is Markdown, or not there at all.
void refuse_markdown_beside(const OutputPaths& outputs, const ValidateOptions& options);
/// Both: exit code out_of_bound if a figure is off by more than it may be and no reason is given.
int validate_command(const ValidateOptions& options, const Registries& registries);
int compare_timings(const ValidateOptions& options, Registries& registries);

}  // namespace ahbm::cli
