// SPDX-License-Identifier: Apache-2.0
// Router: r1c1 of a cube, with a neighbour on each side and two local ports; 3 ns of overhead.
#include "interconnect/cube_noc/router.h"
#include "tests/support/block_bench.h"

namespace ahbm::test {
namespace {

struct RouterBench : BlockBench {
    Router router;
    sim::BlockList<BenchEnd> sides;  ///< north, east, south, west
    BenchEnd local0, local1;

    explicit RouterBench(Timing timing, unsigned vc_depth = 8)
        : BlockBench(Config{.timing = timing, .vc_depth = vc_depth}),
          router("r1c1", fabric, SipId{0}, RouterId{here}, 2, 3_ns),
          local0("local0", *this, at(here, 0)),
          local1("local1", *this, at(here, 1)) {
        for (const Direction side : kSides) {
            BenchEnd& end = sides.emplace_back(std::string(to_string(side)).c_str(), *this,
                                               at(neighbours[static_cast<std::size_t>(side)]));
            join(end.fabric.out, router.input(side));
            join(router.output(side), end.fabric.in);
        }
        join(local0.fabric.out, router.local_input(0));
        join(router.local_output(0), local0.fabric.in);
        join(local1.fabric.out, router.local_input(1));
        join(router.local_output(1), local1.fabric.in);
    }
    static constexpr std::uint16_t here = 7;                      ///< six routers in row 0, then r1c0
    static constexpr std::uint16_t neighbours[] = {1, 8, 13, 6};  ///< row 2 has no r2c2 and r2c3
    static NodeId at(std::uint16_t router_id, std::uint8_t port = 0) {
        return {.kind = NodeId::Kind::cube, .port = port, .router = router_id};
    }
    BenchEnd& side(Direction direction) { return sides[static_cast<std::size_t>(direction)]; }
};

struct Routers : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, Routers, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(Routers, PassFromEverySideToEveryLocalPortAndBack) {
    RouterBench bench(GetParam());
    simulate([&] {
        for (BenchEnd& side : bench.sides) {
            const sim::Time start = bench.wheel.now();
            const auto to0 = side.write({}, 1024, {}, bench.at(bench.here, 0));
            wait_until(start + 1_us);
            const auto to1 = side.read({}, 1024, bench.at(bench.here, 1));
            wait_until(start + 2_us);
            // Wire, overhead, wire; 4 ns of data or 1 ns of header. The other direction likewise.
            EXPECT_EQ(side.end(to0) - start, 5_ns + 4_ns + 5_ns + 1_ns) << side.name();
            EXPECT_EQ(side.end(to1) - start - 1_us, 5_ns + 1_ns + 5_ns + 4_ns) << side.name();
            EXPECT_EQ(side.answer(to0).ledger[LedgerPart::noc], 10_ns);
            EXPECT_EQ(side.answer(to0).ledger[LedgerPart::serialisation], 5_ns);
            EXPECT_EQ(side.answer(to0).ledger[LedgerPart::queueing], 0_ns);
        }
        EXPECT_EQ(bench.local0.requests.size(), 4u);
        EXPECT_EQ(bench.local1.requests.size(), 4u);
    });
    bench.expect_books_closed();
}

TEST_P(Routers, SendPacketsOnTowardsTheirDestination) {
    RouterBench bench(GetParam());
    simulate([&] {
        for (const Direction to : kSides) {
            bench.local0.write({}, 64, {}, bench.side(to).fabric.node());
            wait_until(bench.wheel.now() + 1_us);
            EXPECT_EQ(bench.side(to).requests.size(), 1u) << to_string(to);
        }
        bench.side(Direction::west).write({}, 64, {}, bench.at(8));
        wait_for_all();
        EXPECT_EQ(bench.side(Direction::east).requests.size(), 2u) << "through, from west to east";
        for (const Direction to : kSides) EXPECT_TRUE(bench.side(to).answers.size() == (to == Direction::west ? 1 : 0));
        EXPECT_EQ(bench.local0.answers.size(), 4u);
    });
    bench.expect_books_closed();
}

TEST_P(Routers, SendUpWhatIsForAnotherSipOrTheIoChiplet) {
    RouterBench bench(GetParam());
    const NodeId other_sip{.kind = NodeId::Kind::cube, .sip = 1, .router = 8};
    const Direction up = bench.routing.next_up(bench.routing.layer_up(RouterId{bench.here}), RouterId{bench.here});
    ASSERT_NE(up, Direction::local) << "r1c1 is not in the north row";
    simulate([&] {
        bench.local0.write({}, 64, {}, other_sip);
        bench.local1.write({}, 64, {}, Directory::io_cpu(SipId{0}));
        wait_for_all();
        EXPECT_EQ(bench.side(up).requests.size(), 2u);
        EXPECT_EQ(bench.local0.answers.size(), 1u);
    });
}

TEST_P(Routers, NorthRowHandsOverToTheIoChipletInTheNorth) {
    BlockBench bench(GetParam());
    std::uint16_t facing = 0;
    while (bench.routing.next_up(bench.routing.layer_up(RouterId{facing}), RouterId{facing}) != Direction::local)
        ++facing;
    ASSERT_LT(facing, 6) << "in the north row";
    Router router("router", bench.fabric, SipId{0}, RouterId{facing}, 1, 0_ns);
    BenchEnd local("local", bench, {.kind = NodeId::Kind::cube, .router = facing}), phy("phy", bench, NodeId{});
    join(local.fabric.out, router.local_input(0));
    join(router.local_output(0), local.fabric.in);
    join(phy.fabric.out, router.input(Direction::north));
    join(router.output(Direction::north), phy.fabric.in);
    simulate([&] {
        local.read({}, 64, Directory::host());
        wait_for_all();
        EXPECT_EQ(phy.requests.size(), 1u);
        EXPECT_EQ(local.answers.size(), 1u);
    });
    bench.expect_books_closed();
}

TEST_P(Routers, TwoFlowsShareALinkAndAThirdDoesNotWait) {
    RouterBench bench(GetParam());
    simulate([&] {
        bench.side(Direction::west).write({}, 4096, {}, bench.at(bench.here, 0));
        bench.side(Direction::east).write({}, 4096, {}, bench.at(bench.here, 0));
        bench.side(Direction::south).write({}, 4096, {}, bench.at(bench.here, 1));
        wait_for_all();
        ASSERT_EQ(bench.local0.requests.size(), 2u);
        EXPECT_EQ(bench.local0.requests[0].tail, 5_ns + 16_ns);
        EXPECT_EQ(bench.local0.requests[1].tail, 5_ns + 32_ns) << "the link never idles and carries no byte twice";
        EXPECT_EQ(bench.local1.requests.at(0).tail, 5_ns + 16_ns);
    });
    EXPECT_EQ(bench.router.local_output(0).link().stats().busy, 32_ns);
    EXPECT_EQ(bench.router.local_output(0).link().stats().packets, 2u);
    EXPECT_EQ(bench.router.local_output(0).link().stats().queueing, 16_ns);
    bench.expect_books_closed();
}

TEST_P(Routers, SmallMessagesDoNotWaitBehindBulkData) {
    RouterBench bench(GetParam());
    simulate([&] {
        bench.side(Direction::west).write({}, 4096, {}, bench.at(bench.here, 0));
        wait_until(2_ns);
        bench.side(Direction::east).read({}, 64, bench.at(bench.here, 0));
        wait_for_all();
        const auto& requests = bench.local0.requests;
        ASSERT_EQ(requests.size(), 2u);
        const BenchEnd::Request& read = requests[0].access == Access::read ? requests[0] : requests[1];
        // In flits, one that is on the wire is not interrupted: 1 ns at most.
        EXPECT_GE(read.tail, 2_ns + 5_ns + 1_ns);
        EXPECT_LE(read.tail, 2_ns + 5_ns + (GetParam() == Timing::flit ? 2_ns : 1_ns));
    });
}

TEST_P(Routers, BackPressureHoldsWhatIsBehindInFlitTimingOnly) {
    RouterBench bench(GetParam(), 1);
    simulate([&] {
        // From east 64 KiB keep local port 0 busy for 256 ns; from west 4 KiB wait for it, and behind them, by the same
        // link, is something for local port 1.
        bench.side(Direction::east).write({}, 65536, {}, bench.at(bench.here, 0));
        wait_until(1_ns);
        bench.side(Direction::west).write({}, 4096, {}, bench.at(bench.here, 0));
        bench.side(Direction::west).write({}, 256, {}, bench.at(bench.here, 1));
        wait_for_all();
        const sim::Time behind = bench.local1.requests.at(0).tail;
        if (GetParam() == Timing::flit)
            EXPECT_GT(behind, 256_ns);
        else
            EXPECT_EQ(behind, 1_ns + 16_ns + 5_ns + 1_ns) << "buffers without end";
    });
    bench.expect_books_closed();
}

}  // namespace
}  // namespace ahbm::test
