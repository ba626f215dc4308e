// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/collective_shapes.h"
#include "sw_runtime/process_group/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace ahbm::runtime {
namespace {

double& argument(std::vector<double>& scalars, CollectiveArg arg) { return scalars[static_cast<std::size_t>(arg)]; }

std::uint32_t argument(const SipLaunch& launch, CollectiveArg arg) {
    return static_cast<std::uint32_t>(launch.scalars.at(static_cast<std::size_t>(arg)));
}

void check_layout(const InstallPlan& plan, const SipLaunch& launch, const Tensor& tensor) {
    std::vector<ShardSpec> shards;
    for (const PlacedShard& shard : tensor.shards()) shards.push_back(shard.spec);
    const std::string why = builtin_collectives().validators.at(plan.validator).validate(shards, launch.pes);
    if (why.empty()) return;
    throw std::invalid_argument(fmt::format("{} by {}: '{}' is not laid out as {} asks: {}", plan.op, plan.algorithm,
                                            tensor.name(), plan.validator, why));
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
        argument(scalars, CollectiveArg::elements) = static_cast<double>(elements_per_participant(
            call.op, {input.shape().elements(), input.dtype()}, {output.shape().elements(), output.dtype()},
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
