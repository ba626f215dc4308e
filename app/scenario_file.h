// SPDX-License-Identifier: Apache-2.0
/// configs/scenarios/*.yaml: a scenario with a topology and parameters.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace ahbm::cli {

struct ScenarioFile {
    std::string scenario;
    std::string topology = "default";
    std::vector<std::string> set;
    std::map<std::string, std::string> parameters;
    template <class V>
    void fields(V& v) {
        v("scenario", scenario, "name of the scenario");
        v("topology", topology, "name or file of the topology");
        v("set", set, "overrides of the topology, \"path=value\"");
        v("parameters", parameters, "the scenario's parameters");
    }
};

}  // namespace ahbm::cli
