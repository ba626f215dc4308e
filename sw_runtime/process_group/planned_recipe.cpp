// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/collective_shapes.h"
#include "sw_runtime/process_group/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace ahbm::runtime {
namespace {

double& argument(std::vector<double>& scalars, CollectiveArg arg) { return scalars[static_cast<std::size_t>(arg)]; }

std::uint32_t argument(const SipLaunch& launch, CollectiveArg arg) {
    return static_cast<std::uint32_t>(launch.scalars.at(static_cast<std::size_t>(arg)));
}

/// Every participant holds a shard, all alike, and nobody else does.
void check_layout(const InstallPlan& plan, const SipLaunch& launch, const Tensor& tensor) {
    std::map<PeCoord, std::uint64_t> elements;
    for (const PlacedShard& shard : tensor.shards()) elements[shard.spec.at] += shard.spec.rows * shard.spec.cols;
    const std::uint64_t first = elements.begin()->second;
    const bool fits = elements.size() == launch.pes.size() &&
                      std::all_of(launch.pes.begin(), launch.pes.end(), [&](PeCoord at) {
                          const auto found = elements.find(at);
                          return found != elements.end() && found->second == first;
                      });
    if (fits) return;
    throw std::invalid_argument(
        fmt::format("{} by {}: '{}' lies on {} PEs of sip{}; equal shards on the {} PEs that take part are expected",
                    plan.op, plan.algorithm, tensor.name(), elements.size(), launch.sip.value, launch.pes.size()));
}

}  // namespace

Recipe recipe_of(const InstallPlan& plan, const std::vector<SipId>& sips) {
    Recipe recipe;
    recipe.wiring = wiring_with(plan.policy, plan.algorithm);
    for (const PePlan& pe : plan.pes)
        for (const QueuePairPlan& queue : pe.queues)
            recipe.wiring.pairs[{pe.at, queue.direction}] = {queue.peer, queue.peer_direction};
    recipe.cubes = argument(plan.launches.front(), CollectiveArg::cubes_per_sip);
    recipe.pes = argument(plan.launches.front(), CollectiveArg::pes_per_cube);
    recipe.kernel_call = [plan, sips](const CollectiveCall& call, std::uint32_t index,
                                      const std::vector<Tensor>& tensors) {
        const auto at = [&](SipId sip) {
            return std::find_if(plan.launches.begin(), plan.launches.end(),
                                [&](const SipLaunch& each) { return each.sip == sip; });
        };
        const SipLaunch& launch = *at(sips.at(index));
        const std::uint32_t per_sip = argument(launch, CollectiveArg::participants_per_sip);
        const Tensor &input = tensors.front(), &output = tensors.back();
        std::vector<double> scalars = launch.scalars;
        argument(scalars, CollectiveArg::elements) = static_cast<double>(
            elements_per_participant(call.op, {input.shape().elements(), input.dtype()},
                                     {output.shape().elements(), output.dtype()},
                                     argument(launch, CollectiveArg::participants), per_sip));
        argument(scalars, CollectiveArg::redop) = static_cast<double>(call.redop);
        if (call.has_root())
            argument(scalars, CollectiveArg::root) =
                static_cast<double>((at(sips.at(call.root)) - plan.launches.begin()) * per_sip);
        for (const Tensor& tensor : tensors) check_layout(plan, launch, tensor);
        return KernelCall{plan.kernel, launch.sip, tensors, std::move(scalars), launch.pes, 0};
    };
    return recipe;
}

}  // namespace ahbm::runtime
