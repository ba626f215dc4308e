// SPDX-License-Identifier: Apache-2.0
#include "experiments/validation/validation.h"

#include <algorithm>
#include <utility>

namespace ahbm::validation {

Measure hosted(Measure measure) {
    return [measure = std::move(measure)](Session& session, std::vector<Case>& cases) {
        session.run([&] { measure(session, cases); });
    };
}

double slice_rate(const PlatformConfig& config) {
    const HbmConfig& hbm = config.sip.cube.hbm;
    return std::min({hbm.channels * hbm.channel_bandwidth.bytes_per_ns(), hbm.link_bandwidth.bytes_per_ns(),
                     config.sip.cube.noc.link_bandwidth.bytes_per_ns()});
}

std::vector<std::string> one_sip() { return {"sips.topology=ring_1d", "sips.w=0", "sips.h=0", "sips.count=1"}; }

std::vector<std::string> one_cube() {
    std::vector<std::string> overrides = one_sip();
    overrides.insert(overrides.end(), {"sip.cube_mesh.w=1", "sip.cube_mesh.h=1"});
    return overrides;
}

std::vector<Setup> setups() {
    std::vector<Setup> all;
    add_fabric_setups(all);
    add_memory_setups(all);
    add_work_setups(all);
    return all;
}

}  // namespace ahbm::validation
