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

void check_layout(const InstallPlan& plan, const Validator& validate, const SipLaunch& launch, const Tensor& tensor) {
    std::vector<ShardSpec> shards;
    for (const PlacedShard& shard : tensor.shards()) shards.push_back(shard.spec);
    const std::string why = validate(shards, launch.pes);
    if (why.empty()) return;
    throw std::invalid_argument(fmt::format("{} by {}: '{}' is not laid out as {} asks: {}", plan.op, plan.algorithm,
                                            tensor.name(), plan.validator, why));
}

}  // namespace

std::vector<double> collective_scalars(const InstallPlan& plan, const SipLaunch& launch, const CollectiveCall& call,
                                       std::uint64_t elements, Dtype dtype, std::uint32_t root_sip) {
    std::vector<double> scalars = launch.scalars;
    argument(scalars, CollectiveArg::elements) = static_cast<double>(elements);
    argument(scalars, CollectiveArg::redop) = static_cast<double>(call.redop);
    argument(scalars, CollectiveArg::root) =
        call.has_root() ? root_sip * argument(launch, CollectiveArg::participants_per_sip)
                        : plan.root.cube(elements, size_of(dtype)) * argument(launch, CollectiveArg::pes_per_cube);
    return scalars;
}

Recipe recipe_of(const InstallPlan& plan, const std::vector<SipId>& sips, const CollectiveRegistry& registry) {
    Recipe recipe;
    recipe.wiring = wiring_with(plan.policy, plan.algorithm);
    for (const PePlan& pe : plan.pes)
        for (const QueuePairPlan& queue : pe.queues)
            recipe.wiring.pairs[{pe.at, queue.direction}] = {queue.peer, queue.peer_direction};
    recipe.pes = argument(plan.launches.front(), CollectiveArg::pes_per_cube);
    recipe.cubes = argument(plan.launches.front(), CollectiveArg::participants_per_sip) / recipe.pes;
    const Validator validate = registry.validators.at(plan.validator).validate;
    recipe.kernel_call = [plan, sips, validate](const CollectiveCall& call, std::uint32_t index,
                                                const std::vector<Tensor>& tensors) {
        const auto at = [&](SipId sip) {
            return std::find_if(plan.launches.begin(), plan.launches.end(),
                                [&](const SipLaunch& each) { return each.sip == sip; });
        };
        const SipLaunch& launch = *at(sips.at(index));
        const Tensor &input = tensors.front(), &output = tensors.back();
        const std::uint64_t elements = elements_per_participant(
            call.op, {input.shape().elements(), input.dtype()}, {output.shape().elements(), output.dtype()},
            argument(launch, CollectiveArg::participants), argument(launch, CollectiveArg::participants_per_sip),
            tensors.size() == 1);
        for (const Tensor& tensor : tensors) check_layout(plan, validate, launch, tensor);
        const auto root_sip =
            static_cast<std::uint32_t>(call.has_root() ? at(sips.at(call.root)) - plan.launches.begin() : 0);
        return KernelCall{plan.kernel, launch.sip,
                          tensors,     collective_scalars(plan, launch, call, elements, input.dtype(), root_sip),
                          launch.pes,  0};
    };
    return recipe;
}

}  // namespace ahbm::runtime
