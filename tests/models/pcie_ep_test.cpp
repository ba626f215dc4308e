// SPDX-License-Identifier: Apache-2.0
// PcieEp: the way between PCIe and the IO chiplet, 5 ns per packet by default, and to neighbouring SIPs.
#include "models/pcie_ep/pcie_ep.h"
#include "tests/support/block_bench.h"

namespace ahbm::test {
namespace {

const NodeId host{}, io_cpu = Directory::io_cpu(SipId{1}), itself = Directory::pcie_ep(SipId{1}),
                     neighbour = Directory::io_cpu(SipId{2}), far_sip = Directory::io_cpu(SipId{3});

/// The end point of sip1, whose neighbour is sip2. Every end answers at once.
struct EndPointBench : BlockBench {
    PcieEp end_point;
    BenchEnd switch_side{"switch_side", *this, host}, noc_side{"noc_side", *this, io_cpu},
        peer{"peer", *this, neighbour};

    explicit EndPointBench(Timing timing = Timing::hop, PcieEpConfig config = {})
        : BlockBench(timing), end_point("pcie_ep", fabric, SipId{1}, config, {SipId{2}}) {
        join(end_point.to_switch, switch_side.fabric.in, LedgerPart::io);
        join(end_point.to_noc, noc_side.fabric.in, LedgerPart::io);
        join(end_point.to_peer(SipId{2}), peer.fabric.in, LedgerPart::io);
        join(switch_side.fabric.out, end_point.from_switch, LedgerPart::io);
        join(noc_side.fabric.out, end_point.from_noc, LedgerPart::io);
        join(peer.fabric.out, end_point.from_peer(SipId{2}), LedgerPart::io);
    }
};

struct EndPoint : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, EndPoint, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(EndPoint, PassesTrafficBothWays) {
    EndPointBench bench(GetParam());
    simulate([&] {
        const auto down = bench.switch_side.write({}, 1024, {}, io_cpu);
        wait_until(1_us);
        const auto up = bench.noc_side.read({}, 1024, host);
        wait_for_all();
        ASSERT_EQ(bench.noc_side.requests.size(), 1u);
        EXPECT_EQ(bench.noc_side.requests[0].head, 1_ns + 5_ns + 1_ns);
        EXPECT_EQ(bench.noc_side.requests[0].tail, 7_ns + 4_ns) << "cut-through: the size is paid once";
        EXPECT_EQ(bench.switch_side.end(down), 11_ns + 7_ns + 1_ns);
        EXPECT_EQ(bench.switch_side.answer(down).ledger[LedgerPart::io], 2 * 7_ns);
        ASSERT_EQ(bench.switch_side.requests.size(), 1u);
        EXPECT_EQ(bench.noc_side.end(up), 1_us + 7_ns + 1_ns + 7_ns + 4_ns);
    });
    bench.expect_books_closed();
}

TEST_P(EndPoint, SendsToNeighboursOverTheirLinkAndToOthersOverTheSwitch) {
    EndPointBench bench(GetParam());
    simulate([&] {
        bench.noc_side.write({}, 64, {}, neighbour);
        bench.peer.write({}, 64, {}, io_cpu);
        wait_until(1_us);
        bench.noc_side.write({}, 64, {}, far_sip);
        wait_until(2_us);
        bench.peer.write({}, 64, {}, host);
        wait_for_all();
        EXPECT_EQ(bench.peer.requests.size(), 1u);
        EXPECT_EQ(bench.noc_side.requests.size(), 1u);
        ASSERT_EQ(bench.switch_side.requests.size(), 2u);
        EXPECT_GT(bench.switch_side.requests[0].head, 1_us);
        EXPECT_EQ(bench.noc_side.answers.size(), 2u);
        EXPECT_EQ(bench.peer.answers.size(), 2u);
    });
    bench.expect_books_closed();
}

TEST_P(EndPoint, TakesItsOverheadFromTheConfiguration) {
    EndPointBench bench(GetParam(), {.overhead = 100_ns});
    simulate([&] {
        bench.switch_side.write({}, 256, {}, io_cpu);
        wait_for_all();
        EXPECT_EQ(bench.noc_side.requests.at(0).head, 102_ns);
    });
}

TEST_P(EndPoint, FlowsToOneSideShareItsLink) {
    EndPointBench bench(GetParam());
    simulate([&] {
        bench.switch_side.write({}, 1024, {}, io_cpu);
        bench.peer.write({}, 1024, {}, io_cpu);
        wait_for_all();
        ASSERT_EQ(bench.noc_side.requests.size(), 2u);
        EXPECT_EQ(bench.noc_side.requests[0].tail, 11_ns);
        EXPECT_EQ(bench.noc_side.requests[1].tail, 15_ns);
    });
    bench.expect_books_closed();
}

TEST_P(EndPoint, AnswersAccessesToItsRegistersWithAnError) {
    EndPointBench bench(GetParam());
    simulate([&] {
        const Domain registers{.sip = SipId{1}, .window = abi::WindowKind::pcie_ep};
        const auto write = bench.switch_side.write(registers, 1024, {}, itself);
        const auto read = bench.noc_side.read(registers, 64, itself);
        wait_for_all();
        for (const auto* answer : {&bench.switch_side.answer(write), &bench.noc_side.answer(read)}) {
            EXPECT_EQ(answer->status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
            EXPECT_EQ(answer->error, "PCIE_EP has no registers");
        }
        // When all of it is here, at 5 ns; the answer pays the overhead.
        EXPECT_EQ(bench.switch_side.end(write), 5_ns + 5_ns + 2_ns);
        EXPECT_EQ(bench.noc_side.end(read), 2_ns + 5_ns + 2_ns);
        EXPECT_TRUE(bench.noc_side.requests.empty());
    });
    bench.expect_books_closed();
}

TEST(EndPointDebug, PassesAndRefusesAtOnce) {
    EndPointBench bench;
    simulate([&] {
        EXPECT_FALSE(bench.switch_side.fabric.poke({}, itself, std::vector<std::byte>(4)));
        const PathProbe path = bench.switch_side.fabric.probe(io_cpu);
        ASSERT_EQ(path.hops.size(), 2u);
        EXPECT_EQ(path.hops[1].port, "pcie_ep.to_noc");
        EXPECT_EQ(path.hops[1].overhead, 5_ns);
        EXPECT_EQ(path.head_latency(), 7_ns);
    });
}

TEST(EndPointPeers, AreThoseItWasGiven) {
    EndPointBench bench;
    EXPECT_EQ(what_breaks([&] { bench.end_point.to_peer(SipId{3}); }), "pcie_ep has no link to sip3");
    EXPECT_EQ(what_breaks([&] { bench.end_point.from_peer(SipId{2}); }), "");
}

}  // namespace
}  // namespace ahbm::test
