// SPDX-License-Identifier: Apache-2.0
// docs/life_of_a_packet.md lists the hops of a launch, a load and a store; here they are walked.
#include "platform/system.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace ahbm {
namespace {

struct Route {
    std::string from, to;
    std::vector<std::string> hops;
};

/// The ```hops FROM -> TO blocks of the page.
std::vector<Route> documented_routes() {
    std::ifstream page(AHBM_SOURCE_DIR "/docs/life_of_a_packet.md");
    std::vector<Route> routes;
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("```hops ")) {
            std::istringstream words(line.substr(8));
            std::string arrow;
            Route& route = routes.emplace_back();
            words >> route.from >> arrow >> route.to;
            inside = true;
        } else if (line.starts_with("```")) {
            inside = false;
        } else if (inside) {
            routes.back().hops.push_back(line);
        }
    }
    return routes;
}

TEST(LifeOfAPacket, TheDocumentedHopsAreTheRealOnes) {
    const PlatformConfig config;
    const tl::KernelRegistry kernels;
    System system("system", config, kernels);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);

    const Directory& places = system.fabric().directory();
    const PeCoord pe{SipId{0}, CubeId{5}, PeId{3}};
    const std::map<std::string, NodeId> nodes{
        {"host", Directory::host()},
        {"sip0.io0.io_cpu", Directory::io_cpu(SipId{0})},
        {"sip0.cube5.m_cpu", places.m_cpu(SipId{0}, CubeId{5})},
        {"sip0.cube5.pe3", places.pe(pe)},
        {"sip0.cube5.pe3.cpu", places.pe(pe, NodeId::Unit::cpu)},
        {"sip0.cube6.pe4.ipcq", places.pe({SipId{0}, CubeId{6}, PeId{4}}, NodeId::Unit::ipcq)},
        {"sip0.cube5.hbm3", places.hbm(pe)},
        {"sip0.cube6.hbm4", places.hbm({SipId{0}, CubeId{6}, PeId{4}})},
    };
    const std::vector<Route> routes = documented_routes();
    ASSERT_EQ(routes.size(), 7u) << "a launch in three legs, a load in two, a store and a send in one each";
    for (const Route& route : routes) {
        std::vector<std::string> walked;
        for (const PathProbe::Hop& hop : system.fabric().path(nodes.at(route.from), nodes.at(route.to)).hops)
            walked.push_back(hop.port.substr(std::string("system.").size()));
        EXPECT_EQ(walked, route.hops) << route.from << " -> " << route.to;
    }
}

}  // namespace
}  // namespace ahbm
