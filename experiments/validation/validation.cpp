// SPDX-License-Identifier: Apache-2.0
#include "experiments/validation/validation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

namespace {

/// What closed forms do not know. Empty: nothing of it is configured.
std::string left_out(const PlatformConfig& config) {
    const HbmConfig& hbm = config.sip.cube.hbm;
    std::vector<std::string> all;
    if (hbm.row_miss > sim::Time{}) all.emplace_back("sip.cube.hbm.row_miss");
    if (hbm.turnaround > sim::Time{}) all.emplace_back("sip.cube.hbm.turnaround");
    if (hbm.refresh_interval > sim::Time{}) all.emplace_back("sip.cube.hbm.refresh_interval");
    const PlatformConfig defaults;
    if (config.fabric.max_outstanding < defaults.fabric.max_outstanding)
        all.emplace_back("fabric.max_outstanding, which does not cover round trips");
    if (config.host.max_outstanding < defaults.host.max_outstanding)
        all.emplace_back("host.max_outstanding, which does not cover round trips");
    return all.empty() ? "" : fmt::format("the form leaves out {}", fmt::join(all, ", "));
}

}  // namespace

std::vector<Case> cases_of(const Setup& setup, Session& session) {
    std::vector<Case> cases;
    setup.measure(session, cases);
    const std::string why = left_out(session.system().config());
    for (Case& each : cases)
        if (each.reason.empty() && (each.unit == "ns" ? each.error() > 0 : each.error() < 0)) each.reason = why;
    return cases;
}

std::vector<Setup> setups() {
    std::vector<Setup> all;
    add_fabric_setups(all);
    add_memory_setups(all);
    add_work_setups(all);
    return all;
}

}  // namespace ahbm::validation
