// SPDX-License-Identifier: Apache-2.0
/// Plug-ins: shared libraries that add to a registry through a function they export.
#pragma once

#include <string>

namespace ahbm::sim {

/// What `path` exports as `extern "C" void symbol(registry_type&)`. Throws std::runtime_error that begins with
/// "`kind` library 'path': ". The library is never closed: what it registers lives in it.
void* plugin_entry(const std::string& kind, const std::string& path, const char* symbol, const char* registry_type);

template <class Registry>
void load_plugin(const std::string& kind, const std::string& path, const char* symbol, const char* registry_type,
                 Registry& registry) {
    reinterpret_cast<void (*)(Registry&)>(plugin_entry(kind, path, symbol, registry_type))(registry);
}

}  // namespace ahbm::sim
