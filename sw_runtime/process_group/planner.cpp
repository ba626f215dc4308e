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

}  // namespace

ProcessGroupOptions group_options(CclConfig config, CollectiveOp op, const std::string& named,
                                  const QueueSettings& queues, const CollectiveRegistry& registry) {
    ProcessGroupOptions options;
    options.registry = registry;
    config.defaults.queues.apply_to(options.queues);
    queues.apply_to(options.queues);
    if (named == "rank_ring") {
        check_effect(queues, options.queues);
        return options;
    }
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
    const std::string chosen = algorithm_for(config, op, named);
    if (chosen.empty()) {
        check_effect(queues, options.queues);
        return options;
    }
    for (auto& [name, algorithm] : config.algorithms) {  // what the caller says comes before what an algorithm says
        QueuePolicy policy;
        config.defaults.queues.apply_to(policy);
        algorithm.queues.apply_to(policy);
        queues.apply_to(policy);
        algorithm.queues = {policy.buffer_kind, policy.backpressure, policy.poll_interval, policy.credit,
                            policy.credit_path, policy.n_slots,      policy.slot_size,     policy.credit_bytes};
        if (name == chosen) check_effect(queues, policy);
    }
    options.algorithm = chosen;
    options.planner = [config = std::move(config), named, registry](
                          CollectiveOp asked, const CollectiveMachine& machine,
                          const RingAllocator& allocate) -> std::optional<InstallPlan> {
        const std::string algorithm = algorithm_for(config, asked, named);
        if (algorithm.empty()) return std::nullopt;
        return build_install_plan(config, algorithm, machine, allocate, registry);
    };
    return options;
}

}  // namespace ahbm::runtime
