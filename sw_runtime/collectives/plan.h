// SPDX-License-Identifier: Apache-2.0
/// From configuration to queue pairs: everything a process group installs and launches, as plain data.
#pragma once

#include "sw_runtime/collectives/config.h"
#include "sw_runtime/collectives/registry.h"
#include "sw_runtime/collectives/root_place.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ahbm::runtime {

/// Scalar arguments of every collective kernel, in this order. The number of a participant is its place in the order
/// by (SIP, cube, PE): sip * participants_per_sip + cube * pes_per_cube + pe.
enum class CollectiveArg : std::uint8_t {
    elements,  ///< per participant
    redop,     ///< sum 0, max 1, min 2, avg 3
    participants,
    participants_per_sip,
    pes_per_cube,  ///< in use
    tile_room,     ///< bytes of TCM for tiles, the same for all; 0: whatever is free
    sip,           ///< of this launch, as its rank in the group
    sips,
    cube_w,
    cube_h,  ///< mesh of the cubes in use
    sip_w,
    sip_h,
    sip_wiring,  ///< SipWiring
    root,        ///< participant; for `root: centre`, say, of the first SIP, so also the place within a SIP
    chunk,       ///< elements per tile; 0: as many as fit a slot
    variant,     ///< RingDirection
};
inline constexpr std::size_t collective_args = 16;

struct QueuePairPlan {
    std::string direction;
    PeCoord peer;
    std::string peer_direction;
    abi::BufferKind buffer = abi::BufferKind::tcm;
    std::uint64_t rx_base = 0;  ///< physical address
    std::uint64_t peer_rx_base = 0;
    std::uint32_t n_slots = 0;  ///< of each ring
    std::uint64_t slot_size = 0;
    bool operator==(const QueuePairPlan&) const = default;
};

struct PePlan {
    PeCoord at;
    std::vector<QueuePairPlan> queues;
    bool operator==(const PePlan&) const = default;
};

/// What runs on one SIP.
struct SipLaunch {
    SipId sip;
    std::vector<PeCoord> pes;
    std::vector<double> scalars;  ///< by CollectiveArg
    bool operator==(const SipLaunch&) const = default;
};

struct InstallPlan {
    std::string algorithm, op, kernel, validator;
    QueuePolicy policy;
    RootChoice root;          ///< of an operation without a root of its own: `launches` have it for n_elem of f16
    std::vector<PePlan> pes;  ///< ordered
    std::vector<SipLaunch> launches;
    bool operator==(const InstallPlan&) const = default;
};

/// Gives the physical address of a ring.
using RingAllocator = std::function<std::uint64_t(PeCoord at, abi::BufferKind buffer, std::uint64_t bytes)>;

/// Bytes of a PE's TCM that so many queues leave to tiles, of `tcm` that they share; 0: not said. Throws
/// CollectiveError when they leave nothing, or slots elsewhere are too large to be copied into TCM.
std::uint64_t tile_room(const QueuePolicy& policy, PeCoord at, std::size_t queues, std::uint64_t tcm);

/// Pure but for the allocator. An empty `algorithm` is the default one. Throws CollectiveError for unknown names, a
/// machine the topology does not fit, and rings that overlap.
InstallPlan build_install_plan(const CclConfig& config, const std::string& algorithm, const CollectiveMachine& machine,
                               const RingAllocator& allocate,
                               const CollectiveRegistry& registry = builtin_collectives());

}  // namespace ahbm::runtime
