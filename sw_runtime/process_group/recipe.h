// SPDX-License-Identifier: Apache-2.0
/// How a group carries out one operation: the algorithm that the configuration names for it, its kernel, its wires, and
/// what its kernel is told.
#pragma once

#include "sw_runtime/launch/kernel_work.h"
#include "sw_runtime/process_group/collective_call.h"
#include "sw_runtime/process_group/installation.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ahbm::runtime {

struct ProcessGroupOptions {
    std::string algorithm;
};
std::string describe(const ProcessGroupOptions& options);

class Recipe {
public:
    Recipe(Wiring wiring, std::string kernel, std::vector<SipId> sips)
        : wiring_(std::move(wiring)), kernel_(std::move(kernel)), sips_(std::move(sips)) {}
    const Wiring& wiring() const { return wiring_; }
    std::vector<PeCoord> pes(SipId sip) const { return {{sip, CubeId{0}, PeId{0}}}; }
    KernelCall kernel_call(const CollectiveCall& call, std::uint32_t member, const std::vector<Tensor>& tensors) const;

private:
    Wiring wiring_;
    std::string kernel_;
    std::vector<SipId> sips_;
};

Recipe make_recipe(CollectiveOp op, const ProcessGroupOptions& options, const Machine& machine,
                   const std::vector<SipId>& sips);

}  // namespace ahbm::runtime
