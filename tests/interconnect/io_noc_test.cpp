// SPDX-License-Identifier: Apache-2.0
// IoNoc: joins PCIE_EP, IO_CPU and the connections of the PHYs; its PHY 0 faces the one cube of the bench.
#include "interconnect/io_noc/io_noc.h"
#include "tests/support/block_bench.h"

#include <set>

namespace ahbm::test {
namespace {

struct IoBench : BlockBench {
    static constexpr unsigned connections = 4;
    IoNoc noc;
    BenchEnd pcie_ep{"pcie_ep", *this, Directory::pcie_ep(SipId{0})},
        io_cpu{"io_cpu", *this, Directory::io_cpu(SipId{0})};
    sim::BlockList<BenchEnd> phy;  ///< connections of PHY 0

    explicit IoBench(Timing timing)
        : BlockBench(timing), noc("io_noc", fabric, SipId{0}, {.overhead = 4_ns}, connections) {
        hang(pcie_ep, noc.from_pcie_ep, noc.to_pcie_ep);
        hang(io_cpu, noc.from_io_cpu, noc.to_io_cpu);
        for (unsigned i = 0; i < connections; ++i)
            hang(phy.emplace_back(("phy" + std::to_string(i)).c_str(), *this, router(0)), noc.from_phy(0, i),
                 noc.to_phy(0, i));
    }
    static void hang(BenchEnd& end, InputPort& in, OutputPort& out) {
        join(end.fabric.out, in, LedgerPart::io);
        join(out, end.fabric.in, LedgerPart::io);
    }
    static NodeId router(std::uint16_t id) { return {.kind = NodeId::Kind::cube, .router = id}; }
};

struct IoNocs : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, IoNocs, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(IoNocs, JoinPcieEpAndIoCpu) {
    IoBench bench(GetParam());
    simulate([&] {
        const auto down = bench.pcie_ep.write({}, 1024, {}, Directory::io_cpu(SipId{0}));
        wait_until(1_us);
        const auto up = bench.io_cpu.read({}, 1024, Directory::host());
        wait_for_all();
        EXPECT_EQ(bench.io_cpu.requests.at(0).head, 6_ns);
        EXPECT_EQ(bench.io_cpu.requests.at(0).tail, 10_ns);
        EXPECT_EQ(bench.pcie_ep.end(down), 10_ns + 6_ns + 1_ns);
        EXPECT_EQ(bench.pcie_ep.answer(down).ledger[LedgerPart::io], 12_ns);
        EXPECT_EQ(bench.pcie_ep.requests.size(), 1u);
        EXPECT_EQ(bench.io_cpu.end(up), 1_us + 6_ns + 1_ns + 6_ns + 4_ns);
    });
    bench.expect_books_closed();
}

TEST_P(IoNocs, SendWhatLeavesTheSipToPcieEp) {
    IoBench bench(GetParam());
    simulate([&] {
        for (const NodeId to : {Directory::host(), Directory::pcie_ep(SipId{0}), Directory::io_cpu(SipId{1}),
                                NodeId{.kind = NodeId::Kind::cube, .sip = 1, .router = 3}})
            bench.io_cpu.write({}, 64, {}, to);
        bench.phy[2].write({}, 64, {}, Directory::host());
        wait_for_all();
        EXPECT_EQ(bench.pcie_ep.requests.size(), 5u);
        EXPECT_EQ(bench.io_cpu.answers.size(), 4u);
        for (const BenchEnd& phy : bench.phy) EXPECT_TRUE(phy.requests.empty());
    });
}

TEST_P(IoNocs, SendEachRouterItsTrafficByItsConnectionAndOnTheLayerThatLeadsDown) {
    IoBench bench(GetParam());
    std::set<unsigned> used;
    simulate([&] {
        for (std::uint16_t id = 0; id < 32; ++id) {
            const IoEntry& entry = bench.routing.entry(RouterId{id});
            ASSERT_EQ(entry.phy, 0u) << "the only one with a cube";
            used.insert(entry.connection);
            const std::size_t before = bench.phy[entry.connection].requests.size();
            bench.pcie_ep.write({}, 64, {}, bench.router(id));
            wait_until(bench.wheel.now() + 1_us);
            ASSERT_EQ(bench.phy[entry.connection].requests.size(), before + 1) << id;
            EXPECT_EQ(bench.phy[entry.connection].requests.back().layer, static_cast<std::uint8_t>(entry.layer)) << id;
            EXPECT_GE(entry.layer, Layer::down_south_last) << "layers of its own: up, over and down closes no cycle";
        }
    });
    EXPECT_EQ(used.size(), IoBench::connections) << "all of them serve somebody";
}

TEST_P(IoNocs, TwoFlowsShareALink) {
    IoBench bench(GetParam());
    simulate([&] {
        bench.phy[0].write({}, 4096, {}, Directory::io_cpu(SipId{0}));
        bench.phy[1].write({}, 4096, {}, Directory::io_cpu(SipId{0}));
        bench.phy[2].write({}, 4096, {}, Directory::pcie_ep(SipId{0}));
        wait_for_all();
        ASSERT_EQ(bench.io_cpu.requests.size(), 2u);
        EXPECT_EQ(bench.io_cpu.requests[0].tail, 6_ns + 16_ns);
        EXPECT_EQ(bench.io_cpu.requests[1].tail, 6_ns + 32_ns);
        EXPECT_EQ(bench.pcie_ep.requests.at(0).tail, 6_ns + 16_ns) << "another link";
    });
}

}  // namespace
}  // namespace ahbm::test
