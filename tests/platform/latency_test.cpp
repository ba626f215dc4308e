// SPDX-License-Identifier: Apache-2.0
// Zero-load latency equals the closed form to the picosecond, in all timings, and every part of the ledger is where
// the closed form says.
#include "tests/platform/closed_form.h"
#include "tests/platform/dma_driver.h"
#include "tests/platform/session_test.h"

namespace ahbm::test {
namespace {

constexpr std::uint32_t kSizes[] = {64, 256, 1024, 4096, 5000, 16384, 65536};
constexpr std::uint64_t kTcmOffset = 4 << 20;

class Latency : public SessionTest, public ::testing::WithParamInterface<const char*> {
protected:
    std::unique_ptr<Session> idle(std::vector<std::string> overrides = {}) {
        overrides.push_back(std::string("fabric.timing=") + GetParam());
        return make(topology("default", overrides), shadow::Mode::off);
    }
};
INSTANTIATE_TEST_SUITE_P(Timings, Latency, ::testing::Values("hop", "fast", "flit"),
                         [](const auto& test) { return std::string(test.param); });

void expect_closed_form(Session& session) {
    session.run([&] {
        DmaDriver driver(session.system());
        const ClosedForm form(session.system());
        const PeCoord self = pe(0, 5, 3);
        const auto here = form.pe(self);
        const auto check = [&](PhysAddr address, const ClosedForm::Place& place) {
            for (const std::uint32_t bytes : kSizes) {
                SCOPED_TRACE(to_string(address) + ", " + std::to_string(bytes) + " B");
                EXPECT_EQ(driver.load({self, address, bytes}).ps(), form.read(here, place, bytes).ps()) << "PE reads";
                EXPECT_EQ(driver.store({self, address, bytes}).ps(), form.acknowledged_write(here, place, bytes).ps())
                    << "PE writes";
                EXPECT_EQ(driver.host_read(address, bytes).ps(), form.read(form.host(), place, bytes).ps())
                    << "host reads";
                EXPECT_EQ(driver.host_write(address, bytes).ps(),
                          form.acknowledged_write(form.host(), place, bytes).ps())
                    << "host writes";
            }
        };
        for (const PeCoord at : {self, pe(0, 5, 6), pe(0, 6, 1), pe(0, 15, 7), pe(1, 10, 2)}) {
            check(driver.hbm(at), form.hbm(at));
            check(PhysAddr::cube_sram(at.sip, at.cube, 0), form.sram(at.sip, at.cube));
            if (at != self) check(PhysAddr::pe_tcm(at, kTcmOffset), form.pe(at));
        }
    });
}

TEST_P(Latency, OfEveryPathClassEqualsTheClosedForm) {
    auto session = idle();
    expect_closed_form(*session);
}

TEST_P(Latency, FollowsTheConfiguration) {
    // Every term of the closed form has a value of its own: none is zero, none can stand in for another.
    auto session = idle({"sip.cube.noc.router_overhead=0.3 ns", "sip.cube.noc.wire_delay=37 ps/mm",
                         "sip.ucie.port_overhead=5.1 ns", "sip.io_noc.overhead=1.7 ns", "switch.overhead=6.3 ns",
                         "switch.link_delay=2.9 ns", "sip.cube.pe.mmu.lookup=0.9 ns", "fabric.header=32 B",
                         "sip.cube.sram.access=3.3 ns"});
    expect_closed_form(*session);
}

TEST_P(Latency, GrowsWithDistance) {
    auto session = idle();
    session->run([&] {
        DmaDriver driver(session->system());
        const PeCoord self = pe(0, 0, 0);
        sim::Time read, write;
        for (const PeCoord slice : {self, pe(0, 0, 7), pe(0, 1, 0), pe(0, 15, 7), pe(1, 15, 7)}) {
            SCOPED_TRACE(to_string(driver.hbm(slice)));
            const sim::Time nearer_read = std::exchange(read, driver.load({self, driver.hbm(slice), 4096}));
            const sim::Time nearer_write = std::exchange(write, driver.store({self, driver.hbm(slice), 4096}));
            EXPECT_GT(read, nearer_read);
            EXPECT_GT(write, nearer_write);
        }
        for (const std::uint32_t bytes : kSizes)
            EXPECT_GE(driver.host_read(driver.hbm(self), bytes), driver.host_write(driver.hbm(self), bytes))
                << "D2H >= H2D, " << bytes << " B";
    });
}

TEST_P(Latency, OfReferencePoints) {
    // The predecessor's flit model: 77 ns for 16 KiB from the own slice (ours has one burst of 8 ns in front of the
    // stream, and no cycles in PE_DMA), 545 ns for 64 KiB over one UCIe connection (ours needs no credits back).
    auto session = idle();
    session->run([&] {
        DmaDriver driver(session->system());
        const PeCoord self = pe(0, 0, 0);
        const double own = driver.load({self, driver.hbm(self), 16384}).ns();
        const double crossing = driver.load({self, driver.hbm(pe(0, 1, 0)), 65536}).ns();
        std::cout << "16 KiB from the own slice: " << own << " ns (77); 64 KiB over one UCIe connection: " << crossing
                  << " ns (545)\n";
        EXPECT_GE(own, 64.0);
        EXPECT_GE(crossing, 512.0);
        EXPECT_EQ(driver.load({self, driver.hbm(self), 65536}) - driver.load({self, driver.hbm(self), 16384}),
                  sim::Time::ns(192))
            << "streams at 256 GB/s";
    });
}

TEST_P(Latency, LedgerSaysWhereTheTimeWent) {
    auto session = idle();
    session->run([&] {
        Fabric& fabric = session->system().fabric();
        DmaDriver driver(session->system());
        const ClosedForm form(session->system());
        const PeCoord self = pe(0, 5, 3);
        const auto expect_parts = [&](PathClass path, Access access, const Ledger& expected, auto transfer) {
            DmaDriver::settle();  // what came before is acknowledged
            const Fabric::Totals before = fabric.totals(access, path);
            transfer();
            const Fabric::Totals after = fabric.totals(access, path);
            ASSERT_EQ(after.transactions, before.transactions + 1);
            EXPECT_EQ((after.latency - before.latency).ps(), expected.sum().ps());
            for (std::size_t i = 0; i < kLedgerParts; ++i) {
                const auto part = static_cast<LedgerPart>(i);
                EXPECT_EQ((after.ledger[part] - before.ledger[part]).ps(), expected[part].ps()) << kLedgerPartNames[i];
            }
        };
        struct Case {
            PeCoord slice;
            PathClass path;
        };
        for (const auto& [slice, path] :
             {Case{self, PathClass::own_slice}, Case{pe(0, 5, 6), PathClass::same_cube},
              Case{pe(0, 15, 7), PathClass::same_sip}, Case{pe(1, 10, 2), PathClass::other_sip}}) {
            SCOPED_TRACE(std::string(kPathClassNames[static_cast<std::size_t>(path)]));
            const auto ledger = form.ledger(form.pe(self), form.hbm(slice), 4096, Access::read);
            const PeCoord target = slice;
            expect_parts(path, Access::read, ledger, [&] { driver.load({self, driver.hbm(target), 4096}); });
            EXPECT_EQ(ledger[LedgerPart::ucie] == sim::Time{},
                      path == PathClass::own_slice || path == PathClass::same_cube)
                << "UCIe time exactly where a UCIe link is crossed";
        }
        const auto host_parts = form.ledger(form.host(), form.hbm(self), 4096, Access::write);
        expect_parts(PathClass::host, Access::write, host_parts, [&] { driver.host_write(driver.hbm(self), 4096); });
    });
}

}  // namespace
}  // namespace ahbm::test
