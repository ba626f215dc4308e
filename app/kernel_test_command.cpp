// SPDX-License-Identifier: Apache-2.0
#include "app/ccl_command.h"
#include "app/result.h"
#include "experiments/scenarios/ccl_common.h"
#include "experiments/scenarios/functional_collective.h"
#include "experiments/scenarios/reference.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::cli {
namespace {

using runtime::CollectiveOp;
using runtime::ReduceOp;

CollectiveOp operation_of(const runtime::InstallPlan& plan) {
    for (unsigned op = 0; op <= static_cast<unsigned>(CollectiveOp::barrier); ++op)
        if (to_string(static_cast<CollectiveOp>(op)) == plan.op) return static_cast<CollectiveOp>(op);
    throw InputError(fmt::format("{}: no operation is named '{}'", plan.algorithm, plan.op));
}

/// One element, around one slot, and enough for every slot to be used again.
std::vector<std::uint64_t> sizes(const CclOptions& options, const runtime::InstallPlan& plan, Dtype dtype) {
    if (options.elements != 0) return {options.elements};
    const std::uint64_t slot = plan.policy.slot_size.value / size_of(dtype);
    std::vector<std::uint64_t> all{1, slot == 1 ? 1 : slot - 1, slot, slot + 1, slot * (plan.policy.n_slots + 1) + 3};
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

template <class E>
std::vector<E> all_or(const std::string& named_one, std::string_view option) {
    if (!named_one.empty()) return {named<E>(option, named_one)};
    std::vector<E> all;
    for (const auto& [name, value] : enum_names(E{})) all.push_back(value);
    return all;
}

struct Outcome {
    bool passed = false;
    std::string line, details;
};

Outcome run_case(const runtime::InstallPlan& plan, const scenarios::CclCase& ccl, bool reduces, std::uint64_t seed,
                 std::uint64_t tcm_bytes, const tl::KernelRegistry& kernels) {
    std::vector<runtime::Array> inputs;
    for (std::uint32_t rank = 0; rank < ccl.ranks; ++rank)
        inputs.push_back(scenarios::contribution(ccl, seed, rank, true));
    Outcome outcome;
    outcome.line =
        fmt::format("{:>8} {:>5} {:>5}", ccl.elements, to_string(ccl.dtype), reduces ? to_string(ccl.redop) : "-");
    try {
        const scenarios::FunctionalResult result = scenarios::run_functional(plan, ccl, inputs, kernels, tcm_bytes);
        const Verification verification = scenarios::compare_ranks(ccl, inputs, result.outputs);
        outcome.passed = verification.verdict == Verification::Verdict::passed && result.unreceived.empty();
        outcome.line += fmt::format("  {:>8} elements, {} wrong", verification.elements, verification.mismatches);
        outcome.details = verification.report;
        for (const std::string& left : result.unreceived)
            outcome.details += (outcome.details.empty() ? "" : "\n") + left;
    } catch (const tl::KernelError& error) {
        outcome.line += "  stopped";
        outcome.details = error.what();
    }
    return outcome;
}

}  // namespace

int kernel_test_command(const CclOptions& options, Registries& registries) {
    const PlatformConfig config = platform_of(options);
    const runtime::InstallPlan plan = plan_of(options, config, registries);
    const CollectiveOp op = operation_of(plan);
    const bool reduces = runtime::CollectiveCall{op}.reduces();
    const auto ranks = static_cast<std::uint32_t>(plan.launches.size());
    if (options.root >= ranks)
        throw InputError(fmt::format("--root {}: there are {} ranks, one per SIP", options.root, ranks));
    if (!options.redop.empty() && !reduces)
        throw InputError(fmt::format("--redop {}: {} does not reduce", options.redop, plan.op));
    if (options.root != 0 && !runtime::CollectiveCall{op}.has_root())
        throw InputError(fmt::format("--root {}: {} has no root", options.root, plan.op));
    const std::size_t participants = ranks * plan.launches.front().pes.size();
    if (participants == 1)
        throw InputError(
            fmt::format("{}: nothing to test with one participant; more SIPs (--set sips.count=2), cubes or "
                        "PEs give it others",
                        plan.algorithm));
    std::uint64_t failed = 0, cases = 0;
    fmt::print("{}: kernel {}, {} SIP(s), {} participants, without time\n{:>8} {:>5} {:>5}\n", plan.algorithm,
               plan.kernel, ranks, participants, "elements", "type", "redop");
    for (const Dtype dtype : all_or<Dtype>(options.dtype, "--dtype"))
        for (const std::uint64_t elements : sizes(options, plan, dtype))
            for (const ReduceOp redop :
                 reduces ? all_or<ReduceOp>(options.redop, "--redop") : std::vector{ReduceOp::sum}) {
                const scenarios::CclCase ccl = scenarios::case_of(plan, op, redop, dtype, options.root, elements);
                const Outcome outcome = run_case(plan, ccl, reduces, options.seed.value_or(1),
                                                 config.sip.cube.pe.tcm.size.value, registries.kernels);
                ++cases;
                failed += outcome.passed ? 0 : 1;
                fmt::print("{}{}\n", outcome.line, outcome.passed ? "" : "  FAILED\n" + outcome.details);
                sim::flush_standard_output();
            }
    fmt::print("{} of {} cases passed\n", cases - failed, cases);
    return failed == 0 ? ok : verification_failed;
}

}  // namespace ahbm::cli
