// SPDX-License-Identifier: Apache-2.0
// NativeHal: what firmware sees of the block it runs on. The test's body is the program of an M_CPU whose only
// neighbour is an end of the fabric; where a PE_CPU or IO_CPU is needed, it says so.
#include "models/cpu/native_hal.h"
#include "tests/models/mail.h"

namespace ahbm::test {
namespace {

struct CpuBench : BlockBench {
    struct Cpu : sc_core::sc_module {
        NativeHal hal;
        Cpu(const sc_core::sc_module_name& name, Fabric& fabric, const firmware::CpuIdentity& identity,
            const CpuConfig& config, const MailboxConfig& mailbox)
            : sc_module(name), hal(fabric, identity, config, mailbox) {}
    };
    Cpu cpu;
    NativeHal& hal = cpu.hal;
    BenchEnd noc{"noc", *this, Directory::host()};

    enum class Kind : std::uint8_t { io_cpu, m_cpu, pe_cpu };
    explicit CpuBench(Timing timing = Timing::hop, Kind kind = Kind::m_cpu, CpuConfig config = {})
        : BlockBench(Config{.timing = timing,
                            .cube = two_pes(),
                            .map = {.sips = 1, .cubes = 1, .io_chiplets = 1, .pes = 2, .hbm_slice = 1_MiB}}),
          cpu("cpu", fabric, identity(kind), config, MailboxConfig{.depth = 2}) {
        hal.fabric.set_node(place(kind));
        join(noc.fabric, hal.fabric);
        noc.service = 10_ns;
    }
    static firmware::CpuIdentity identity(Kind kind) {
        firmware::CpuIdentity identity{SipId{0}, CubeId{0}, PeId{0}, 1, 2};
        if (kind != Kind::pe_cpu) identity.pe.reset();
        if (kind == Kind::io_cpu) identity.cube.reset();
        return identity;
    }
    NodeId place(Kind kind) const {
        switch (kind) {
            case Kind::io_cpu: return Directory::io_cpu(SipId{0});
            case Kind::m_cpu: return directory.m_cpu(SipId{0}, CubeId{0});
            case Kind::pe_cpu: return directory.pe({SipId{0}, CubeId{0}, PeId{0}}, NodeId::Unit::cpu);
        }
        return {};
    }
    static std::uint64_t hbm(std::uint64_t offset) { return PhysAddr::hbm(SipId{0}, CubeId{0}, offset).raw(); }
    static std::uint64_t nowhere() { return PhysAddr::hbm(SipId{3}, CubeId{0}, 0).raw(); }
    const std::uint64_t own_mailbox = abi::m_cpu_mailbox(SipId{0}, CubeId{0});
    void mail(int value) { send_mail(noc, own_mailbox, hal.fabric.node(), abi::Message(256, std::byte(value))); }
};
using CpuKind = CpuBench::Kind;
const std::vector<std::byte> kBytes(256, std::byte{5});

struct Cpu : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, Cpu, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(Cpu, WritesArePostedAndAFenceWaitsForThem) {
    CpuBench bench(GetParam());
    simulate([&] {
        bench.hal.write(bench.hbm(0), kBytes);
        bench.hal.write(bench.hbm(256), kBytes);
        EXPECT_EQ(bench.hal.now(), 0_ns);
        EXPECT_TRUE(bench.hal.fence());
        // The second leaves at 1 ns: 1 + 2 + 10 + 2.
        EXPECT_EQ(bench.hal.now(), 15_ns);
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        EXPECT_EQ(bench.noc.requests[0].target.offset, 0u) << "in order";
        EXPECT_EQ(bench.noc.requests[0].inline_bytes, kBytes);
        EXPECT_EQ(bench.noc.requests[0].channel, VirtualChannel::ctrl);
        EXPECT_TRUE(bench.hal.fence());
        EXPECT_EQ(bench.hal.now(), 15_ns) << "nothing to wait for";
    });
    bench.expect_books_closed();
}

TEST_P(Cpu, WriteWaitsWhenSoManyPacketsAreOut) {
    CpuBench bench(GetParam(), CpuKind::m_cpu, {.posted_writes = 2});
    simulate([&] {
        bench.hal.write(bench.hbm(0), kBytes);
        bench.hal.write(bench.hbm(256), kBytes);
        EXPECT_EQ(bench.hal.now(), 0_ns);
        bench.hal.write(bench.hbm(512), kBytes);
        EXPECT_EQ(bench.hal.now(), 14_ns) << "the first is acknowledged";
    });
}

TEST_P(Cpu, FenceTellsOnceOfAWriteThatWasRefused) {
    CpuBench bench(GetParam());
    simulate([&] {
        bench.noc.refusal = "no";
        bench.hal.write(bench.hbm(0), kBytes);
        EXPECT_FALSE(bench.hal.fence());
        EXPECT_TRUE(bench.hal.fence());
        bench.hal.write(bench.nowhere(), kBytes);
        EXPECT_FALSE(bench.hal.fence()) << "nothing answers there";
        EXPECT_TRUE(bench.hal.fence());
    });
}

TEST_P(Cpu, ReadWaitsForTheData) {
    CpuBench bench(GetParam());
    simulate([&] {
        std::vector<std::byte> into(16);
        bench.noc.inline_answer.assign(16, std::byte{7});
        EXPECT_TRUE(bench.hal.read(bench.hbm(64), into));
        EXPECT_EQ(bench.hal.now(), 2_ns + 10_ns + 1_ns + 63_ps) << "16 B come back";
        EXPECT_EQ(into, bench.noc.inline_answer);
        bench.noc.refusal = "no";
        EXPECT_FALSE(bench.hal.read(bench.hbm(64), into));
        const sim::Time now = bench.hal.now();
        EXPECT_FALSE(bench.hal.read(bench.nowhere(), into));
        EXPECT_EQ(bench.hal.now(), now) << "nobody is asked";
    });
    bench.expect_books_closed();
}

TEST_P(Cpu, MailIsWaitedForAndTakenInOrder) {
    CpuBench bench(GetParam());
    simulate([&] {
        bench.mail(1);
        bench.mail(2);
        EXPECT_EQ(bench.hal.wait_for_mail(firmware::Inbox::any).front(), std::byte{1});
        EXPECT_EQ(bench.hal.now(), 2_ns);
        EXPECT_EQ(bench.hal.wait_for_mail(firmware::Inbox::any).front(), std::byte{2});
        EXPECT_EQ(bench.hal.now(), 3_ns);
        EXPECT_FALSE(bench.hal.waiting_for_mail());
    });
}

TEST_P(Cpu, IoCpuTakesCompletionsBeforeRequestsOrAlone) {
    CpuBench bench(GetParam(), CpuKind::io_cpu);
    simulate([&] {
        const auto send = [&](std::uint64_t address, int value) {
            send_mail(bench.noc, address, bench.hal.fabric.node(), abi::Message(256, std::byte(value)));
        };
        send(abi::io_cpu_mailbox(SipId{0}), 1);
        send(abi::io_cpu_completions(SipId{0}), 2);
        wait_until(100_ns);
        EXPECT_EQ(bench.hal.wait_for_mail(firmware::Inbox::any).front(), std::byte{2});
        wait_until(1_us);
        send(abi::io_cpu_completions(SipId{0}), 3);
        EXPECT_EQ(bench.hal.wait_for_mail(firmware::Inbox::completions).front(), std::byte{3});
        EXPECT_EQ(bench.hal.now(), 1_us + 2_ns) << "the request lies there";
        EXPECT_EQ(bench.hal.wait_for_mail(firmware::Inbox::any).front(), std::byte{1});
    });
}

TEST_P(Cpu, MailboxHasTheDepthOfTheConfiguration) {
    CpuBench bench(GetParam());
    simulate([&] {
        for (int i = 0; i < 3; ++i) bench.mail(i);
        wait_until(1_us);
        EXPECT_EQ(bench.noc.answers.size(), 2u);
        bench.hal.wait_for_mail(firmware::Inbox::any);
        wait_for_all();
        EXPECT_EQ(bench.noc.answers.size(), 3u);
    });
}

TEST_P(Cpu, NothingElseAnswers) {
    CpuBench bench(GetParam());
    simulate([&] {
        const auto read = bench.noc.read(decode(bench.hbm(0)), 64, bench.hal.fabric.node());
        wait_for_all();
        EXPECT_EQ(bench.noc.answer(read).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(bench.noc.answer(read).error, "nothing answers at sip0.cube0.hbm+0x0");
    });
    bench.expect_books_closed();
}

TEST(CpuTime, PassesByTheClockOnly) {
    CpuBench bench;
    simulate([&] {
        bench.hal.spend(5_ns);
        EXPECT_EQ(bench.hal.now(), 5_ns);
        bench.hal.wait_until(3_ns);
        EXPECT_EQ(bench.hal.now(), 5_ns) << "it has passed";
        bench.hal.wait_until(7_ns);
        EXPECT_EQ(bench.hal.now(), 7_ns);
    });
}

TEST(CpuShutDown, EndsTheNextWaitingCall) {
    CpuBench bench;
    simulate([&] {
        bench.noc.holds_back = true;
        bench.hal.write(bench.hbm(0), kBytes);
        sc_core::sc_spawn([&] {
            wait_until(50_ns);
            bench.hal.shut_down();
        });
        EXPECT_THROW((void)bench.hal.fence(), firmware::Shutdown);
        EXPECT_EQ(bench.hal.now(), 50_ns);
        wait_until(60_ns);
        bench.noc.release();
        EXPECT_TRUE(bench.hal.fence()) << "the next one waits as ever";
    });
}

// --- the launch barrier's wires -----------------------------------------------------------------------------------

struct RunnerOfTheTest : KernelRunner {
    unsigned cancelled = 0;
    bool has_kernel(const std::string& name) const override { return name == "here"; }
    firmware::KernelOutcome run(const std::string&, const tl::KernelArgs&) override { return {}; }
    void cancel() override { ++cancelled; }
};

struct PeCpuHalBench : CpuBench {
    RunnerOfTheTest runner;
    PeCpuHalBench() : CpuBench(Timing::hop, CpuKind::pe_cpu) { hal.set_kernel_runner(runner); }
    void signal(abi::LaunchSignal::Kind kind, std::uint64_t launch, std::uint64_t start = 0) {
        EXPECT_TRUE(send_signal(noc, abi::launch_signals({SipId{0}, CubeId{0}, PeId{0}}), hal.fabric.node(),
                                {kind, launch, start}));
    }
};
using Signal = abi::LaunchSignal::Kind;

TEST(PeCpuHal, SaysThatItIsReadyAndWaitsForTheStart) {
    PeCpuHalBench bench;
    simulate([&] {
        sc_core::sc_spawn([&] {
            wait_until(20_ns);
            bench.signal(Signal::start, 4, 99'000);  // of another launch, which is over
            wait_until(30_ns);
            bench.signal(Signal::start, 5, 80'000);
        });
        EXPECT_EQ(bench.hal.wait_for_start(5), 80_ns);
        EXPECT_EQ(bench.hal.now(), 30_ns);
        ASSERT_EQ(bench.noc.pokes.size(), 1u);
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).kind, Signal::ready);
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).launch_id, 5u);
        EXPECT_EQ(bench.noc.pokes[0].first, 1_ns) << "the latency of the way";
    });
}

TEST(PeCpuHal, AbortEndsTheWaitAlsoWhenItComesBefore) {
    PeCpuHalBench bench;
    simulate([&] {
        sc_core::sc_spawn([&] {
            wait_until(20_ns);
            bench.signal(Signal::abort, 5);
            bench.signal(Signal::abort, 6);
        });
        EXPECT_EQ(bench.hal.wait_for_start(5), std::nullopt);
        EXPECT_EQ(bench.hal.now(), 20_ns);
        EXPECT_EQ(bench.hal.wait_for_start(6), std::nullopt);
        EXPECT_EQ(bench.hal.now(), 20_ns);
        EXPECT_EQ(bench.runner.cancelled, 1u) << "the launch that it was at";
        EXPECT_TRUE(bench.hal.has_kernel("here"));
        EXPECT_FALSE(bench.hal.has_kernel("there"));
    });
}

TEST(PeCpuHal, AbortOfALaunchThatItIsThroughWithComesTooLate) {
    PeCpuHalBench bench;
    simulate([&] {
        sc_core::sc_spawn([&] {
            wait_until(20_ns);
            bench.signal(Signal::start, 5, 30'000);
        });
        EXPECT_TRUE(bench.hal.wait_for_start(5));
        bench.hal.run_kernel("here", {});
        bench.signal(Signal::abort, 5);
        EXPECT_EQ(bench.runner.cancelled, 0u);
    });
}

TEST(IoCpuHal, BarrierTakesSignalsAndTheHostAbortsAllByAWrite) {
    CpuBench bench(Timing::hop, CpuKind::io_cpu);
    simulate([&] {
        bench.hal.open_launch(3, std::vector<std::uint16_t>{0b11});
        const std::uint64_t barrier = abi::launch_barrier(SipId{0});
        EXPECT_TRUE(send_signal(bench.noc, barrier, bench.hal.fabric.node(), {Signal::ready, 3}));
        EXPECT_TRUE(send_signal(bench.noc, barrier, bench.hal.fabric.node(), {Signal::ready, 3}));
        wait_until(100_ns);
        ASSERT_EQ(bench.noc.pokes.size(), 2u) << "both PEs lie behind the end";
        EXPECT_EQ(signal_in(bench.noc.pokes[1]).kind, Signal::start);
        EXPECT_EQ(signal_in(bench.noc.pokes[1]).start_ps, 1000u);
        bench.noc.pokes.clear();
        const auto abort = bench.noc.write_inline(decode(barrier), std::vector<std::byte>(8), VirtualChannel::ctrl,
                                                  bench.hal.fabric.node());
        wait_until(200_ns);
        EXPECT_TRUE(bench.noc.answer(abort).ok());
        ASSERT_EQ(bench.noc.pokes.size(), 2u);
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).kind, Signal::abort);
        bench.noc.pokes.clear();
        bench.hal.close_launch(3);
        bench.noc.write_inline(decode(barrier), std::vector<std::byte>(8), VirtualChannel::ctrl,
                               bench.hal.fabric.node());
        wait_for_all();
        EXPECT_TRUE(bench.noc.pokes.empty()) << "none is open";
    });
}

TEST(MCpuHal, AbortIsASignalToTheBarrier) {
    CpuBench bench;
    simulate([&] {
        bench.hal.abort_launch(9);
        wait_for_all();
        ASSERT_EQ(bench.noc.pokes.size(), 1u);
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).kind, Signal::abort);
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).launch_id, 9u);
    });
}

}  // namespace
}  // namespace ahbm::test
