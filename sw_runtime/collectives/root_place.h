// SPDX-License-Identifier: Apache-2.0
/// Where in the mesh of a SIP's cubes the root of an all-reduce is.
#pragma once

#include "sw_runtime/collectives/config.h"
#include "sw_runtime/collectives/topology.h"

#include <cstdint>

namespace ahbm::runtime {

/// What decides, besides the size of a call.
struct RootChoice {
    RootPlace place = RootPlace::corner;
    std::uint32_t cube_w = 1, cube_h = 1;  ///< mesh of the cubes in use
    std::uint32_t io_columns = 1;          ///< of cubes that face the IO chiplet
    bool walks = false;                    ///< TopologyInfo
    std::uint32_t rounds = 0;              ///< of the exchange between SIPs
    std::uint64_t slot_bytes = 0;          ///< of a queue
    std::uint64_t n_slots = 0;
    std::uint64_t chunk = 0;  ///< elements per tile; 0: as many as fit a slot
    CubeHop hop = {};
    bool operator==(const RootChoice&) const = default;

    /// `place`, or what `automatic` comes to, for so many elements per participant of so many bytes each.
    RootPlace chosen(std::uint64_t elements, std::uint64_t element_bytes) const;
    /// Its cube, row-major, for so many elements per participant of so many bytes each.
    std::uint32_t cube(std::uint64_t elements, std::uint64_t element_bytes) const;
};

RootChoice root_choice(const AlgorithmConfig& config, const TopologyInfo& topology, const CollectiveMachine& in_use,
                       const QueuePolicy& queues);

}  // namespace ahbm::runtime
