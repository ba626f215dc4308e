// SPDX-License-Identifier: Apache-2.0
/// What a collective's configuration may name: topologies, mappers and validators. A plug-in adds its own and exports
/// `extern "C" void ahbm_register_collectives(ahbm::runtime::CollectiveRegistry&)`.
#pragma once

#include "sw_runtime/collectives/topology.h"
#include "sw_runtime/placement/placement.h"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace ahbm::runtime {

/// Which PEs of a SIP take part: the first PEs of the first cubes.
struct MapperInfo {
    std::string description;
    bool all_cubes = true;  ///< or only the first one
    bool all_pes = true;    ///< or only the first one of each cube
};

/// Why a tensor's shards do not suit the participants of its SIP; empty: they do.
using Validator = std::function<std::string(std::span<const ShardSpec> shards, std::span<const PeCoord> participants)>;
struct ValidatorInfo {
    std::string description;
    Validator validate;
};

struct CollectiveRegistry {
    std::map<std::string, TopologyInfo> topologies;
    std::map<std::string, MapperInfo> mappers;
    std::map<std::string, ValidatorInfo> validators;
};
/// ring_1d, mesh_2d ...; leader_only, all_pes, cube_leaders; single_shard_per_rank, multi_pe_sip_local, row_per_cube.
const CollectiveRegistry& builtin_collectives();
/// Adds what a plug-in has. Throws std::runtime_error: it cannot be loaded, or takes a name that is taken.
void load_collective_library(const std::string& path, CollectiveRegistry& registry);

}  // namespace ahbm::runtime
