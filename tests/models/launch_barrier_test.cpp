// SPDX-License-Identifier: Apache-2.0
// LaunchBarrier and SignalWires: three PEs of a cube, whose ways from IO_CPU take 1, 5 and 9 ns.
#include "models/launch_barrier/launch_barrier.h"
#include "sim/block_list.h"
#include "tests/models/mail.h"

namespace ahbm::test {
namespace {

using SignalKind = abi::LaunchSignal::Kind;

/// Passes packets on by the local port of their destination.
struct Star : sc_core::sc_module {
    sim::BlockList<OutputPort> out;
    InputPort in{"in", receiver<&Star::transport>(this)};
    Star(const sc_core::sc_module_name& name, Fabric& fabric, std::size_t ends) : sc_module(name) {
        for (std::size_t i = 0; i < ends; ++i) out.emplace_back(("out" + std::to_string(i)).c_str(), fabric);
    }
    void transport(Payload& payload) {
        Packet& packet = Packet::of(payload);
        out[packet.destination.port].forward(payload, packet, {}, LedgerPart::noc);
    }
};

struct BarrierBench : BlockBench {
    BenchEnd io_cpu{"io_cpu", *this, Directory::io_cpu(SipId{0})};
    LaunchBarrier barrier{SipId{0}, io_cpu.fabric};
    Star star{"star", fabric, 3};
    sim::BlockList<BenchEnd> pes;

    BarrierBench()
        : BlockBench(Config{.cube = {.pe = {{0, 0}, {0, 1}, {0, 2}}, .hbm = {}, .m_cpu = {}, .sram = {}},
                            .map = {.sips = 1, .cubes = 1, .io_chiplets = 1, .pes = 3, .hbm_slice = 1_MiB}}) {
        io_cpu.fabric.out.connect(star.in, bandwidth, 0_ns, LedgerPart::io);
        for (std::uint32_t i = 0; i < 3; ++i) {
            BenchEnd& pe = pes.emplace_back(("pe" + std::to_string(i)).c_str(), *this,
                                            directory.pe({SipId{0}, CubeId{0}, PeId{i}}, NodeId::Unit::cpu));
            star.out[i].connect(pe.fabric.in, bandwidth, 1_ns + i * 4_ns, LedgerPart::noc);
        }
    }
    void open(std::uint64_t launch, std::uint16_t mask) { barrier.open(launch, std::vector<std::uint16_t>{mask}); }
    void ready(std::uint64_t launch) { barrier.take({SignalKind::ready, launch}); }
};

TEST(LaunchBarrier, TellsAllPesTheSameStartWhichNoSignalIsTooLateFor) {
    BarrierBench bench;
    simulate([&] {
        bench.open(1, 0b111);
        bench.ready(1);
        bench.ready(1);
        wait_until(100_ns);
        for (const BenchEnd& pe : bench.pes) EXPECT_TRUE(pe.pokes.empty()) << "one is missing";
        bench.ready(1);
        wait_for_all();
    });
    for (std::uint32_t i = 0; i < 3; ++i) {
        ASSERT_EQ(bench.pes[i].pokes.size(), 1u);
        const abi::LaunchSignal signal = signal_in(bench.pes[i].pokes[0]);
        EXPECT_EQ(bench.pes[i].pokes[0].first, 100_ns + 1_ns + i * 4_ns) << "after the latency of the way";
        EXPECT_EQ(signal.kind, SignalKind::start);
        EXPECT_EQ(signal.launch_id, 1u);
        EXPECT_EQ(signal.start_ps, 109'000u) << "when the farthest knows";
    }
}

TEST(LaunchBarrier, WaitsForThePesOfTheMaskOnly) {
    BarrierBench bench;
    simulate([&] {
        bench.open(1, 0b010);
        bench.ready(1);
        wait_for_all();
        EXPECT_TRUE(bench.pes[0].pokes.empty());
        ASSERT_EQ(bench.pes[1].pokes.size(), 1u);
        EXPECT_EQ(signal_in(bench.pes[1].pokes[0]).start_ps, 5'000u);
        EXPECT_TRUE(bench.pes[2].pokes.empty());
    });
}

TEST(LaunchBarrier, SignalsMeetNothingOnTheWay) {
    BarrierBench bench;
    simulate([&] {
        bench.pes[0].holds_back = true;
        bench.io_cpu.write({}, 1u << 20, {}, bench.pes[0].fabric.node());  // 4 us on the wire
        bench.open(1, 0b001);
        bench.ready(1);
        wait_until(1_ns + 1_ps);
        EXPECT_EQ(bench.pes[0].pokes.size(), 1u);
    });
}

TEST(LaunchBarrier, KeepsLaunchesApart) {
    BarrierBench bench;
    simulate([&] {
        bench.open(1, 0b011);
        bench.open(2, 0b011);
        bench.ready(1);
        bench.ready(2);
        bench.ready(2);
        wait_for_all();
        ASSERT_EQ(bench.pes[0].pokes.size(), 1u);
        EXPECT_EQ(signal_in(bench.pes[0].pokes[0]).launch_id, 2u);
    });
}

TEST(LaunchBarrier, AbortReachesAllPesOnceAndStartsNobody) {
    BarrierBench bench;
    simulate([&] {
        bench.open(1, 0b011);
        bench.ready(1);
        bench.barrier.take({SignalKind::abort, 1});
        bench.barrier.take({SignalKind::abort, 1});
        bench.ready(1);
        wait_for_all();
        for (std::uint32_t i = 0; i < 2; ++i) {
            ASSERT_EQ(bench.pes[i].pokes.size(), 1u);
            EXPECT_EQ(signal_in(bench.pes[i].pokes[0]).kind, SignalKind::abort);
        }
        EXPECT_TRUE(bench.pes[2].pokes.empty());
    });
}

TEST(LaunchBarrier, AbortsAllThatAreOpen) {
    BarrierBench bench;
    simulate([&] {
        bench.open(1, 0b001);
        bench.open(2, 0b010);
        bench.open(3, 0b100);
        bench.barrier.close(3);
        bench.barrier.abort_all();
        wait_for_all();
        ASSERT_EQ(bench.pes[0].pokes.size(), 1u);
        EXPECT_EQ(signal_in(bench.pes[0].pokes[0]).launch_id, 1u);
        ASSERT_EQ(bench.pes[1].pokes.size(), 1u);
        EXPECT_EQ(signal_in(bench.pes[1].pokes[0]).launch_id, 2u);
        EXPECT_TRUE(bench.pes[2].pokes.empty());
    });
}

TEST(LaunchBarrier, SignalsOfALaunchThatIsNotOpenMeanNothing) {
    BarrierBench bench;
    simulate([&] {
        bench.ready(1);
        bench.open(1, 0b001);
        bench.barrier.close(1);
        bench.ready(1);
        bench.open(2, 0b001);
        bench.barrier.reset();
        bench.ready(2);
        bench.barrier.take({SignalKind::abort, 2});
        wait_for_all();
        EXPECT_TRUE(bench.pes[0].pokes.empty());
    });
}

TEST(LaunchBarrier, OneReadyTooManyIsABrokenInvariant) {
    BarrierBench bench;
    simulate([&] {
        bench.open(1, 0b001);
        bench.ready(1);
        EXPECT_EQ(what_breaks([&] { bench.ready(1); }), "launch 1: a PE is ready that nobody waits for");
    });
}

TEST(SignalWires, HaveTheLatencyOfThePath) {
    BarrierBench bench;
    SignalWires wires(bench.io_cpu.fabric);
    simulate([&] {
        const auto signals = [](std::uint32_t pe) { return abi::launch_signals({SipId{0}, CubeId{0}, PeId{pe}}); };
        EXPECT_EQ(wires.latency(signals(0)), 1_ns);
        EXPECT_EQ(wires.latency(signals(2)), 9_ns);
        EXPECT_EQ(wires.latency(abi::launch_barrier(SipId{0})), 0_ns) << "its own place";
        wires.send(signals(2), {SignalKind::abort, 7});
        wires.send(signals(0), {SignalKind::abort, 8});
        wait_for_all();
        EXPECT_EQ(bench.pes[2].pokes.at(0).first, 9_ns);
        EXPECT_EQ(signal_in(bench.pes[0].pokes.at(0)).launch_id, 8u);
    });
}

}  // namespace
}  // namespace ahbm::test
