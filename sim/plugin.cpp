// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin.h"

#include <fmt/format.h>

#include <dlfcn.h>

#include <filesystem>
#include <stdexcept>

namespace ahbm::sim {

void* plugin_entry(const std::string& kind, const std::string& path, const char* symbol, const char* registry_type) {
    const auto fail = [&](const std::string& why) {
        return std::runtime_error(fmt::format("{} library '{}': {}", kind, path, why));
    };
    void* library = dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw fail(dlerror());
    void* entry = dlsym(library, symbol);
    if (entry == nullptr) throw fail(fmt::format("does not export extern \"C\" void {}({}&)", symbol, registry_type));
    return entry;
}

}  // namespace ahbm::sim
