// SPDX-License-Identifier: Apache-2.0
/// From the options of `ahbm run`, and the files they name, to what will run: everything is checked, no file
/// is written.
#pragma once

#include "app/output_paths.h"
#include "app/run_command.h"

#include <memory>

namespace ahbm::cli {

struct RunPlan {
    PlatformConfig config;
    std::unique_ptr<Scenario> scenario;
    RunRequest request;
    std::unique_ptr<ResultFolder> folder;  ///< null with --dump-config
    OutputPaths outputs;

    /// The collectives that the scenario makes, as YAML; empty if it makes none.
    std::string collectives() const;
};

/// A scenario file in `options` is replaced by what it says. Throws ConfigError or InputError.
RunPlan plan_run(RunOptions& options, const Registries& registries);

}  // namespace ahbm::cli
