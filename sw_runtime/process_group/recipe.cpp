// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/recipe.h"

#include "sim/config/codec.h"
#include "sw_runtime/process_group/collective_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace ahbm::runtime {
namespace {

using config::name_of;

PeCoord leader(SipId sip) { return {sip, CubeId{0}, PeId{0}}; }

/// One PE of every SIP, each with its neighbours east and west. Two SIPs are neighbours on both sides.
Wiring leader_ring(const QueuePolicy& policy, const std::vector<SipId>& sips) {
    Wiring wiring = wiring_with(policy, "rank_ring");
    for (std::size_t i = 0; i < sips.size() && sips.size() > 1; ++i) {
        const QueueEnd east{leader(sips[i]), "E"}, west{leader(sips[(i + 1) % sips.size()]), "W"};
        wiring.pairs[east] = west;
        wiring.pairs[west] = east;
    }
    return wiring;
}

/// The group's algorithms work on one shard per rank.
void check_layout(const CollectiveCall& call, const Tensor& tensor) {
    const auto& shards = tensor.shards();
    if (shards.size() == 1 && shards.front().spec.at == leader(tensor.sip())) return;
    throw std::invalid_argument(fmt::format(
        "{}: '{}' has {} shards; one shard on cube0.pe0 is expected: DPPolicy{{replicate, replicate, 1, 1}}",
        to_string(call.op), tensor.name(), shards.size()));
}

Recipe rank_ring(CollectiveOp op, const ProcessGroupOptions& options, const CollectiveMachine& machine,
                 const std::vector<SipId>& sips) {
    const auto room =
        static_cast<double>(tile_room(options.queues, leader(sips.front()), sips.size() > 1 ? 2 : 0, machine.tcm));
    Recipe recipe;
    recipe.wiring = leader_ring(options.queues, sips);
    if (op == CollectiveOp::barrier) {
        recipe.kernel_call = [sips](const CollectiveCall&, std::uint32_t index, const std::vector<Tensor>&) {
            return KernelCall{
                "ring_barrier", sips[index], {}, {static_cast<double>(sips.size())}, {leader(sips[index])}, 0};
        };
        return recipe;
    }
    recipe.kernel_call = [sips, room](const CollectiveCall& call, std::uint32_t index,
                                      const std::vector<Tensor>& tensors) {
        const auto ranks = static_cast<std::uint32_t>(sips.size());
        const Tensor &input = tensors.front(), &output = tensors.back();
        const std::uint64_t elements =
            elements_per_participant(call.op, {input.shape().elements(), input.dtype()},
                                     {output.shape().elements(), output.dtype()}, ranks, 1, tensors.size() == 1);
        for (const Tensor& tensor : tensors) check_layout(call, tensor);
        // The arguments of every collective kernel; what a ring of ranks has no use for is 1 or 0.
        const std::vector<double> scalars{static_cast<double>(elements),
                                          static_cast<double>(call.redop),
                                          static_cast<double>(ranks),
                                          1,
                                          1,
                                          room,
                                          static_cast<double>(index),
                                          static_cast<double>(ranks),
                                          1,
                                          1,
                                          static_cast<double>(ranks),
                                          1,
                                          0,
                                          static_cast<double>(call.root),
                                          0,
                                          0};
        return KernelCall{
            fmt::format("rank_ring_{}", to_string(call.op)), sips[index], tensors, scalars, {leader(sips[index])}, 0};
    };
    return recipe;
}

/// A plan says who is connected; where the rings lie is settled when it is installed.
RingAllocator placeholder_rings() {
    return [end = std::uint64_t{0}](PeCoord, abi::BufferKind, std::uint64_t bytes) mutable {
        end += bytes;
        return end - bytes;
    };
}

}  // namespace

CollectiveMachine collective_machine(const Machine& machine, const std::vector<SipId>& sips) {
    CollectiveMachine shape;
    shape.sips = sips;
    std::sort(shape.sips.begin(), shape.sips.end());
    shape.sip_w = static_cast<std::uint32_t>(sips.size());
    if (sips.size() == machine.memory.sips && (machine.sip_grid_h > 1 || !machine.sip_grid_wraps)) {
        shape.sip_w = machine.sip_grid_w;
        shape.sip_h = machine.sip_grid_h;
        shape.wiring = machine.sip_grid_wraps ? SipWiring::torus : SipWiring::open_mesh;
    }
    shape.tcm = machine.memory.tcm.value - machine.memory.tcm_reserved.value;
    shape.io_columns = machine.io_columns;
    shape.cube_hop = machine.cube_hop;
    shape.cube_w = machine.cube_mesh_w == 0 ? machine.memory.cubes : machine.cube_mesh_w;
    shape.cube_h = std::max(machine.cube_mesh_h, 1u);
    shape.pes = machine.memory.pes;
    return shape;
}

Wiring wiring_with(const QueuePolicy& policy, std::string name) {
    Wiring wiring;
    wiring.name = std::move(name);
    wiring.buffer = policy.buffer_kind;
    wiring.n_slots = policy.n_slots;
    wiring.slot_bytes = static_cast<std::uint32_t>(policy.slot_size.value);
    wiring.policies.credit = policy.credit;
    wiring.policies.credit_path = policy.credit_path;
    wiring.policies.backpressure = policy.backpressure;
    wiring.policies.credit_bytes = static_cast<std::uint16_t>(policy.credit_bytes.value);
    wiring.policies.poll_interval_ps = static_cast<std::uint32_t>(policy.poll_interval.ps());
    return wiring;
}

std::string describe(const ProcessGroupOptions& options) {
    const QueuePolicy& q = options.queues;
    return fmt::format("{} for {}, {} slots of {} B in {}, credit {} by {}, {}", options.algorithm,
                       options.installs ? to_string(*options.installs) : "transfers", q.n_slots, q.slot_size.value,
                       name_of(q.buffer_kind), name_of(q.credit), name_of(q.credit_path), name_of(q.backpressure));
}

std::vector<PeCoord> Recipe::participants(SipId sip) const {
    std::vector<PeCoord> all;
    for (std::uint32_t c = 0; c < cubes; ++c)
        for (std::uint32_t p = 0; p < pes; ++p) all.push_back({sip, CubeId{c}, PeId{p}});
    return all;
}

Recipe make_recipe(CollectiveOp op, const ProcessGroupOptions& options, const Machine& machine,
                   const std::vector<SipId>& sips) {
    if (!options.planner && options.algorithm != "rank_ring")
        throw std::invalid_argument(
            fmt::format("process group: no algorithm is named '{}'; there is rank_ring", options.algorithm));
    const CollectiveMachine shape = collective_machine(machine, sips);
    if (options.planner && op != CollectiveOp::barrier)
        if (const auto plan = options.planner(op, shape, placeholder_rings()))
            return recipe_of(*plan, sips, options.registry);
    return rank_ring(op, options, shape, sips);
}

}  // namespace ahbm::runtime
