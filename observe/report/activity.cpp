// SPDX-License-Identifier: Apache-2.0
#include "observe/report/activity.h"
#include "platform/launch_record.h"

#include <nlohmann/json.hpp>

namespace ahbm::report {
namespace {

/// Where routers are on a cube, and what hangs on them.
nlohmann::json shape_json(System& system) {
    const PlatformConfig& config = system.config();
    const CubeGeometry& cube = system.routing().grid().cube();
    nlohmann::json routers = nlohmann::json::array(), blocks = nlohmann::json::array(), ucie = nlohmann::json::array();
    for (std::uint32_t r = 0; r < cube.router_count(); ++r) {
        const GridCell cell = cube.cell(CubeRouterId{r});
        routers.push_back({cell.row, cell.column});
    }
    const auto hang = [&](const std::string& name, const Attachment& at) { blocks.push_back({name, at.router.value}); };
    for (std::uint32_t p = 0; p < cube.pe_count(); ++p) {
        hang("pe" + std::to_string(p), cube.pe(PeId{p}));
        hang("hbm" + std::to_string(p), cube.pe(PeId{p}));
    }
    hang("m_cpu", cube.m_cpu());
    hang("sram", cube.sram());
    for (const Direction side : kSides)
        for (std::uint32_t i = 0; i < cube.connections(); ++i)
            ucie.push_back({to_string(side), i, cube.ucie(side, i).router.value});
    return {{"sips", config.sips.count},
            {"sip_columns", config.sips.shape().w},
            {"cube_columns", config.sip.cube_mesh.w},
            {"cube_rows", config.sip.cube_mesh.h},
            {"pes", cube.pe_count()},
            {"router_rows", config.sip.cube.noc.rows},
            {"router_columns", config.sip.cube.noc.columns},
            {"routers", routers},
            {"blocks", blocks},
            {"ucie", ucie}};
}

/// Of one PE, in operations and bytes per second.
nlohmann::json peaks_json(const PlatformConfig& config) {
    const CubeConfig& cube = config.sip.cube;
    const PeMathConfig& math = cube.pe.math;
    const auto per_second = [](sim::Bandwidth bandwidth) { return bandwidth.bytes_per_ns() * 1e9; };
    return {{"gemm_flop", static_cast<double>(cube.pe.gemm.rate.megaflops) * 1e6},
            {"math_passes", static_cast<double>(math.clock.kilohertz) * 1e3 * math.lanes},
            {"hbm", per_second(cube.hbm.channel_bandwidth) * cube.hbm.channels},
            {"link", per_second(cube.noc.link_bandwidth)}};
}

}  // namespace

void Activity::finish() {
    pes_.finish();
    links_.finish();
}

nlohmann::json Activity::json(const std::vector<LaunchRecord>& launches, const std::string& command) const {
    return {{"schema", "ahbm-activity"},
            {"version", 1},
            {"command", command},
            {"program", AHBM_VERSION},
            {"shape", shape_json(system_)},
            {"peaks", peaks_json(system_.config())},
            {"axis", links_.axis_json()},
            {"links", links_.links_json()},
            {"lanes", pes_.lanes_json(system_.wheel().now())},
            {"phases", pes_.phases_json()},
            {"work", pes_.work_json(launches)}};
}

}  // namespace ahbm::report
