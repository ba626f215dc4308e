// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/functional_collective.h"

#include "experiments/scenarios/ccl_common.h"
#include "firmware/functional/runner.h"
#include "sw_runtime/process_group/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <stdexcept>

namespace ahbm::scenarios {
namespace {

using runtime::Array;

std::uint32_t argument(const runtime::InstallPlan& plan, runtime::CollectiveArg arg) {
    return static_cast<std::uint32_t>(plan.launches.front().scalars.at(static_cast<std::size_t>(arg)));
}

/// The queue pairs of a plan, each from the end that comes first.
void connect(tl::FunctionalRunner& runner, const runtime::InstallPlan& plan) {
    for (const runtime::PePlan& pe : plan.pes)
        for (const runtime::QueuePairPlan& queue : pe.queues)
            if (std::pair(pe.at, queue.direction) <= std::pair(queue.peer, queue.peer_direction))
                runner.connect({pe.at, queue.direction}, {queue.peer, queue.peer_direction},
                               {queue.n_slots, static_cast<std::uint32_t>(queue.slot_size)});
}

/// One tensor per rank, its rows spread over the participants: in memory, and as the kernels see it.
class Rows {
public:
    Rows(const CclCase& ccl, std::uint64_t columns, std::uint64_t base)
        : ccl_(ccl), columns_(rows_of(ccl, columns)[1]), base_(base) {}

    void place(tl::FunctionalRunner& runner, const std::vector<Array>& arrays) const {
        for (std::uint32_t p = 0; p < ccl_.participants(); ++p) {
            const std::size_t bytes = row().bytes();
            runner.place(address(p), row(),
                         std::span(arrays[p / ccl_.per_rank].bytes).subspan(p % ccl_.per_rank * bytes, bytes));
        }
    }
    void reserve(tl::FunctionalRunner& runner) const {
        for (std::uint32_t p = 0; p < ccl_.participants(); ++p) runner.reserve(address(p), row());
    }
    std::vector<Array> read(const tl::FunctionalRunner& runner) const {
        std::vector<Array> arrays(ccl_.ranks);
        for (std::uint32_t rank = 0; rank < ccl_.ranks; ++rank) {
            arrays[rank] = {Shape{ccl_.per_rank, columns_}, ccl_.dtype, {}};
            if (!ccl_.has_result(rank)) continue;
            for (std::uint32_t p = 0; p < ccl_.per_rank; ++p) {
                const auto bytes = runner.read(address(rank * ccl_.per_rank + p), row().bytes());
                arrays[rank].bytes.insert(arrays[rank].bytes.end(), bytes.begin(), bytes.end());
            }
        }
        return arrays;
    }
    tl::TensorArg argument(std::uint32_t participant) const {
        tl::TensorArg arg;
        arg.base = address(participant);
        arg.dtype = ccl_.dtype;
        arg.shape = row().shape;
        arg.global_shape = {ccl_.per_rank, columns_};
        arg.first_row = participant % ccl_.per_rank;
        arg.tensor_base = address(participant - arg.first_row);
        arg.tensor_bytes = row().bytes() * ccl_.per_rank;
        return arg;
    }

private:
    View row() const { return {{1, columns_}, ccl_.dtype, {}}; }
    std::uint64_t address(std::uint32_t participant) const { return base_ + participant * row().bytes(); }

    const CclCase& ccl_;
    std::uint32_t columns_;
    std::uint64_t base_;
};

}  // namespace

CclCase case_of(const runtime::InstallPlan& plan, runtime::CollectiveOp op, runtime::ReduceOp redop, Dtype dtype,
                std::uint32_t root, std::uint64_t elements) {
    return {op,
            redop,
            dtype,
            static_cast<std::uint32_t>(plan.launches.size()),
            argument(plan, runtime::CollectiveArg::participants_per_sip),
            root,
            elements,
            in_place(op)};
}

FunctionalResult run_functional(const runtime::InstallPlan& plan, const CclCase& ccl, const std::vector<Array>& inputs,
                                const tl::KernelRegistry& kernels, std::uint64_t tcm_bytes) {
    const tl::KernelInfo* kernel = kernels.find(plan.kernel);
    if (kernel == nullptr)
        throw std::invalid_argument(fmt::format("{}: no kernel is named '{}'", plan.algorithm, plan.kernel));
    const std::uint32_t pes = argument(plan, runtime::CollectiveArg::pes_per_cube);
    tl::FunctionalRunner runner({.num_sips = ccl.ranks,
                                 .num_cubes = argument(plan, runtime::CollectiveArg::participants_per_sip) / pes,
                                 .num_pes_per_cube = pes,
                                 .tcm_bytes = tcm_bytes});
    connect(runner, plan);
    constexpr std::uint64_t input_base = 0, output_base = std::uint64_t{1} << 40;
    const Rows input(ccl, ccl.input_elements(), input_base), output(ccl, ccl.output_elements(), output_base);
    const bool moves_within = ccl.in_place;
    const Rows& target = ccl.output_elements() < ccl.input_elements() && moves_within ? input : output;
    // In place both are one tensor, of the larger size.
    if (moves_within) {
        std::vector<Array> images;
        for (std::uint32_t rank = 0; rank < ccl.ranks; ++rank) images.push_back(input_image(ccl, rank, inputs[rank]));
        target.place(runner, images);
    } else {
        input.place(runner, inputs);
        output.reserve(runner);
    }

    std::vector<tl::KernelArgs> args(ccl.participants());
    for (std::uint32_t p = 0; p < ccl.participants(); ++p) {
        const runtime::SipLaunch& launch = plan.launches[p / ccl.per_rank];
        args[p].tensors = {target.argument(p)};
        if (!moves_within) args[p].tensors = {input.argument(p), output.argument(p)};
        const runtime::CollectiveCall call{ccl.op, ccl.dtype, ccl.elements, ccl.redop, ccl.root};
        args[p].scalars = runtime::collective_scalars(plan, launch, call, ccl.elements, ccl.dtype, ccl.root);
    }
    runner.run(*kernel, args);
    std::vector<Array> results = target.read(runner);
    for (std::uint32_t rank = 0; rank < ccl.ranks; ++rank)
        if (ccl.has_result(rank)) results[rank] = result_in(ccl, rank, results[rank]);
    return {std::move(results), runner.unreceived()};
}

}  // namespace ahbm::scenarios
