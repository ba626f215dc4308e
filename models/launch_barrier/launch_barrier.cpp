// SPDX-License-Identifier: Apache-2.0
#include "models/launch_barrier/launch_barrier.h"

#include "sim/check.h"

#include <algorithm>

namespace ahbm {

void LaunchBarrier::open(std::uint64_t launch_id, std::span<const std::uint16_t> pe_masks) {
    Launch& launch = launches_[launch_id];
    for (std::uint32_t cube = 0; cube < pe_masks.size(); ++cube)
        for (std::uint32_t pe = 0; pe < 16; ++pe)
            if ((pe_masks[cube] >> pe & 1) != 0) launch.pes.push_back({sip_, CubeId{cube}, PeId{pe}});
    launch.missing = launch.pes.size();
}

void LaunchBarrier::take(const abi::LaunchSignal& signal) {
    const auto found = launches_.find(signal.launch_id);
    if (found == launches_.end() || found->second.aborted) return;
    Launch& launch = found->second;
    if (signal.kind == abi::LaunchSignal::Kind::abort) {
        launch.aborted = true;
        return tell(launch, {abi::LaunchSignal::Kind::abort, signal.launch_id});
    }
    SIM_CHECK(signal.kind == abi::LaunchSignal::Kind::ready && launch.missing > 0,
              "launch " + std::to_string(signal.launch_id) + ": a PE is ready that nobody waits for");
    if (--launch.missing > 0) return;
    sim::Time farthest;
    for (const PeCoord pe : launch.pes) farthest = std::max(farthest, wires_.latency(abi::launch_signals(pe)));
    const auto start = static_cast<std::uint64_t>((wheel_.now() + farthest).ps());
    tell(launch, {abi::LaunchSignal::Kind::start, signal.launch_id, start});
}

void LaunchBarrier::abort_all() {
    for (const auto& [id, launch] : launches_) take({abi::LaunchSignal::Kind::abort, id});
}

void LaunchBarrier::tell(const Launch& launch, const abi::LaunchSignal& signal) {
    for (const PeCoord pe : launch.pes) wires_.send(abi::launch_signals(pe), signal);
}

}  // namespace ahbm
