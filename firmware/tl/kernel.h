// SPDX-License-Identifier: Apache-2.0
/// Kernels by name. A plug-in library exports
/// `extern "C" void ahbm_register_kernels(ahbm::tl::KernelRegistry&)`, and says AHBM_PLUGIN (sim/plugin_abi.h) once.
#pragma once

#include "firmware/tl/backend.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ahbm::tl {

class Program;

using Kernel = std::function<void(Program&, const KernelArgs&)>;

struct KernelInfo {
    std::string name;
    std::string description;  ///< one line for `ahbm list kernels`
    Kernel body;
};

/// What a kernel threw, told to people: a KernelError's text as it is, of anything else its type too. For use in a
/// catch (...); what ends a program from outside (a simulation's end, a reset) must have been caught before.
std::string thrown_text();

class KernelRegistry {
public:
    /// Throws std::invalid_argument when the name is taken.
    void add(KernelInfo info);
    /// Null when there is none.
    const KernelInfo* find(const std::string& name) const;
    std::vector<const KernelInfo*> all() const;  ///< sorted by name
private:
    std::map<std::string, KernelInfo> kernels_;
};

/// The kernels that ship with the platform.
void register_builtin_kernels(KernelRegistry& registry);

/// Loads a plug-in library; throws std::runtime_error naming the file and the reason.
void load_kernel_library(const std::string& path, KernelRegistry& registry);

}  // namespace ahbm::tl
