// SPDX-License-Identifier: Apache-2.0
// TrafficInjector: packets that nothing answers, from an infinite queue.
#include "models/traffic_injector/traffic_injector.h"
#include "tests/support/block_bench.h"

namespace ahbm::test {
namespace {

struct InjectorBench : BlockBench, TrafficInjector::Sink {
    TrafficInjector source{"source", fabric}, target{"target", fabric};
    struct Delivery {
        std::uint64_t cookie;
        sim::Time told, head, tail, issued;
        std::uint32_t bytes;
        Purpose purpose;
        sim::Time waited;
    };
    std::vector<Delivery> deliveries;

    explicit InjectorBench(Timing timing) : BlockBench(timing) {
        source.fabric.set_node(at(0));
        target.fabric.set_node(at(1));
        source.set_sink(this);
        target.set_sink(this);
        join(source.fabric, target.fabric);
    }
    static NodeId at(std::uint8_t port) { return {.kind = NodeId::Kind::cube, .port = port}; }
    void delivered(Payload& payload, const Packet& packet) override {
        deliveries.push_back({packet.cookie, wheel.now(), packet.head, packet.tail, packet.issued, packet.bytes,
                              packet.purpose, packet.ledger[LedgerPart::issue]});
        source.fabric.finish(payload, packet.tail);
    }
};

struct Injector : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, Injector, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(Injector, PacketTakesTheWay) {
    InjectorBench bench(GetParam());
    simulate([&] {
        wait_until(10_ns);
        bench.source.inject(bench.at(1), 1024, 42);
        wait_for_all();
    });
    ASSERT_EQ(bench.deliveries.size(), 1u);
    const auto& delivery = bench.deliveries[0];
    EXPECT_EQ(delivery.cookie, 42u);
    EXPECT_EQ(delivery.bytes, 1024u);
    EXPECT_EQ(delivery.purpose, Purpose::injected);
    EXPECT_EQ(delivery.issued, 10_ns);
    EXPECT_EQ(delivery.tail, 10_ns + 1_ns + 4_ns);
    // Where the tail is known ahead, the sink is told ahead.
    EXPECT_EQ(delivery.told, GetParam() == Timing::fast ? 10_ns : GetParam() == Timing::hop ? 11_ns : 15_ns);
    bench.expect_books_closed();
}

TEST_P(Injector, PacketsWaitForTheLinkInOrderAndTheirLatencyBeginsBefore) {
    InjectorBench bench(GetParam());
    simulate([&] {
        for (std::uint64_t i = 0; i < 3; ++i) bench.source.inject(bench.at(1), 1024, i);
        EXPECT_EQ(bench.source.queued(), 2u) << "the first has the link";
        wait_until(4_ns + 1_ps);
        EXPECT_EQ(bench.source.queued(), 1u) << "it is through";
        wait_for_all();
        EXPECT_EQ(bench.source.queued(), 0u);
    });
    ASSERT_EQ(bench.deliveries.size(), 3u);
    for (int i = 0; i < 3; ++i) {
        const auto& delivery = bench.deliveries[static_cast<std::size_t>(i)];
        EXPECT_EQ(delivery.cookie, static_cast<std::uint64_t>(i));
        EXPECT_EQ(delivery.issued, 0_ns);
        EXPECT_EQ(delivery.waited, i * 4_ns) << "in the queue, before the first byte left";
        EXPECT_EQ(delivery.tail, (i + 1) * 4_ns + 1_ns);
    }
    bench.expect_books_closed();
}

TEST_P(Injector, ForgetsWhatIsInTheQueueNotWhatIsOnItsWay) {
    InjectorBench bench(GetParam());
    simulate([&] {
        for (std::uint64_t i = 0; i < 3; ++i) bench.source.inject(bench.at(1), 1024, i);
        bench.source.clear();
        EXPECT_EQ(bench.source.queued(), 0u);
        wait_until(100_ns);
        ASSERT_EQ(bench.deliveries.size(), 1u);
        bench.source.inject(bench.at(1), 1024, 7);
        wait_for_all();
        ASSERT_EQ(bench.deliveries.size(), 2u);
        EXPECT_EQ(bench.deliveries[1].tail, 105_ns);
    });
    bench.expect_books_closed();
}

TEST_P(Injector, IsNotAnswered) {
    InjectorBench bench(GetParam());
    simulate([&] {
        bench.source.inject(bench.at(1), 1024, 1);
        wait_for_all();
        EXPECT_EQ(bench.target.fabric.outstanding(), 0u);
        EXPECT_EQ(bench.source.fabric.outstanding(), 0u);
        EXPECT_EQ(bench.source.fabric.out.link().stats().packets, 1u);
        EXPECT_EQ(bench.target.fabric.out.link().stats().packets, 0u) << "nothing is answered";
    });
}

}  // namespace
}  // namespace ahbm::test
