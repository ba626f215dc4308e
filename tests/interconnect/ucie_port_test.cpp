// SPDX-License-Identifier: Apache-2.0
// UciePort: a crossing between two dies. By default 4 connections of 128 B/ns, and 8 ns of overhead on each die.
#include "interconnect/ucie/ucie_port.h"
#include "tests/support/block_bench.h"

namespace ahbm::test {
namespace {

/// Two dies with facing ports, and an end behind each connection of either die. The gap is 2 ns wide.
struct CrossingBench : BlockBench {
    UcieConfig config;
    UciePort west, east;
    sim::BlockList<BenchEnd> on_west, on_east;

    explicit CrossingBench(Timing timing, UcieConfig of_ucie = {})
        : BlockBench(timing), config(of_ucie), west("west", fabric, config), east("east", fabric, config) {
        UciePort::join(west, east, config, 2_ns);
        for (unsigned i = 0; i < config.connections; ++i) {
            hang(on_west.emplace_back(("w" + std::to_string(i)).c_str(), *this), west.connection(i));
            hang(on_east.emplace_back(("e" + std::to_string(i)).c_str(), *this), east.connection(i));
        }
    }
    static void hang(BenchEnd& end, UcieConnection& connection) {
        join(end.fabric.out, connection.from_noc);
        join(connection.to_noc, end.fabric.in);
    }
};

struct Crossing : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, Crossing, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(Crossing, CostsTheOverheadOfBothDiesAndTheWire) {
    CrossingBench bench(GetParam());
    simulate([&] {
        const auto write = bench.on_west[0].write({}, 1024);
        wait_for_all();
        // 1 ns to the port, 8 ns, 2 ns of gap, 8 ns, 1 ns; 1024 B at 128 B/ns.
        ASSERT_EQ(bench.on_east[0].requests.size(), 1u);
        EXPECT_EQ(bench.on_east[0].requests[0].head, 20_ns);
        EXPECT_EQ(bench.on_east[0].requests[0].tail, 28_ns);
        // The acknowledgement's header takes 2 ns over the crossing.
        EXPECT_EQ(bench.on_west[0].end(write), 28_ns + 20_ns + 2_ns);
        EXPECT_EQ(bench.on_west[0].answer(write).ledger[LedgerPart::ucie], 2 * (8_ns + 2_ns + 8_ns));
        EXPECT_EQ(bench.on_west[0].answer(write).ledger[LedgerPart::noc], 2 * 2_ns);
        EXPECT_EQ(bench.on_west[0].answer(write).ledger[LedgerPart::serialisation], 8_ns + 2_ns);
    });
    bench.expect_books_closed();
}

TEST_P(Crossing, IsTheSameInTheOtherDirection) {
    CrossingBench bench(GetParam());
    simulate([&] {
        const auto read = bench.on_east[3].read({}, 1024);
        wait_for_all();
        EXPECT_EQ(bench.on_west[3].requests.size(), 1u);
        EXPECT_EQ(bench.on_east[3].end(read), 20_ns + 2_ns + 20_ns + 8_ns);
    });
    bench.expect_books_closed();
}

TEST_P(Crossing, ConnectionsAreIndependent) {
    CrossingBench bench(GetParam());
    simulate([&] {
        for (BenchEnd& end : bench.on_west) end.write({}, 4096);
        wait_for_all();
        for (BenchEnd& end : bench.on_east) {
            ASSERT_EQ(end.requests.size(), 1u) << end.name() << ": each faces the one of its number";
            EXPECT_EQ(end.requests[0].tail, 20_ns + 32_ns);
        }
    });
}

TEST_P(Crossing, PacketsOfAConnectionWaitForEachOther) {
    CrossingBench bench(GetParam());
    simulate([&] {
        bench.on_west[0].write({}, 4096);
        const auto second = bench.on_west[0].write({}, 4096);
        wait_for_all();
        EXPECT_EQ(bench.on_east[0].requests.at(0).tail, 52_ns);
        EXPECT_EQ(bench.on_east[0].requests.at(1).tail, 84_ns);
        // Whichever way they wait for the wire, on the die or before it, 32 ns are lost.
        EXPECT_EQ(bench.on_west[0].answer(second).ledger[LedgerPart::queueing], 32_ns);
    });
    EXPECT_EQ(bench.west.connection(0).to_die.link().stats().busy, 64_ns);
    EXPECT_EQ(bench.west.connection(1).to_die.link().stats().packets, 0u);
    bench.expect_books_closed();
}

TEST_P(Crossing, DirectionsDoNotWaitForEachOther) {
    CrossingBench bench(GetParam());
    simulate([&] {
        bench.on_west[0].write({}, 4096);
        bench.on_east[0].write({}, 4096);
        wait_for_all();
        EXPECT_EQ(bench.on_east[0].requests.at(0).tail, 52_ns);
        EXPECT_EQ(bench.on_west[0].requests.at(0).tail, 52_ns);
    });
}

TEST_P(Crossing, FollowsItsConfiguration) {
    CrossingBench bench(GetParam(),
                        {.connections = 2, .connection_bandwidth = 32_GBps, .port_overhead = 1_ns, .die_gap = {}});
    EXPECT_EQ(bench.west.connections(), 2u);
    EXPECT_EQ(bench.config.crossing_overhead(), 2_ns);
    simulate([&] {
        bench.on_west[1].write({}, 1024);
        wait_for_all();
        EXPECT_EQ(bench.on_east[1].requests.at(0).tail, 6_ns + 32_ns);
    });
}

}  // namespace
}  // namespace ahbm::test
