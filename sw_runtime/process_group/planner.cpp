// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/planner.h"

#include "sim/config/text.h"

#include <fmt/format.h>

#include <utility>

namespace ahbm::runtime {

std::string algorithm_for(const CclConfig& config, CollectiveOp op, const std::string& named) {
    const auto does = [&](const std::string& name) {
        const auto found = config.algorithms.find(name);
        return found != config.algorithms.end() && found->second.op == to_string(op);
    };
    if (does(named)) return named;
    if (does(config.defaults.algorithm)) return config.defaults.algorithm;
    for (const auto& [name, algorithm] : config.algorithms)
        if (does(name)) return name;
    return {};
}

namespace {

/// What the caller says of the queues must matter.
void check_effect(const QueueSettings& said, const QueuePolicy& policy) {
    if (said.polls_in_vain(policy)) throw CollectiveError("poll_interval: used with backpressure poll only");
}

/// algorithm_for() an `op` that the caller may have named one for.
std::string chosen(const CclConfig& config, CollectiveOp op, const std::string& named) {
    if (named == "rank_ring") return {};
    if (!named.empty()) {
        const auto found = config.algorithms.find(named);
        if (found == config.algorithms.end()) {
            std::vector<std::string> names{"rank_ring"};
            for (const auto& [name, algorithm] : config.algorithms)
                if (algorithm.op == to_string(op)) names.push_back(name);
            throw CollectiveError(
                fmt::format("no algorithm of {} is named '{}'{}", to_string(op), named, config::hint(named, names)));
        }
        if (found->second.op != to_string(op))
            throw CollectiveError(fmt::format("{} does {}, not {}", named, found->second.op, to_string(op)));
    }
    return algorithm_for(config, op, named);
}

/// What the caller says comes before what an algorithm says, and that before the defaults.
QueuePolicy policy_of(const CclConfig& config, const QueueSettings& of_algorithm, const QueueSettings& said) {
    QueuePolicy policy;
    config.defaults.queues.apply_to(policy);
    of_algorithm.apply_to(policy);
    said.apply_to(policy);
    return policy;
}

QueueSettings settings(const QueuePolicy& policy) {
    return {policy.buffer_kind, policy.backpressure, policy.poll_interval, policy.credit,
            policy.credit_path, policy.n_slots,      policy.slot_size,     policy.credit_bytes};
}

/// As a file may say it: without the interval that nobody uses.
QueueSettings used_settings(const QueuePolicy& policy) {
    QueueSettings all = settings(policy);
    if (policy.backpressure != abi::Backpressure::poll) all.poll_interval.reset();
    return all;
}

}  // namespace

ProcessGroupOptions group_options(CclConfig config, CollectiveOp op, const std::string& named,
                                  const QueueSettings& queues, const CollectiveRegistry& registry) {
    ProcessGroupOptions options;
    options.registry = registry;
    options.installs = op;
    options.queues = policy_of(config, {}, queues);
    const std::string algorithm = chosen(config, op, named);
    if (algorithm.empty()) {
        check_effect(queues, options.queues);
        return options;
    }
    for (auto& [name, each] : config.algorithms) {
        const QueuePolicy policy = policy_of(config, each.queues, queues);
        each.queues = settings(policy);
        if (name == algorithm) check_effect(queues, policy);
    }
    options.algorithm = algorithm;
    options.planner = [config = std::move(config), named, registry](
                          CollectiveOp asked, const CollectiveMachine& machine,
                          const RingAllocator& allocate) -> std::optional<InstallPlan> {
        const std::string by = algorithm_for(config, asked, named);
        if (by.empty()) return std::nullopt;
        return build_install_plan(config, by, machine, allocate, registry);
    };
    return options;
}

CclConfig effective_settings(const CclConfig& config, CollectiveOp op, const std::string& named,
                             const QueueSettings& queues) {
    const std::string algorithm = chosen(config, op, named);
    CclConfig effective;
    effective.defaults = {algorithm.empty() ? "rank_ring" : algorithm, used_settings(policy_of(config, {}, queues))};
    if (algorithm.empty()) return effective;
    AlgorithmConfig& its = effective.algorithms[algorithm] = config.algorithms.at(algorithm);
    its.queues = used_settings(policy_of(config, its.queues, queues));
    return effective;
}

}  // namespace ahbm::runtime
