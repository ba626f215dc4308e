// SPDX-License-Identifier: Apache-2.0
/// What the collective scenarios have in common: a process group over all SIPs, random inputs, repeated calls, every
/// element of every shard of every rank compared, and the figures that users of nccl-tests read.
#pragma once

#include "experiments/scenarios/ccl_reference.h"
#include "experiments/scenarios/scenario.h"
#include "sw_runtime/ranks/rank.h"

#include <cstdint>
#include <vector>

namespace ahbm::scenarios {

runtime::LaunchResult call_collective(runtime::Rank& rank, const CclCase& ccl, const runtime::Tensor& output,
                                      const runtime::Tensor& input);
/// How the operation is usually called: all_reduce, broadcast and reduce with one tensor.
bool in_place(runtime::CollectiveOp op);

/// A row of so many elements per participant. Throws InputError for more than a row can have.
Shape rows_of(const CclCase& ccl, std::uint64_t elements);
/// A rank's own input, random; empty without values.
runtime::Array contribution(const CclCase& ccl, std::uint64_t seed, std::uint32_t rank, bool has_data);
/// Throws InputError, before anything is taken, for tensors that a PE's slice of HBM or this machine has no room for.
void check_sizes(const CclCase& ccl, const PlatformConfig& config, bool has_data);
/// What the input tensor of a rank holds when its contribution is `values`: in place, an all_gather's lies where its
/// part of the output is, and NaN everywhere else.
runtime::Array input_image(const CclCase& ccl, std::uint32_t rank, const runtime::Array& values);
/// The result in the output tensor of a rank: of a reduce_scatter in place its own part.
runtime::Array result_in(const CclCase& ccl, std::uint32_t rank, const runtime::Array& output);
/// A rank's tensors on its device, `values` in the input.
struct CclTensors {
    runtime::Tensor input, output;
};
CclTensors make_tensors(runtime::Context& context, const CclCase& ccl, std::uint32_t rank,
                        const runtime::DPPolicy& policy, const runtime::Array& values);

/// Simulated times of one collective, over all ranks.
struct CclTimes {
    sim::Time dispatch;    ///< from the last rank's submission to the last launch barrier
    sim::Time kernel;      ///< from the first PE's start to the last PE's end
    sim::Time completion;  ///< from there to the last rank's host
    sim::Time total() const { return dispatch + kernel + completion; }
};
CclTimes times_of(const std::vector<runtime::LaunchResult>& by_rank);

/// "all_reduce (sum) of 1024 f16, 2048 B".
std::string what_of(const CclCase& ccl);

/// What nccl-tests call size, and the factor from algbw to busbw.
std::uint64_t bytes_moved(const CclCase& ccl);
double bus_factor(const CclCase& ccl);

/// `got[rank]` is the rank's output, a row per participant.
Verification compare_ranks(const CclCase& ccl, const std::vector<runtime::Array>& inputs,
                           const std::vector<runtime::Array>& got);

}  // namespace ahbm::scenarios
