// SPDX-License-Identifier: Apache-2.0
/// A launch as a piece of work for a stream: its descriptor, with one section per PE that runs the kernel.
#pragma once

#include "sw_runtime/launch/stream.h"
#include "sw_runtime/placement/placement.h"
#include "sw_runtime/tensor/tensor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ahbm::runtime {

struct KernelCall {
    std::string kernel;
    SipId sip;
    std::vector<Tensor> tensors;
    std::vector<double> scalars;
    std::vector<PeCoord> pes;       ///< who runs it; none named: the PEs with a shard of a tensor, or all of the SIP
    std::uint32_t queue_group = 0;  ///< whose queues it uses
};

/// Throws std::invalid_argument: too many arguments, a tensor or a PE on another SIP.
WorkRef kernel_work(const KernelCall& call, const Machine& machine);

}  // namespace ahbm::runtime
