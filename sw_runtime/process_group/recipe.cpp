// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/recipe.h"

namespace ahbm::runtime {
namespace {

/// A barrier needs no more than one PE per rank, whatever the algorithm of the collectives.
Recipe barrier_recipe(const std::vector<SipId>& sips) {
    Recipe recipe;
    recipe.wiring = leader_ring(sips);
    recipe.kernel_call = [sips](const CollectiveCall&, std::uint32_t index, const std::vector<Tensor>&) {
        return KernelCall{"ring_barrier", sips[index], {}, {static_cast<double>(sips.size())},
                          {{sips[index], CubeId{0}, PeId{0}}}, 0};
    };
    return recipe;
}

}  // namespace

std::string describe(const ProcessGroupOptions&) { return ""; }

std::vector<PeCoord> Recipe::participants(SipId sip) const {
    std::vector<PeCoord> all;
    for (std::uint32_t c = 0; c < cubes; ++c)
        for (std::uint32_t p = 0; p < pes; ++p) all.push_back({sip, CubeId{c}, PeId{p}});
    return all;
}

Wiring leader_ring(const std::vector<SipId>& sips) {
    Wiring wiring;
    wiring.name = "barriers";
    wiring.n_slots = 2;
    wiring.slot_bytes = 64;
    for (std::size_t i = 0; i < sips.size() && sips.size() > 1; ++i) {
        const QueueEnd east{{sips[i], CubeId{0}, PeId{0}}, "E"};
        const QueueEnd west{{sips[(i + 1) % sips.size()], CubeId{0}, PeId{0}}, "W"};
        wiring.pairs[east] = west;
        wiring.pairs[west] = east;
    }
    return wiring;
}

Recipe make_recipe(CollectiveOp op, const ProcessGroupOptions&, const Machine&, const std::vector<SipId>& sips) {
    if (op == CollectiveOp::barrier) return barrier_recipe(sips);
    Recipe recipe;
    recipe.wiring = leader_ring(sips);
    recipe.wiring.name = "ring";
    recipe.wiring.slot_bytes = 4096;
    recipe.wiring.n_slots = 4;
    recipe.kernel_call = [sips](const CollectiveCall& call, std::uint32_t index, const std::vector<Tensor>& tensors) {
        const auto n = static_cast<double>(sips.size());
        return KernelCall{"ring_allreduce", sips[index], tensors,
                          {static_cast<double>(call.count), static_cast<double>(call.redop), n, 1, 1, 1,
                           static_cast<double>(index), n, 1, 1, n, 1, 0, static_cast<double>(call.root), 0, 0},
                          {{sips[index], CubeId{0}, PeId{0}}}, 0};
    };
    return recipe;
}

}  // namespace ahbm::runtime
