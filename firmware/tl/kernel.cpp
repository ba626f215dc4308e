// SPDX-License-Identifier: Apache-2.0
#include "firmware/tl/kernel.h"

#include "sim/plugin.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace ahbm::tl {

void KernelRegistry::add(KernelInfo info) {
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
    } catch (const std::exception& error) {
        throw fail(error.what());
    }
    for (const KernelInfo* info : staged.all()) {
        if (registry.find(info->name)) throw fail(fmt::format("kernel '{}' is already registered", info->name));
    }
    for (const KernelInfo* info : staged.all()) registry.add(*info);
}

}  // namespace ahbm::tl
