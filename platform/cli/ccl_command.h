// SPDX-License-Identifier: Apache-2.0
/// `ahbm bench ccl` and `ahbm ccl plan`.
#pragma once

#include "platform/cli/command_line.h"

#include <string>
#include <vector>

namespace ahbm::cli {

struct CclOptions {
    std::string op = "all_reduce";
    std::string algorithm, redop = "sum", dtype = "f16";
    std::string begin = "64", end = "64K", factor = "4";
    std::uint32_t root = 0;
    std::string topology = "default", ccl = "ccl", timing, data = "on";
    std::vector<std::string> overrides, ccl_overrides;
    bool check = true;
    std::uint64_t seed = 1;
    std::string csv, json, dot;
};

int bench_ccl_command(const CclOptions& options, const Registries& registries);
int ccl_plan_command(const CclOptions& options);

}  // namespace ahbm::cli
