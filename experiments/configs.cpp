// SPDX-License-Identifier: Apache-2.0
#include "experiments/configs.h"

#include "experiments/scenarios/scenario.h"
#include "firmware/kernels/builtin.h"
#include "sim/config/config.h"
#include "sim/config/node.h"
#include "sim/config/override.h"
#include "sim/config/text.h"
#include "sw_runtime/process_group/collective_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace ahbm {
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

namespace {

bool sets(const std::string& override_text, const std::string& path) {
    const std::vector<std::string> all = config::paths_of_override(override_text);
    return std::find(all.begin(), all.end(), path) != all.end();
}

/// What is used: an algorithm whose queues are settled has no use for defaults.
std::string used_of(const runtime::CclConfig& effective) {
    runtime::CclConfig used = effective;
    if (used.algorithms.size() == 1 && used.algorithms.begin()->second.queues.n_slots) used.defaults = {};
    return config::dump(used);
}

/// Fields of an algorithm that are there for something else. Of a kernel of the user's own nothing is known.
std::string unread(const runtime::AlgorithmConfig& algorithm, const std::string& field, bool sized) {
    if (field == "n_elem") return sized ? "callers say how many elements there are" : "";
    const bool known = kernels::topologies_of(algorithm.kernel).has_value();
    const bool rooted = algorithm.kernel == "intercube_allreduce" || algorithm.kernel == "hierarchical_allreduce";
    return field == "root" && known && !rooted ? "its kernel has no root cube" : "";
}

}  // namespace

namespace {

/// Whether what an override adds is about the queues of the algorithm that runs, and says what they are anyway: as the
/// default does, too.
bool in_effect(const runtime::CclConfig& without, const runtime::CclConfig& all, const runtime::CclConfig& now) {
    if (now.algorithms.size() != 1) return false;
    const auto& [name, runs] = *now.algorithms.begin();
    runtime::CclConfig same = without;
    runtime::QueueSettings& queues = same.algorithms.at(name).queues;
    queues = all.algorithms.at(name).queues;
    runtime::QueuePolicy is;
    runs.queues.apply_to(is);
    runtime::QueuePolicy asked = is;
    queues.apply_to(asked);
    return same == all && asked == is;
}

}  // namespace

void check_used(const CclSettings& said, const EffectiveSettings& effective, const std::string& who) {
    const runtime::CclConfig now = effective(load_ccl(said.name, said.overrides));
    std::vector<std::string> used;
    for (const auto& [name, algorithm] : now.algorithms) used.push_back(name);
    if (used.empty()) used.push_back(now.defaults.algorithm);
    for (std::size_t i = 0; i < said.overrides.size(); ++i) {
        const std::string& each = said.overrides[i];
        for (const auto& [name, algorithm] : now.algorithms)
            for (const char* field : {"n_elem", "root"})
                if (const std::string why = unread(algorithm, field, said.sized);
                    !why.empty() && sets(each, "algorithms." + name + "." + field))
                    throw InputError(fmt::format("--ccl-set {}: changes nothing: {}", each, why));
        std::vector<std::string> others = said.overrides;
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
        std::optional<runtime::CclConfig> without;
        try {
            without = load_ccl(said.name, others);
        } catch (const ConfigError&) {
            continue;  // another one needs it
        }
        if (used_of(effective(*without)) != used_of(now)) continue;
        const runtime::CclConfig all = load_ccl(said.name, said.overrides);
        if (*without == all || in_effect(*without, all, now)) continue;  // it is so anyway
        throw InputError(
            fmt::format("--ccl-set {}: changes nothing: {} runs by {}, and a setting is the command line's, "
                        "else the algorithm's, else the default",
                        each, who, config::joined(used)));
    }
}

std::vector<std::string> known_names(const std::string& field, const Registries& registries) {
    const auto keys = [](const auto& map) {
        std::vector<std::string> all;
        for (const auto& [key, info] : map) all.push_back(key);
        return all;
    };
    std::vector<std::string> names;
    if (field == "op")
        for (unsigned op = 0; op <= static_cast<unsigned>(runtime::CollectiveOp::barrier); ++op)
            names.emplace_back(to_string(static_cast<runtime::CollectiveOp>(op)));
    if (field == "kernel")
        for (const tl::KernelInfo* kernel : registries.kernels.all()) names.push_back(kernel->name);
    if (field == "topology") return keys(registries.collectives.topologies);
    if (field == "mapper") return keys(registries.collectives.mappers);
    if (field == "validator") return keys(registries.collectives.validators);
    return names;
}

namespace {

/// Of kernels and topologies of the user's own nothing is known.
void check_kernel(const runtime::AlgorithmConfig& config,
                  const std::function<void(const std::string& field, const std::string& why)>& refuse) {
    const auto topologies = kernels::topologies_of(config.kernel);
    if (!topologies) return;
    if (topologies->empty()) refuse("kernel", fmt::format("'{}' is no kernel of a collective", config.kernel));
    if (runtime::builtin_collectives().topologies.contains(config.topology) && !topologies->contains(config.topology))
        refuse("topology", fmt::format("the kernel {} works on {}, not on {}", config.kernel,
                                       fmt::join(*topologies, ", "), config.topology));
}

}  // namespace

runtime::CclConfig load_ccl(const std::string& name, const std::vector<std::string>& ccl_set,
                            const Registries& registries) {
    runtime::CclConfig ccl = load_ccl(name, ccl_set);
    /// Who says this: the last option that does, or the file.
    const auto said_by = [&](const std::string& path) {
        std::string where;
        for (const std::string& each : ccl_set)
            if (sets(each, path)) where = "--ccl-set " + each;
        return where;
    };
    const auto refuse = [&](const std::string& where, const std::string& path, const std::string& why) {
        throw ConfigError(where.empty() ? find_config("", name).string() : where, path, why);
    };
    const auto check = [&](const std::string& path, const std::string& value, const std::vector<std::string>& known) {
        if (std::find(known.begin(), known.end(), value) == known.end())
            refuse(said_by(path), path, fmt::format("nothing has the name '{}'{}", value, config::hint(value, known)));
    };
    bool anybody_polls = false;
    for (const auto& [algorithm, config] : ccl.algorithms) {
        const std::string at = "algorithms." + algorithm + '.';
        for (const auto& [field, value] : {std::pair{"op", config.op},
                                           {"kernel", config.kernel},
                                           {"topology", config.topology},
                                           {"mapper", config.mapper},
                                           {"validator", config.validator}})
            check(at + field, value, known_names(field, registries));
        check_kernel(config, [&](const std::string& field, const std::string& why) {
            refuse(said_by(at + field), at + field, why);
        });
        runtime::QueuePolicy policy;
        ccl.defaults.queues.apply_to(policy);
        config.queues.apply_to(policy);
        anybody_polls = anybody_polls || policy.backpressure == abi::Backpressure::poll;
        if (!config.queues.polls_in_vain(policy)) continue;
        std::string where = said_by(at + "poll_interval");
        if (where.empty()) where = said_by(at + "backpressure");
        if (where.empty()) where = said_by("defaults.backpressure");
        refuse(where, at + "poll_interval", "used with backpressure poll only");
    }
    if (const std::string where = said_by("defaults.poll_interval"); !where.empty() && !anybody_polls)
        refuse(where, "defaults.poll_interval", "used with backpressure poll only");
    std::vector<std::string> algorithms{"rank_ring"};
    for (const auto& [algorithm, config] : ccl.algorithms) algorithms.push_back(algorithm);
    if (ccl.defaults.algorithm != runtime::CclDefaults{}.algorithm)  // a file without it need not have that one
        check("defaults.algorithm", ccl.defaults.algorithm, algorithms);
    return ccl;
}

PlatformConfig load_platform(const std::string& topology, std::vector<std::string> overrides,
                             const std::string& timing) {
    if (!timing.empty()) {
        for (const std::string& each : overrides)
            if (sets(each, "fabric.timing"))
                throw InputError(fmt::format("--timing {} and {}: the timing is said twice", timing,
                                             config::parse_override(each).where));
        overrides.push_back("fabric.timing=" + timing);
    }
    return config::load_file<PlatformConfig>(find_config("topology", topology).string(), overrides);
}

}  // namespace ahbm
