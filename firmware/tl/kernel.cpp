// SPDX-License-Identifier: Apache-2.0
#include "firmware/tl/kernel.h"

#include "sim/config/text.h"
#include "sim/plugin.h"

#include <cxxabi.h>
#include <fmt/format.h>
#include <boost/core/demangle.hpp>

#include <new>
#include <stdexcept>
#include <typeinfo>
#include <utility>

namespace ahbm::tl {

void KernelRegistry::add(KernelInfo info) {
    if (info.name.empty() || info.name != config::one_line(info.name))
        throw std::invalid_argument(
            fmt::format("kernel '{}': a name of one line is expected", config::one_line(info.name)));
    if (!info.body) throw std::invalid_argument(fmt::format("kernel '{}' has no function", info.name));
    std::string name = info.name;
    const auto [entry, added] = kernels_.try_emplace(std::move(name), std::move(info));
    if (!added) throw std::invalid_argument(fmt::format("kernel '{}' is already registered", entry->first));
}

const KernelInfo* KernelRegistry::find(const std::string& name) const {
    const auto entry = kernels_.find(name);
    return entry == kernels_.end() ? nullptr : &entry->second;
}

std::vector<const KernelInfo*> KernelRegistry::all() const {
    std::vector<const KernelInfo*> list;
    list.reserve(kernels_.size());
    for (const auto& [name, info] : kernels_) list.push_back(&info);
    return list;
}

std::string thrown_text() {
    try {
        throw;
    } catch (const KernelError& error) {
        return error.what();
    } catch (const std::bad_alloc&) {
        return "threw std::bad_alloc: the host has no memory left for it";
    } catch (const std::exception& error) {
        return fmt::format("threw {}: {}", boost::core::demangle(typeid(error).name()), config::one_line(error.what()));
    } catch (const char* text) {
        return fmt::format("threw a text: {}", text == nullptr ? "" : config::one_line(text));
    } catch (const std::string& text) {
        return fmt::format("threw a text: {}", config::one_line(text));
    } catch (...) {
        const std::type_info* type = ::abi::__cxa_current_exception_type();
        return fmt::format("threw a {}", type == nullptr ? "foreign exception" : boost::core::demangle(type->name()));
    }
}

void load_kernel_library(const std::string& path, KernelRegistry& registry) {
    const auto register_kernels = reinterpret_cast<void (*)(KernelRegistry&)>(
        sim::plugin_entry("kernel", path, "ahbm_register_kernels", "ahbm::tl::KernelRegistry"));
    const auto fail = [&](const std::string& why) {
        return std::runtime_error(fmt::format("kernel library '{}': {}", path, why));
    };
    // Into a registry of its own first, so that a library is taken whole or not at all.
    KernelRegistry staged;
    try {
        register_kernels(staged);
    } catch (...) {
        throw fail(thrown_text());
    }
    for (const KernelInfo* info : staged.all()) {
        if (registry.find(info->name)) throw fail(fmt::format("kernel '{}' is already registered", info->name));
    }
    for (const KernelInfo* info : staged.all()) registry.add(*info);
}

}  // namespace ahbm::tl
