// SPDX-License-Identifier: Apache-2.0
/// Plug-ins: shared libraries that add to a registry through a function they export.
#pragma once

#include "sim/plugin_abi.h"

#include <exception>
#include <string>

namespace ahbm::sim {

/// What `path` exports as `extern "C" void symbol(registry_type&)`. Throws std::runtime_error that begins with
/// "`kind` library 'path': "; also for a library that does not say AHBM_PLUGIN, or was built with something else than
/// the platform (sim/plugin_abi.h): nothing of it runs then, not even a constructor. A library that is taken is never
/// closed: what it registers lives in it.
void* plugin_entry(const std::string& kind, const std::string& path, const char* symbol, const char* registry_type);

/// Throws std::runtime_error.
[[noreturn]] void plugin_failed(const std::string& kind, const std::string& path, const std::string& why);

template <class Registry>
void load_plugin(const std::string& kind, const std::string& path, const char* symbol, const char* registry_type,
                 Registry& registry) {
    const auto register_all = reinterpret_cast<void (*)(Registry&)>(plugin_entry(kind, path, symbol, registry_type));
    try {
        register_all(registry);
    } catch (const std::exception& error) {
        plugin_failed(kind, path, error.what());
    } catch (...) {
        plugin_failed(kind, path, "its registration threw what is no std::exception");
    }
}

}  // namespace ahbm::sim
