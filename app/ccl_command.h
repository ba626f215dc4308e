// SPDX-License-Identifier: Apache-2.0
/// `ahbm bench ccl`, `ahbm ccl plan` and `ahbm kernel test`.
#pragma once

#include "app/command_line.h"
#include "experiments/registries.h"
#include "experiments/scenarios/ccl_parameters.h"
#include "experiments/scenarios/gemm_common.h"
#include "sw_runtime/collectives/plan.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm::cli {

struct CclOptions {
    std::string op = "all_reduce";
    std::string algorithm, redop, dtype;  ///< empty: the default, or all of them
    std::string begin = "64", end = "64K", factor = "4";
    std::uint32_t root = 0;
    std::string topology = "default", ccl = "ccl", timing, data = "on";
    std::vector<std::string> overrides, ccl_overrides;
    std::optional<bool> check;
    std::optional<std::uint64_t> seed;  ///< nothing = 1
    std::string csv, json, dot;
    std::uint32_t elements = 0;  ///< of `kernel test`; 0: sizes around the slots
};

/// Names of what `bench ccl` measures.
std::vector<std::string> bench_operations();
int bench_ccl_command(const CclOptions& options, Registries& registries);
int ccl_plan_command(const CclOptions& options, Registries& registries);
/// Runs an algorithm's kernel in the functional runner for several sizes, types and reductions, and verifies every
/// element.
int kernel_test_command(const CclOptions& options, Registries& registries);

// What these commands have in common.
PlatformConfig platform_of(const CclOptions& options);
runtime::InstallPlan plan_of(const CclOptions& options, const PlatformConfig& config, const Registries& registries);
template <class E>
E named(std::string_view option, const std::string& text) {
    std::string names;
    for (const auto& [name, value] : enum_names(E{})) {
        if (name == text) return value;
        names += (names.empty() ? "" : ", ") + std::string(name);
    }
    throw InputError(fmt::format("{} {}: expected one of {}", option, text, names));
}

}  // namespace ahbm::cli
