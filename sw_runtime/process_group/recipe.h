// SPDX-License-Identifier: Apache-2.0
/// How a group carries out one operation: the algorithm that the configuration names for it, its wires, its kernel, and
/// what its kernel is told.
#pragma once

#include "sw_runtime/launch/kernel_work.h"
#include "sw_runtime/process_group/collective_call.h"
#include "sw_runtime/process_group/installation.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::runtime {

struct ProcessGroupOptions {
    std::string algorithm;
};
/// What all ranks must agree on.
std::string describe(const ProcessGroupOptions& options);

struct Recipe {
    Wiring wiring;
    std::uint32_t cubes = 1;  ///< the first so many cubes of each SIP take part,
    std::uint32_t pes = 1;    ///< with the first so many PEs of each
    /// The launch on the group's member `index`; call.root is a member. Throws std::invalid_argument for tensors that
    /// the algorithm does not take.
    std::function<KernelCall(const CollectiveCall& call, std::uint32_t index, const std::vector<Tensor>& tensors)>
        kernel_call;

    std::uint32_t participants_per_sip() const { return cubes * pes; }
    std::vector<PeCoord> participants(SipId sip) const;
    /// Puts row r of a tensor with as many rows into the hands of participant r.
    DPPolicy row_per_participant() const { return {Split::row_wise, Split::row_wise, cubes, pes}; }
};

/// Throws ConfigError-like std::invalid_argument when the algorithm cannot do it.
Recipe make_recipe(CollectiveOp op, const ProcessGroupOptions& options, const Machine& machine,
                   const std::vector<SipId>& sips);

/// One PE of every SIP, each with its neighbours east and west.
Wiring leader_ring(const std::vector<SipId>& sips);

}  // namespace ahbm::runtime
