// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/recipe.h"

#include "sw_runtime/process_group/collective_shapes.h"

#include <fmt/format.h>

#include <stdexcept>

namespace ahbm::runtime {
namespace {

PeCoord leader(SipId sip) { return {sip, CubeId{0}, PeId{0}}; }

abi::IpcqInit policies_of(const QueueOptions& options) {
    abi::IpcqInit policies;
    policies.credit = options.credit;
    policies.credit_path = options.credit_path;
    policies.backpressure = options.backpressure;
    policies.poll_interval_ps = static_cast<std::uint32_t>(options.poll_interval.ps());
    return policies;
}

/// One PE of every SIP, each with its neighbours east and west. Two SIPs are neighbours on both sides.
Wiring leader_ring(const QueueOptions& options, const std::vector<SipId>& sips) {
    Wiring wiring{"rank_ring", {}, options.buffer, options.n_slots, options.slot_bytes, policies_of(options)};
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
    throw std::invalid_argument(
        fmt::format("{}: '{}' has {} shards; one shard on cube0.pe0 is expected: DPPolicy{{replicate, replicate, 1, 1}}",
                    to_string(call.op), tensor.name(), shards.size()));
}

}  // namespace

std::string describe(const ProcessGroupOptions& options) {
    const QueueOptions& q = options.queues;
    return fmt::format("{}, buffer {}, {} x {} B, credit {} {}, backpressure {} {} ps", options.algorithm,
                       static_cast<int>(q.buffer), q.n_slots, q.slot_bytes, static_cast<int>(q.credit),
                       static_cast<int>(q.credit_path), static_cast<int>(q.backpressure), q.poll_interval.ps());
}

std::vector<PeCoord> Recipe::participants(SipId sip) const {
    std::vector<PeCoord> all;
    for (std::uint32_t c = 0; c < cubes; ++c)
        for (std::uint32_t p = 0; p < pes; ++p) all.push_back({sip, CubeId{c}, PeId{p}});
    return all;
}

Recipe make_recipe(CollectiveOp op, const ProcessGroupOptions& options, const std::vector<SipId>& sips) {
    if (options.algorithm != "rank_ring")
        throw std::invalid_argument(
            fmt::format("process group: no algorithm is named '{}'; there is rank_ring", options.algorithm));
    Recipe recipe;
    recipe.wiring = leader_ring(options.queues, sips);
    if (op == CollectiveOp::barrier) {
        recipe.kernel_call = [sips](const CollectiveCall&, std::uint32_t index, const std::vector<Tensor>&) {
            return KernelCall{"ring_barrier", sips[index], {}, {static_cast<double>(sips.size())}, {leader(sips[index])}, 0};
        };
        return recipe;
    }
    recipe.kernel_call = [sips](const CollectiveCall& call, std::uint32_t index, const std::vector<Tensor>& tensors) {
        const auto ranks = static_cast<std::uint32_t>(sips.size());
        const Tensor &input = tensors.front(), &output = tensors.back();
        const std::uint64_t elements =
            elements_per_participant(call.op, {input.shape().elements(), input.dtype()},
                                     {output.shape().elements(), output.dtype()}, ranks, 1);
        for (const Tensor& tensor : tensors) check_layout(call, tensor);
        // The arguments of every collective kernel; what a ring of ranks has no use for is 1 or 0.
        const std::vector<double> scalars{static_cast<double>(elements), static_cast<double>(call.redop),
                                          static_cast<double>(ranks), 1, 1, 1, static_cast<double>(index),
                                          static_cast<double>(ranks), 1, 1, static_cast<double>(ranks), 1, 0,
                                          static_cast<double>(call.root), 0, 0};
        return KernelCall{fmt::format("rank_ring_{}", to_string(call.op)), sips[index], tensors, scalars,
                          {leader(sips[index])}, 0};
    };
    return recipe;
}

}  // namespace ahbm::runtime
