// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/collectives/registry.h"

#include "sim/plugin.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace ahbm::runtime {
namespace {

std::string single_shard(std::span<const ShardSpec> shards, std::span<const PeCoord> participants) {
    if (shards.size() != 1) return fmt::format("it has {} shards on a SIP, one is expected", shards.size());
    if (shards.front().at != participants.front())
        return fmt::format("its shard lies on {}, not on {}", to_string(shards.front().at),
                           to_string(participants.front()));
    return {};
}

/// Everybody who takes part has one shard, all alike, and nobody else has any.
std::string one_each(std::span<const ShardSpec> shards, std::span<const PeCoord> participants) {
    std::set<PeCoord> missing(participants.begin(), participants.end());
    for (const ShardSpec& shard : shards) {
        if (missing.erase(shard.at) == 0)
            return fmt::format("{} has a shard too many, or does not take part", to_string(shard.at));
        if (shard.rows * shard.cols != shards.front().rows * shards.front().cols)
            return fmt::format("the shards of {} and {} differ in size", to_string(shards.front().at),
                               to_string(shard.at));
    }
    if (!missing.empty()) return fmt::format("{} takes part and has no shard", to_string(*missing.begin()));
    return {};
}

std::string row_per_cube(std::span<const ShardSpec> shards, std::span<const PeCoord> participants) {
    if (std::string why = one_each(shards, participants); !why.empty()) return why;
    for (const ShardSpec& shard : shards)
        if (shard.rows != 1)
            return fmt::format("the shard of {} has {} rows, one row per cube is expected", to_string(shard.at),
                               shard.rows);
    return {};
}

}  // namespace

const CollectiveRegistry& builtin_collectives() {
    static const CollectiveRegistry registry{
        builtin_topologies(),
        {{"leader_only", {"the first PE of a SIP", false, false}},
         {"all_pes", {"every PE", true, true}},
         {"cube_leaders", {"the first PE of every cube", true, false}}},
        {{"single_shard_per_rank", {"one shard per SIP", single_shard}},
         {"multi_pe_sip_local", {"equal shards, one on every PE that takes part", one_each}},
         {"row_per_cube", {"one row on the first PE of every cube", row_per_cube}}}};
    return registry;
}

void load_collective_library(const std::string& path, CollectiveRegistry& registry) {
    CollectiveRegistry staged;
    sim::load_plugin("collective", path, "ahbm_register_collectives", "ahbm::runtime::CollectiveRegistry", staged);
    const auto add = [&](const char* what, const auto& from, auto& to) {
        for (const auto& [name, info] : from)
            if (!to.emplace(name, info).second)
                throw std::runtime_error(
                    fmt::format("collective library '{}': {} '{}' is already registered", path, what, name));
    };
    add("topology", staged.topologies, registry.topologies);
    add("mapper", staged.mappers, registry.mappers);
    add("validator", staged.validators, registry.validators);
}

}  // namespace ahbm::runtime
