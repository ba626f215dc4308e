// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin.h"

#include "sim/config/text.h"

#include <fmt/format.h>

#include <dlfcn.h>

#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace ahbm::sim {

void plugin_failed(const std::string& kind, const std::string& path, const std::string& why) {
    throw std::runtime_error(fmt::format("{} library '{}': {}", kind, path, why));
}

void* plugin_entry(const std::string& kind, const std::string& path, const char* symbol, const char* registry_type) {
    void* library = dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) plugin_failed(kind, path, dlerror());
    void* entry = dlsym(library, symbol);
    const auto* built_with = static_cast<const char*>(dlsym(library, "ahbm_plugin_abi"));
    if (entry == nullptr)
        plugin_failed(kind, path, fmt::format("does not export extern \"C\" void {}({}&)", symbol, registry_type));
    if (built_with == nullptr)
        plugin_failed(kind, path, "does not say what it was built with: AHBM_PLUGIN (sim/plugin_abi.h) is missing");
    if (std::string_view(built_with) != AHBM_PLUGIN_ABI)
        plugin_failed(
            kind, path,
            fmt::format("was built with {}; this platform is {}", config::one_line(built_with), AHBM_PLUGIN_ABI));
    return entry;
}

}  // namespace ahbm::sim
