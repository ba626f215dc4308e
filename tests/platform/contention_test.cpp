// SPDX-License-Identifier: Apache-2.0
// Shared resources are shared: n flows get 1/n each, nothing is faster than its wire, control does not wait for data.
#include "tests/platform/dma_driver.h"
#include "tests/platform/session_test.h"

namespace ahbm::test {
namespace {

using scenarios::PathMeasurement;

class Contention : public SessionTest {};

TEST_F(Contention, ReadersOfOneSliceShareItsBandwidth) {
    auto session = make(topology("default"));
    session->run([&] {
        PathMeasurement measure(*session);
        // 64 KiB take 256 ns of the slice's 8 pseudo-channels; n readers take n times as long, plus one way.
        const double alone = measure.incast(CubeId{0}, 1, 65536).ns();
        for (const unsigned readers : {2u, 3u, 4u, 8u}) {
            const double time = measure.incast(CubeId{0}, readers, 65536).ns();
            EXPECT_NEAR(time, alone + (readers - 1) * 256.0, 0.02 * time) << readers << " readers";
        }
    });
}

TEST_F(Contention, TwoFlowsOverOneLinkGetHalfEach) {
    auto session = make(topology("default"), shadow::Mode::off);
    session->run([&] {
        DmaDriver driver(session->system());
        // Two PEs of cube 0 read one slice of cube 1: both ways back lead over its controller's link and one
        // connection.
        constexpr std::uint32_t bytes = 1 << 20;
        const PhysAddr slice = driver.hbm(pe(0, 1, 0)), second = driver.hbm(pe(0, 1, 0), bytes);
        const double alone = driver.load({pe(0, 0, 0), slice, bytes}).ns();
        const std::vector<sim::Time> both = driver.load({{pe(0, 0, 0), slice, bytes}, {pe(0, 0, 1), second, bytes}});
        for (const sim::Time time : both) EXPECT_NEAR(time.ns(), 2 * alone, 0.02 * 2 * alone);
    });
    for (const OutputPort* port : session->system().fabric().ports()) {
        const Link::Stats& stats = port->link().stats();
        if (stats.packets == 0) continue;
        EXPECT_LE(stats.busy, stats.last_use - stats.first_use) << port->name();
    }
}

TEST_F(Contention, ControlIsNotDelayedByData) {
    Link link(sim::Bandwidth::gigabytes(256));
    EXPECT_EQ(link.reserve(VirtualChannel::data, sim::Time::ns(0), 65536), sim::Time::ns(0));
    EXPECT_EQ(link.reserve(VirtualChannel::data, sim::Time::ns(1), 256), sim::Time::ns(256)) << "data waits for data";
    EXPECT_EQ(link.reserve(VirtualChannel::ctrl, sim::Time::ns(1), 256), sim::Time::ns(1)) << "control does not";
    EXPECT_EQ(link.reserve(VirtualChannel::ctrl, sim::Time::ns(1), 256), sim::Time::ns(2))
        << "control waits for control";
    EXPECT_EQ(link.reserve(VirtualChannel::comm, sim::Time::ns(1), 256), sim::Time::ns(259))
        << "its bytes are accounted";
}

}  // namespace
}  // namespace ahbm::test
