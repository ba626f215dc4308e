// SPDX-License-Identifier: Apache-2.0
// Zero-load latency equals the closed form to the picosecond, in both timings; shared resources are shared.
#include "tests/platform/closed_form.h"
#include "tests/platform/session_test.h"

namespace ahbm::test {
namespace {

using scenarios::PathMeasurement;
using scenarios::Transfer;

class Latency : public SessionTest, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Timings, Latency, ::testing::Values("hop", "fast"), [](const auto& test) { return std::string(test.param); });

TEST_P(Latency, OfEveryPathClassEqualsTheClosedForm) {
    auto session = make(topology("default", {std::string("fabric.timing=") + GetParam()}));
    session->run([&] {
        PathMeasurement measure(*session);
        const ClosedForm expect(session->system());
        const PeCoord self = pe(0, 5, 3);
        for (const PeCoord slice : {self, pe(0, 5, 6), pe(0, 6, 1), pe(0, 15, 7), pe(1, 10, 2)}) {
            SCOPED_TRACE(to_string(PhysAddr::pe_hbm(slice, session->system().config().sip.cube.hbm.slice, 0)));
            for (const std::uint32_t bytes : {64u, 256u, 1024u, 4096u}) {
                EXPECT_EQ(measure.pe_dma(self, slice, bytes, Transfer::read).ps(), expect.read(&self, slice, bytes).ps()) << bytes << " B read";
                EXPECT_EQ(measure.pe_dma(self, slice, bytes, Transfer::acknowledged_write).ps(),
                          expect.acknowledged_write(&self, slice, bytes).ps()) << bytes << " B write";
                EXPECT_EQ(measure.host_dma(slice, bytes, Transfer::read).ps(), expect.read(nullptr, slice, bytes).ps()) << bytes << " B D2H";
                EXPECT_EQ(measure.host_dma(slice, bytes, Transfer::write).ps(), expect.acknowledged_write(nullptr, slice, bytes).ps()) << bytes << " B H2D";
            }
        }
    });
}

TEST_P(Latency, GrowsWithDistance) {
    auto session = make(topology("default", {std::string("fabric.timing=") + GetParam()}));
    session->run([&] {
        PathMeasurement measure(*session);
        const PeCoord self = pe(0, 0, 0);
        sim::Time before;
        for (const PeCoord slice : {self, pe(0, 0, 7), pe(0, 1, 0), pe(0, 15, 7), pe(1, 15, 7)}) {
            const sim::Time time = measure.pe_dma(self, slice, 4096, Transfer::read);
            EXPECT_GT(time, before);
            before = time;
        }
        EXPECT_GE(measure.host_dma(self, 65536, Transfer::read), measure.host_dma(self, 65536, Transfer::write)) << "D2H >= H2D";
    });
}

class Contention : public SessionTest {};

TEST_F(Contention, ALongTransferStreamsAtTheNarrowestLink) {
    auto session = make(topology("default"));
    session->run([&] {
        PathMeasurement measure(*session);
        const ClosedForm expect(session->system());
        const PeCoord self = pe(0, 0, 0), near = pe(0, 1, 0);
        // Packets after the first stream at 256 GB/s from the own slice, at 128 GB/s over UCIe, without a gap.
        EXPECT_EQ(measure.pe_dma(self, self, 65536, Transfer::read).ps(), expect.read(&self, self, 4096).ps() + 15 * 16'000);
        EXPECT_EQ(measure.pe_dma(self, near, 65536, Transfer::read).ps(), expect.read(&self, near, 4096).ps() + 15 * 32'000);
    });
}

TEST_F(Contention, ReadersOfOneSliceShareItsBandwidth) {
    auto session = make(topology("default"));
    session->run([&] {
        PathMeasurement measure(*session);
        // 16 KiB take 64 ns of the slice's 8 pseudo-channels; n readers take n times as long, plus one way.
        const double alone = measure.incast(CubeId{0}, 1, 65536).ns();
        for (const unsigned readers : {2u, 3u, 4u, 8u}) {
            const double time = measure.incast(CubeId{0}, readers, 65536).ns();
            EXPECT_NEAR(time, alone + (readers - 1) * 256.0, 0.02 * time) << readers << " readers";
        }
    });
}

TEST_F(Contention, OrderOfServiceGivesTwoFlowsHalfEach) {
    // Two PEs of one cube read from one PE's slice in the neighbouring cube: both flows share that controller's link.
    auto session = make(topology("default"));
    session->run([&] {
        PathMeasurement measure(*session);
        const sim::Time both = measure.incast(CubeId{0}, 2, 1 << 20);
        EXPECT_NEAR(both.ns(), 2.0 * (1 << 20) / 256.0, 0.02 * both.ns());
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
    EXPECT_EQ(link.reserve(VirtualChannel::ctrl, sim::Time::ns(1), 256), sim::Time::ns(2)) << "control waits for control";
    EXPECT_EQ(link.reserve(VirtualChannel::comm, sim::Time::ns(1), 256), sim::Time::ns(259)) << "its bytes are accounted";
}

}  // namespace
}  // namespace ahbm::test
