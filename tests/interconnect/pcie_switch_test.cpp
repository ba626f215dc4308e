// SPDX-License-Identifier: Apache-2.0
// PcieSwitch: joins the host and every SIP; 5 ns per packet by default.
#include "interconnect/switch/pcie_switch.h"
#include "tests/support/block_bench.h"

namespace ahbm::test {
namespace {

struct SwitchBench : BlockBench {
    PcieSwitch pcie_switch;
    BenchEnd host{"host", *this, Directory::host()};
    sim::BlockList<BenchEnd> sips;

    explicit SwitchBench(Timing timing, SwitchConfig config = {})
        : BlockBench(timing), pcie_switch("switch", fabric, config, 3) {
        join(host.fabric.out, pcie_switch.from_host, LedgerPart::io);
        join(pcie_switch.to_host, host.fabric.in, LedgerPart::io);
        for (std::uint32_t i = 0; i < 3; ++i) {
            BenchEnd& sip = sips.emplace_back(("sip" + std::to_string(i)).c_str(), *this, at(i));
            join(sip.fabric.out, pcie_switch.from_sip(SipId{i}), LedgerPart::io);
            join(pcie_switch.to_sip(SipId{i}), sip.fabric.in, LedgerPart::io);
        }
    }
    static NodeId at(std::uint32_t sip) { return Directory::io_cpu(SipId{sip}); }
};

struct Switch : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, Switch, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(Switch, JoinsTheHostAndEverySip) {
    SwitchBench bench(GetParam());
    simulate([&] {
        for (std::uint32_t i = 0; i < 3; ++i) {
            const sim::Time start = bench.wheel.now();
            const auto down = bench.host.write({}, 1024, {}, bench.at(i));
            wait_until(start + 1_us);
            const auto up = bench.sips[i].read({}, 1024, Directory::host());
            wait_until(start + 2_us);
            EXPECT_EQ(bench.host.end(down) - start, 7_ns + 4_ns + 7_ns + 1_ns) << i;
            EXPECT_EQ(bench.host.answer(down).ledger[LedgerPart::io], 14_ns);
            EXPECT_EQ(bench.sips[i].end(up) - start - 1_us, 7_ns + 1_ns + 7_ns + 4_ns) << i;
            EXPECT_EQ(bench.sips[i].requests.size(), 1u);
        }
    });
    bench.expect_books_closed();
}

TEST_P(Switch, JoinsSipsWithEachOther) {
    SwitchBench bench(GetParam(), {.overhead = 50_ns});
    simulate([&] {
        const auto write = bench.sips[0].write({}, 256, {}, NodeId{.kind = NodeId::Kind::cube, .sip = 2, .router = 5});
        wait_for_all();
        EXPECT_EQ(bench.sips[2].requests.at(0).head, 52_ns);
        EXPECT_TRUE(bench.sips[0].answer(write).ok());
        EXPECT_TRUE(bench.host.requests.empty());
        EXPECT_TRUE(bench.sips[1].requests.empty());
    });
}

TEST_P(Switch, HasOneLinkPerPort) {
    SwitchBench bench(GetParam());
    simulate([&] {
        bench.sips[0].write({}, 4096, {}, bench.at(2));
        bench.sips[1].write({}, 4096, {}, bench.at(2));
        bench.host.write({}, 4096, {}, bench.at(1));
        wait_for_all();
        ASSERT_EQ(bench.sips[2].requests.size(), 2u);
        EXPECT_EQ(bench.sips[2].requests[0].tail, 7_ns + 16_ns);
        EXPECT_EQ(bench.sips[2].requests[1].tail, 7_ns + 32_ns) << "two to one";
        EXPECT_EQ(bench.sips[1].requests.at(0).tail, 7_ns + 16_ns) << "to another";
    });
    bench.expect_books_closed();
}

TEST_P(Switch, DirectionsOfAPortDoNotWaitForEachOther) {
    SwitchBench bench(GetParam());
    simulate([&] {
        bench.sips[0].write({}, 4096, {}, bench.at(1));
        bench.sips[1].write({}, 4096, {}, bench.at(0));
        wait_for_all();
        EXPECT_EQ(bench.sips[1].requests.at(0).tail, 7_ns + 16_ns);
        EXPECT_EQ(bench.sips[0].requests.at(0).tail, 7_ns + 16_ns);
    });
}

}  // namespace
}  // namespace ahbm::test
