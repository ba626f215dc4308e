// SPDX-License-Identifier: Apache-2.0
/// How a group carries out one operation: its wires, its kernel, and what the kernel is told.
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

/// How the queue pairs of a group are made, unless its algorithm says otherwise.
struct QueueOptions {
    abi::BufferKind buffer = abi::BufferKind::tcm;
    std::uint32_t n_slots = 4;
    std::uint32_t slot_bytes = 4096;
    abi::CreditPolicy credit = abi::CreditPolicy::on_release;
    abi::CreditPath credit_path = abi::CreditPath::fast;
    abi::Backpressure backpressure = abi::Backpressure::sleep;
    sim::Time poll_interval{};
    bool operator==(const QueueOptions&) const = default;
};

struct ProcessGroupOptions {
    std::string algorithm = "rank_ring";  ///< one PE per rank, in a ring
    QueueOptions queues;
    bool operator==(const ProcessGroupOptions&) const = default;
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

/// `sips` of the members, in order. Throws std::invalid_argument for an algorithm that is not there.
Recipe make_recipe(CollectiveOp op, const ProcessGroupOptions& options, const std::vector<SipId>& sips);

}  // namespace ahbm::runtime
