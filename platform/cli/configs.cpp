// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/configs.h"

#include "firmware/kernels/builtin.h"
#include "platform/scenarios/scenario.h"
#include "sim/config/config.h"
#include "sim/config/override.h"
#include "sim/config/text.h"
#include "sw_runtime/process_group/collective_call.h"

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
    throw InputError(fmt::format("no {} named '{}'{}",
                                 kind == "topology" ? "topology"
                                 : kind.empty()     ? "configuration of collectives"
                                                    : "scenario",
                                 name, config::hint(name, config_names(kind))));
}

runtime::CclConfig load_ccl(const std::string& name, const std::vector<std::string>& ccl_set) {
    std::vector<std::string> overrides;
    for (const std::string& each : ccl_set) overrides.push_back(config::override_from("--ccl-set " + each, each));
    return config::load_file<runtime::CclConfig>(find_config("", name), overrides);
}

runtime::CclConfig load_ccl(const std::string& name, const std::vector<std::string>& ccl_set,
                            const Registries& registries) {
    runtime::CclConfig ccl = load_ccl(name, ccl_set);
    const auto where = [&](const std::string& path) {
        std::string file = find_config("", name).string();
        for (const std::string& each : ccl_set)
            if (each.starts_with(path + '=')) file = "--ccl-set " + each;
        return file;
    };
    const auto check = [&](const std::string& path, const std::string& value, const std::vector<std::string>& known) {
        if (std::find(known.begin(), known.end(), value) != known.end()) return;
        throw ConfigError(where(path), path,
                          fmt::format("nothing has the name '{}'{}", value, config::hint(value, known)));
    };
    const auto keys = [](const auto& map) {
        std::vector<std::string> all;
        for (const auto& [key, info] : map) all.push_back(key);
        return all;
    };
    std::vector<std::string> operations, kernel_names;
    for (unsigned op = 0; op <= static_cast<unsigned>(runtime::CollectiveOp::barrier); ++op)
        operations.emplace_back(to_string(static_cast<runtime::CollectiveOp>(op)));
    for (const tl::KernelInfo* kernel : registries.kernels.all()) kernel_names.push_back(kernel->name);
    for (const auto& [algorithm, config] : ccl.algorithms) {
        const std::string at = "algorithms." + algorithm + '.';
        check(at + "op", config.op, operations);
        check(at + "kernel", config.kernel, kernel_names);
        check(at + "topology", config.topology, keys(registries.collectives.topologies));
        check(at + "mapper", config.mapper, keys(registries.collectives.mappers));
        check(at + "validator", config.validator, keys(registries.collectives.validators));
        // Of kernels and topologies of the user's own nothing is known.
        const auto topologies = kernels::topologies_of(config.kernel);
        if (!topologies) continue;
        if (topologies->empty())
            throw ConfigError(where(at + "kernel"), at + "kernel",
                              fmt::format("'{}' is no kernel of a collective", config.kernel));
        if (runtime::builtin_collectives().topologies.contains(config.topology) &&
            !topologies->contains(config.topology))
            throw ConfigError(where(at + "topology"), at + "topology",
                              fmt::format("the kernel {} works on {}, not on {}", config.kernel,
                                          fmt::join(*topologies, ", "), config.topology));
    }
    for (const auto& [algorithm, config] : ccl.algorithms) {
        runtime::QueuePolicy policy;
        ccl.defaults.queues.apply_to(policy);
        config.queues.apply_to(policy);
        if (config.queues.polls_in_vain(policy))
            throw ConfigError(find_config("", name).string(), "algorithms." + algorithm + ".poll_interval",
                              "used with backpressure poll only");
    }
    std::vector<std::string> algorithms = keys(ccl.algorithms);
    algorithms.emplace_back("rank_ring");
    if (ccl.defaults.algorithm != runtime::CclDefaults{}.algorithm)  // a file without it need not have that one
        check("defaults.algorithm", ccl.defaults.algorithm, algorithms);
    return ccl;
}

PlatformConfig load_platform(const std::string& topology, std::vector<std::string> overrides,
                             const std::string& timing) {
    if (!timing.empty()) {
        for (const std::string& each : overrides)
            if (each.starts_with("fabric.timing"))
                throw InputError(fmt::format("--timing {} and {}: the timing is said twice", timing, each));
        overrides.push_back("fabric.timing=" + timing);
    }
    return config::load_file<PlatformConfig>(find_config("topology", topology).string(), overrides);
}

}  // namespace ahbm::cli
