// SPDX-License-Identifier: Apache-2.0
// Flits, buffers and credits: on a rig where one thing happens at a time, and on whole platforms.
#include "bench/traffic.h"
#include "tests/platform/dma_driver.h"
#include "tests/platform/flit_rig.h"
#include "tests/platform/session_test.h"
#include "tests/support/sim_test.h"

namespace ahbm::test {
namespace {

sim::Bandwidth gigabytes(std::uint64_t value) { return sim::Bandwidth::gigabytes(value); }
void wait_ns(double ns) { sc_core::wait(sim::to_sc_time(sim::Time::ns(ns))); }

TEST(Flits, TakeAsLongAsAWholePacketWhenNothingIsInTheWay) {
    struct Pair {
        const bool rounds;
        FlitRig hop, flit;
        Pair(const std::string& name, RigConfig config)
            : rounds(256'000'000 % config.link.megabytes_per_second != 0),
              hop((name + "_hop").c_str(), (config.timing = Timing::hop, config)),
              flit((name + "_flit").c_str(), (config.timing = Timing::flit, config)) {}
    };
    std::deque<Pair> pairs;
    const auto add = [&](std::uint64_t source, std::uint64_t link, std::uint64_t sink, unsigned depth) {
        pairs.emplace_back("rig" + std::to_string(pairs.size()), RigConfig{.source = gigabytes(source),
                                                                           .link = gigabytes(link),
                                                                           .sinks = {gigabytes(sink)},
                                                                           .overhead = sim::Time::ns(8),
                                                                           .vc_depth = depth});
    };
    add(256, 128, 512, 8);
    add(64, 256, 128, 8);
    add(512, 256, 64, 1);
    add(128, 128, 128, 1);
    add(90, 70, 110, 8);  // 256 B are no whole number of picoseconds
    add(70, 71, 72, 1);
    simulate([&] {
        for (Pair& pair : pairs)
            for (const std::uint32_t bytes : {1u, 16u, 64u, 255u, 256u, 257u, 1000u, 4096u, 5000u, 65536u})
                for (const auto channel : {VirtualChannel::data, VirtualChannel::request})
                    for (const int late : {0, 1, 700}) {  // a source that is fast, and one that is slower than any link
                        SCOPED_TRACE(std::to_string(bytes) + " B, " + std::to_string(late) + " ns");
                        for (FlitRig* rig : {&pair.hop, &pair.flit}) {
                            rig->sinks[0].arrivals.clear();
                            rig->sources[0].send(0, bytes, channel, 0, sim::Time::ns(late));
                        }
                        wait_ns(10'000);
                        ASSERT_EQ(pair.flit.sinks[0].arrivals.size(), 1u);
                        const FlitRig::Arrival &whole = pair.hop.sinks[0].arrivals[0],
                                               &flits = pair.flit.sinks[0].arrivals[0];
                        EXPECT_EQ(flits.head.ps(), whole.head.ps());
                        const std::int64_t later = (flits.tail - whole.tail).ps();
                        EXPECT_GE(later, 0);
                        EXPECT_LE(later, pair.rounds ? 3 : 0);  // one per link
                        EXPECT_EQ(flits.ledger[LedgerPart::queueing].ps(), later);
                        EXPECT_EQ(flits.ledger.sum().ps(), whole.ledger.sum().ps());
                    }
    });
    EXPECT_EQ(pairs[0].hop.fabric.flit_hops(), 0u);
    EXPECT_GT(pairs[0].flit.fabric.flit_hops(), 10 * pairs[0].flit.fabric.hops()) << "whole packets are not flits";
    for (Pair& pair : pairs) pair.flit.expect_books_closed();
}

TEST(Flits, FlowsShareALinkEvenly) {
    std::deque<FlitRig> rigs;
    for (const unsigned n : {2u, 3u, 5u})
        rigs.emplace_back(("rig" + std::to_string(n)).c_str(), RigConfig{.sources = n, .link = gigabytes(128)});
    constexpr std::uint32_t packets = 100, bytes = 4096;
    simulate([&] {
        for (FlitRig& rig : rigs)
            for (std::uint32_t i = 0; i < packets; ++i)
                for (std::size_t s = 0; s < rig.sources.size(); ++s)
                    rig.sources[s].send(0, bytes, VirtualChannel::data, s);
        wait_ns(20'000);
    });
    for (FlitRig& rig : rigs) {
        const std::size_t n = rig.sources.size();
        const std::vector<FlitRig::Arrival>& arrivals = rig.sinks[0].arrivals;
        ASSERT_EQ(arrivals.size(), n * packets);
        const double all = gigabytes(128).time_for(n * packets * bytes).ns();
        EXPECT_NEAR(arrivals.back().tail.ns(), all, 0.01 * all) << "the link never idles";
        // At any time each has got its share.
        std::vector<double> got(n, 0);
        for (std::size_t i = 0; i < arrivals.size() / 2; ++i) got[arrivals[i].cookie] += 1;
        for (const double share : got) EXPECT_NEAR(share, packets / 2, 0.02 * packets / 2) << n << " flows";
        rig.expect_books_closed();
    }
}

TEST(Flits, ChannelsShareALinkFlitByFlitAndControlGoesFirst) {
    FlitRig rig("rig", {.sources = 2});
    simulate([&] {
        rig.sources[0].send(0, 65536, VirtualChannel::data, 1);
        rig.sources[1].send(0, 32768, VirtualChannel::comm, 2);
        wait_ns(60);
        rig.sources[0].send(0, 64, VirtualChannel::ctrl, 3);
        wait_ns(10'000);
    });
    const auto& arrivals = rig.sinks[0].arrivals;
    ASSERT_EQ(arrivals.size(), 3u);
    EXPECT_EQ(arrivals[0].cookie, 3u);
    // Three links and two crossings; on each link it waits for the flit that is under way, at most.
    const double way = 3 * 0.3 + 2 * 0.7 + 0.25, flit = 1.0;
    EXPECT_GE(arrivals[0].tail.ns(), 60 + way);
    EXPECT_LE(arrivals[0].tail.ns(), 60 + way + 3 * flit);
    EXPECT_EQ(arrivals[1].cookie, 2u);
    EXPECT_NEAR(arrivals[1].tail.ns(), 256, 4) << "half of the link until it is done";
    EXPECT_NEAR(arrivals[2].tail.ns(), 384, 4);
}

TEST(Flits, HaveBuffersByConfiguration) {
    EXPECT_EQ(config::load_text<FabricConfig>("flit: {vc_depth: 5}\n", "text").flit.vc_depth, 5u);
    EXPECT_THROW(config::load_text<FabricConfig>("flit: {vc_depth: 0}\n", "text"), ConfigError);
}

struct Blocked : ::testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, Blocked, ::testing::Values(Timing::hop, Timing::flit),
                         [](const auto& test) { return test.param == Timing::hop ? "hop" : "flit"; });

TEST_P(Blocked, ByThePacketInFront) {
    // 4 KiB to a sink of 1 GB/s take 4.1 us; whoever is behind them in a FIFO waits, though its own way is free.
    FlitRig rig("rig", {.timing = GetParam(), .sources = 3, .sinks = {gigabytes(1), gigabytes(256)}});
    simulate([&] {
        rig.sources[0].send(0, 4096);
        wait_ns(50);
        rig.sources[1].send(1, 256, VirtualChannel::data, 1);
        rig.sources[2].send(1, 256, VirtualChannel::comm, 2);
        wait_ns(10'000);
    });
    ASSERT_EQ(rig.sinks[1].arrivals.size(), 2u);
    std::map<std::uint64_t, double> at;
    for (const FlitRig::Arrival& arrival : rig.sinks[1].arrivals) at[arrival.cookie] = arrival.tail.ns();
    EXPECT_LT(at[2], 60) << "a virtual channel of its own";
    if (GetParam() == Timing::hop) {
        EXPECT_LT(at[1], 60) << "buffers without end";
    } else {
        EXPECT_GT(at[1], 3800) << "the last flit in front has left by then";
        EXPECT_LT(at[1], 4100);
    }
}

TEST(Flits, BackPressureReachesTheSource) {
    struct Sent {
        sim::WheelPump& wheel;
        std::vector<double> at;
        void mark(std::uint64_t) { at.push_back(wheel.now().ns()); }
    };
    FlitRig rig("rig", {.sinks = {gigabytes(1)}});
    Sent sent{rig.wheel, {}};
    simulate([&] {
        for (std::uint64_t i = 0; i < 4; ++i) {
            rig.sources[0].send(0, 4096, VirtualChannel::data, i);
            rig.sources[0].fabric.out.once_sent<&Sent::mark>(&sent, 0);
        }
        wait_ns(30'000);
    });
    // Beyond the first packet's flits, two FIFOs take what they hold; then the source goes at the sink's pace.
    ASSERT_EQ(sent.at.size(), 4u);
    EXPECT_LT(sent.at[0], 100);
    EXPECT_GT(sent.at[1], 2000);
    EXPECT_NEAR(sent.at[2] - sent.at[1], 4096, 1);
    EXPECT_NEAR(sent.at[3] - sent.at[2], 4096, 1);
    const auto& arrivals = rig.sinks[0].arrivals;
    ASSERT_EQ(arrivals.size(), 4u);
    for (std::size_t i = 1; i < 4; ++i)
        EXPECT_GT(arrivals[i].ledger[LedgerPart::queueing], arrivals[i - 1].ledger[LedgerPart::queueing]);

    // 8 flits, 0.6 + 0.7 ns of round trip at one flit per ns: two more.
    for (const OutputPort* port : {&rig.sources[0].fabric.out, &rig.link()}) {
        const FlitPort::Fill fill = port->flits()->fill(VirtualChannel::data, 0);
        EXPECT_EQ(fill.depth, 10u) << port->name();
        EXPECT_EQ(fill.peak, fill.depth) << port->name();
    }
    rig.expect_books_closed();
}

// --- on whole platforms -------------------------------------------------------------------------------------------

class FlitPlatform : public SessionTest {
protected:
    FlitPlatform() { bench::TrafficKernel::add_to(kernels); }
    std::unique_ptr<Session> in_flits(const std::string& name, std::vector<std::string> overrides = {},
                                      const char* system = "system") {
        overrides.push_back("fabric.timing=flit");
        return make(topology(name, overrides), shadow::Mode::off, system);
    }
};

TEST_F(FlitPlatform, ReadersOfOneSliceShareItsBandwidth) {
    auto session = in_flits("default");
    session->run([&] {
        scenarios::PathMeasurement measure(*session);
        const double alone = measure.incast(CubeId{0}, 1, 65536).ns();
        for (const unsigned readers : {2u, 4u, 8u}) {
            const double time = measure.incast(CubeId{0}, readers, 65536).ns();
            EXPECT_NEAR(time, alone + (readers - 1) * 256.0, 0.02 * time) << readers << " readers";
        }
    });
}

TEST_F(FlitPlatform, TwoFlowsOverOneConnectionGetHalfEach) {
    auto session = in_flits("default");
    session->run([&] {
        DmaDriver driver(session->system());
        constexpr std::uint32_t bytes = 1 << 20;
        const PhysAddr slice = driver.hbm(pe(0, 1, 0)), second = driver.hbm(pe(0, 1, 0), bytes);
        const double alone = driver.load({pe(0, 0, 0), slice, bytes}).ns();
        for (const sim::Time time : driver.load({{pe(0, 0, 0), slice, bytes}, {pe(0, 0, 1), second, bytes}}))
            EXPECT_NEAR(time.ns(), 2 * alone, 0.02 * 2 * alone);
    });
}

TEST_F(FlitPlatform, IsTheSameTwice) {
    auto one = in_flits("mini", {}, "one"), two = in_flits("mini", {}, "two");
    for (Session* session : {one.get(), two.get()})
        session->run([&] { bench::Traffic(*session, 16384).run(bench::Reach::everywhere, 2, 16384); });
    const auto &ports = one->system().fabric().ports(), &again = two->system().fabric().ports();
    ASSERT_EQ(ports.size(), again.size());
    sim::Time queueing;
    for (std::size_t i = 0; i < ports.size(); ++i) {
        const Link::Stats &a = ports[i]->link().stats(), &b = again[i]->link().stats();
        EXPECT_EQ(a.busy, b.busy) << ports[i]->name();
        EXPECT_EQ(a.queueing, b.queueing) << ports[i]->name();
        EXPECT_EQ(a.bytes, b.bytes) << ports[i]->name();
        EXPECT_EQ(a.last_use - a.first_use, b.last_use - b.first_use) << ports[i]->name();
        queueing += a.queueing;
    }
    EXPECT_GT(queueing, sim::Time{}) << "nobody waited: the test says nothing";
}

/// Everybody at once with one flit of buffer beyond the round trip: completes, and the books close.
struct TinyBuffers : FlitPlatform, ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Topologies, TinyBuffers, ::testing::Values("default", "torus6"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(TinyBuffers, DoNotDeadlock) {
    auto session = in_flits(GetParam(), {"fabric.flit.vc_depth=1"});
    session->run([&] {
        bench::Traffic(*session, 8192).run(bench::Reach::everywhere, 1, 8192);
        // Every PE of a SIP to and from the slice opposite: all long ways, with turns.
        DmaDriver driver(session->system());
        std::vector<Flow> flows;
        for (unsigned cube = 0; cube < 16; ++cube)
            for (unsigned p = 0; p < 8; ++p)
                flows.push_back({pe(0, cube, p), driver.hbm(pe(0, 15 - cube, (3 * p + cube) % 8), 8 << 20), 32768});
        driver.store(flows);
        driver.load(flows);
    });
    sim::Time queueing;
    unsigned full = 0;
    for (const OutputPort* port : session->system().fabric().ports()) {
        queueing += port->link().stats().queueing;
        for (std::uint8_t layer = 0; port->flits() != nullptr && layer < 4; ++layer) {
            const FlitPort::Fill fill = port->flits()->fill(VirtualChannel::data, layer);
            full += fill.depth > 0 && fill.peak == fill.depth ? 1 : 0;
        }
    }
    EXPECT_GT(queueing, sim::Time::ns(10'000));
    EXPECT_GT(full, 100u) << "FIFOs that were full at some time";
}

}  // namespace
}  // namespace ahbm::test
