// SPDX-License-Identifier: Apache-2.0
// docs/life_of_a_packet.md lists the hops of a launch, a load, a store and a send; here they are walked, and run.
#include "tests/platform/session_test.h"

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
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

class LifeOfAPacket : public test::SessionTest {
protected:
    static constexpr PeCoord kPe{SipId{0}, CubeId{5}, PeId{3}}, kBeside{SipId{0}, CubeId{6}, PeId{4}};
    static std::map<std::string, NodeId> nodes(const Directory& places) {
        return {{"host", Directory::host()},
                {"sip0.io0.io_cpu", Directory::io_cpu(SipId{0})},
                {"sip0.cube5.m_cpu", places.m_cpu(SipId{0}, CubeId{5})},
                {"sip0.cube5.pe3", places.pe(kPe)},
                {"sip0.cube5.pe3.cpu", places.pe(kPe, NodeId::Unit::cpu)},
                {"sip0.cube6.pe4.ipcq", places.pe(kBeside, NodeId::Unit::ipcq)},
                {"sip0.cube5.hbm3", places.hbm(kPe)},
                {"sip0.cube6.hbm4", places.hbm(kBeside)}};
    }
};

/// The links that each leg of a transaction takes, in order.
class Legs final : public LinkObserver {
public:
    explicit Legs(Fabric& fabric) : fabric_(fabric) {
        for (OutputPort* port : fabric.ports()) port->observers().add(*this);
    }
    ~Legs() override {
        for (OutputPort* port : fabric_.ports()) port->observers().remove(*this);
    }
    void reserved(const OutputPort& port, const Packet& packet, const Reservation& reservation) override {
        if (!reservation.first) return;
        Leg& leg = legs_[{packet.transaction, packet.response}];
        leg.to = packet.destination;
        leg.hops.push_back(port.name().substr(std::string("system.").size()));
    }
    /// Every way that packets took to a node out of this port.
    std::set<std::vector<std::string>> ways(const std::string& first_port, NodeId to) const {
        std::set<std::vector<std::string>> ways;
        for (const auto& [id, leg] : legs_)
            if (leg.to == to && leg.hops.front() == first_port) ways.insert(leg.hops);
        return ways;
    }

private:
    struct Leg {
        NodeId to;
        std::vector<std::string> hops;
    };
    Fabric& fabric_;
    std::map<std::pair<std::uint64_t, bool>, Leg> legs_;
};

TEST_F(LifeOfAPacket, TheDocumentedHopsAreTaken) {
    const std::unique_ptr<Session> session = make(PlatformConfig{});
    Fabric& fabric = session->system().fabric();
    const Legs legs(fabric);
    session->run([&] {
        scenarios::PathMeasurement measure(*session);
        measure.pe_dma(kPe, kPe, 256, scenarios::Transfer::read);  // a launch, and a load
        measure.pe_dma(kPe, kBeside, 256, scenarios::Transfer::acknowledged_write);
        measure.ipcq(kPe, kBeside, 256);
    });
    const std::map<std::string, NodeId> at = nodes(fabric.directory());
    for (const Route& route : documented_routes())
        EXPECT_EQ(legs.ways(route.hops.front(), at.at(route.to)), std::set{route.hops})
            << route.from << " -> " << route.to;
}

TEST_F(LifeOfAPacket, TheDocumentedHopsAreTheRealOnes) {
    const PlatformConfig config;
    System system("system", config, kernels);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);

    const std::map<std::string, NodeId> at = nodes(system.fabric().directory());
    const std::vector<Route> routes = documented_routes();
    ASSERT_EQ(routes.size(), 7u) << "a launch in three legs, a load in two, a store and a send in one each";
    for (const Route& route : routes) {
        std::vector<std::string> walked;
        for (const PathProbe::Hop& hop : system.fabric().path(at.at(route.from), at.at(route.to)).hops)
            walked.push_back(hop.port.substr(std::string("system.").size()));
        EXPECT_EQ(walked, route.hops) << route.from << " -> " << route.to;
    }
}

}  // namespace
}  // namespace ahbm
