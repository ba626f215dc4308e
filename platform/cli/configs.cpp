// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/configs.h"

#include "platform/scenarios/scenario.h"
#include "sim/config/config.h"
#include "sim/config/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace ahbm::cli {
namespace {

namespace fs = std::filesystem;

fs::path config_folder() {
    if (const char* folder = std::getenv("AHBM_CONFIGS")) return folder;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path installed = program.parent_path().parent_path() / "share" / "ahbm" / "configs";
    return !error && fs::is_directory(installed) ? installed : fs::path(AHBM_SOURCE_CONFIGS);
}

}  // namespace

std::vector<std::string> config_names(const std::string& kind) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(config_folder() / kind, error))
        if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
    std::sort(names.begin(), names.end());
    return names;
}

fs::path find_config(const std::string& kind, const std::string& name) {
    if (name.find('/') != std::string::npos || name.ends_with(".yaml")) {
        if (fs::is_regular_file(name)) return name;
        throw InputError(fmt::format("{}: no such file", name));
    }
    const fs::path shipped = config_folder() / kind / (name + ".yaml");
    if (fs::is_regular_file(shipped)) return shipped;
    const std::vector<std::string> names = config_names(kind);
    throw InputError(fmt::format("no {} named '{}'; there is {}",
                                 kind == "topology" ? "topology"
                                 : kind.empty()     ? "configuration of collectives"
                                                    : "scenario",
                                 name, fmt::join(names, ", ")));
}

runtime::CclConfig load_ccl(const std::string& name, const std::vector<std::string>& overrides) {
    return config::load_file<runtime::CclConfig>(find_config("", name), overrides);
}

}  // namespace ahbm::cli
