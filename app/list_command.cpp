// SPDX-License-Identifier: Apache-2.0
#include "app/list_command.h"

#include "app/command_line.h"
#include "experiments/configs.h"
#include "observe/measurements.h"
#include "platform/config.h"
#include "sim/config/config.h"

#include <fmt/format.h>

namespace ahbm::cli {

int list_command(const std::string& what, const Registries& registries) {
    const auto wanted = [&](const char* kind) { return what == "all" || what == kind; };
    if (wanted("scenarios")) {
        fmt::print("scenarios\n");
        for (const ScenarioInfo* info : registries.scenarios.all())
            fmt::print("  {:<20} {}\n", info->name, info->description);
    }
    if (wanted("kernels")) {
        fmt::print("kernels\n");
        for (const tl::KernelInfo* info : registries.kernels.all())
            fmt::print("  {:<20} {}\n", info->name, info->description);
    }
    if (wanted("algorithms")) {
        fmt::print("algorithms\n");
        for (const auto& [name, algorithm] : load_ccl("ccl", {}).algorithms)
            fmt::print("  {:<24} {}: {} on {}, {}\n", name, algorithm.op, algorithm.kernel, algorithm.topology,
                       algorithm.mapper);
    }
    if (wanted("topologies")) {
        fmt::print("topologies\n");
        for (const std::string& name : config_names("topology")) {
            const auto config = config::load_file<PlatformConfig>(find_config("topology", name).string(), {});
            fmt::print("  {:<20} {} SIP(s) of {}x{} cubes with {} PEs\n", name, config.sips.count,
                       config.sip.cube_mesh.w, config.sip.cube_mesh.h, config.sip.cube.noc.pe_count());
        }
    }
    if (wanted("models")) {
        fmt::print("models\n");
        for (const auto& [kind, count] : inventory(PlatformConfig{})) {
            std::string names;
            for (const auto& [name, factory] : kind == "pe_gemm"   ? registries.models.pe_gemm
                                               : kind == "pe_math" ? registries.models.pe_math
                                                                   : decltype(registries.models.pe_gemm){})
                names += " " + name;
            fmt::print("  {:<20}{}\n", kind, names);
        }
    }
    return ok;
}

}  // namespace ahbm::cli
