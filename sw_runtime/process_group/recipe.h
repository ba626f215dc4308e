// SPDX-License-Identifier: Apache-2.0
/// How a group carries out one operation: its wires, its kernel, and what the kernel is told.
#pragma once

#include "sw_runtime/collectives/plan.h"
#include "sw_runtime/launch/kernel_work.h"
#include "sw_runtime/process_group/collective_call.h"
#include "sw_runtime/process_group/installation.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::runtime {

/// Wires an operation over the SIPs of a group, as build_install_plan does for an algorithm of ccl.yaml; nothing: by
/// rank_ring. The addresses that the allocator hands out are placeholders.
using Planner = std::function<std::optional<InstallPlan>(CollectiveOp op, const CollectiveMachine& machine,
                                                         const RingAllocator& allocate)>;

struct ProcessGroupOptions {
    std::string algorithm = "rank_ring";  ///< for messages, and what ranks agree on
    QueuePolicy queues;                   ///< of rank_ring, barriers and transfers
    Planner planner;
    CollectiveRegistry registry = builtin_collectives();  ///< has the validators that plans name
    /// What the queue pairs are set up for when the group is made; those of all else with its first call.
    std::optional<CollectiveOp> installs = CollectiveOp::all_reduce;
};
/// What all ranks must agree on.
std::string describe(const ProcessGroupOptions& options);

struct Recipe {
    Wiring wiring;
    std::uint32_t cubes = 1;  ///< the first so many cubes of each SIP take part,
    std::uint32_t pes = 1;    ///< with the first so many PEs of each
    /// The launch on the group's member `index`; call.root is a member. Throws std::invalid_argument for tensors that
    /// the algorithm does not take.
    std::function<KernelCall(const CollectiveCall& call, std::uint32_t index, const std::vector<Tensor>& tensors)>
        kernel_call;

    std::uint32_t participants_per_sip() const { return cubes * pes; }
    std::vector<PeCoord> participants(SipId sip) const;
    /// Puts row r of a tensor with as many rows into the hands of participant r.
    DPPolicy row_per_participant() const { return {Split::row_wise, Split::row_wise, cubes, pes}; }
};

/// How these SIPs of a machine neighbour each other. All of them are a grid, where they are wired as one; some are a
/// ring.
CollectiveMachine collective_machine(const Machine& machine, const std::vector<SipId>& sips);
/// `sips` of the members, in order. Without a planner every operation is a ring of one PE per rank, "rank_ring". Throws
/// std::invalid_argument for an algorithm that nobody plans.
Recipe make_recipe(CollectiveOp op, const ProcessGroupOptions& options, const Machine& machine,
                   const std::vector<SipId>& sips);
/// Without any pairs yet.
Wiring wiring_with(const QueuePolicy& policy, std::string name);
/// What the kernel of this launch is told: the plan's scalars with those of the call. `elements` of `dtype` per
/// participant; `root_sip` is the root's place among the plan's launches.
std::vector<double> collective_scalars(const InstallPlan& plan, const SipLaunch& launch, const CollectiveCall& call,
                                       std::uint64_t elements, Dtype dtype, std::uint32_t root_sip);
/// Participants of a plan are numbered by SIP, not by rank.
Recipe recipe_of(const InstallPlan& plan, const std::vector<SipId>& sips,
                 const CollectiveRegistry& registry = builtin_collectives());

}  // namespace ahbm::runtime
