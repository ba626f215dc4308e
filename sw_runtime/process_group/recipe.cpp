// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/recipe.h"

namespace ahbm::runtime {

std::string describe(const ProcessGroupOptions&) { return ""; }

KernelCall Recipe::kernel_call(const CollectiveCall& call, std::uint32_t member,
                               const std::vector<Tensor>& tensors) const {
    const auto pps = 1.0;
    return {kernel_, sips_[member], tensors,
            {static_cast<double>(call.count), static_cast<double>(call.redop), static_cast<double>(sips_.size()) * pps, pps, 1, 1, static_cast<double>(member),
             static_cast<double>(sips_.size()), 1, 1, static_cast<double>(sips_.size()), 1, 0, static_cast<double>(call.root), 0, 0},
            pes(sips_[member]), 0};
}

Recipe make_recipe(CollectiveOp, const ProcessGroupOptions&, const Machine&, const std::vector<SipId>& sips) {
    Wiring wiring;
    wiring.name = "ring";
    const auto n = sips.size();
    for (std::size_t i = 0; i < n && n > 1; ++i) {
        const QueueEnd east{{sips[i], CubeId{0}, PeId{0}}, "E"}, west{{sips[(i + 1) % n], CubeId{0}, PeId{0}}, "W"};
        wiring.pairs[east] = west;
        wiring.pairs[west] = east;
    }
    return {wiring, "ring_allreduce", sips};
}

}  // namespace ahbm::runtime
