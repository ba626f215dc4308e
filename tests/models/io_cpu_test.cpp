// SPDX-License-Identifier: Apache-2.0
// IoCpu: the module and its program, with an end of the fabric in the place of the host, two M_CPUs and their PEs. By
// default 10 ns per message that it takes and 1 ns per write; a request of the test takes 0.25 ns on the link.
#include "models/io_cpu/io_cpu.h"
#include "tests/models/mail.h"

namespace ahbm::test {
namespace {

struct IoCpuBench : BlockBench {
    IoCpu io_cpu;
    BenchEnd noc{"noc", *this, Directory::host()};

    explicit IoCpuBench(Timing timing = Timing::hop, unsigned depth = 16)
        : BlockBench(Config{.timing = timing,
                            .cube = two_pes(),
                            .map = {.sips = 1, .cubes = 2, .io_chiplets = 1, .pes = 2, .hbm_slice = 1_MiB}}),
          io_cpu("io_cpu", fabric, {SipId{0}, {}, {}, 2, 2}, CpuConfig{}, MailboxConfig{.depth = depth},
                 firmware::FirmwareConfig{}) {
        io_cpu.hal.fabric.set_node(Directory::io_cpu(SipId{0}));
        join(noc.fabric, io_cpu.hal.fabric);
    }
    const std::uint64_t host_at = PhysAddr::host_aperture(SipId{0}, IoChipletId{0}, 0).raw();
    void request(const abi::Message& message) {
        send_mail(noc, abi::io_cpu_mailbox(SipId{0}), io_cpu.hal.fabric.node(), message);
    }
    void complete(const abi::Header& request, std::uint16_t cube, abi::Status status = abi::Status::ok,
                  std::string text = {}) {
        send_mail(noc, abi::io_cpu_completions(SipId{0}), io_cpu.hal.fabric.node(),
                  completion_of(request, {.cube = cube}, status, std::move(text)));
    }
    void ready(std::uint64_t launch) {
        send_signal(noc, abi::launch_barrier(SipId{0}), io_cpu.hal.fabric.node(),
                    {abi::LaunchSignal::Kind::ready, launch});
    }
};

struct IoCpus : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, IoCpus, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(IoCpus, PassRequestsOnToTheirCubesAndGatherTheAnswers) {
    IoCpuBench bench(GetParam());
    simulate([&] {
        bench.request(reset_queues(0b11, 0b01, bench.host_at, 42));
        wait_until(1_us);
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        // Here at 1.25 ns; 10 ns; then a write per nanosecond, which is there 1 + 0.25 ns later.
        for (std::uint16_t cube = 0; cube < 2; ++cube) {
            const BenchEnd::Request& part = bench.noc.requests[cube];
            EXPECT_EQ(part.target, decode(abi::m_cpu_mailbox(SipId{0}, CubeId{cube})));
            EXPECT_EQ(part.tail, 1.25_ns + 10_ns + 1_ns + cube * 1_ns + 1.25_ns);
            EXPECT_EQ(header_in(part).cube_mask, 1u << cube);
            EXPECT_EQ(header_in(part).completion_address, abi::io_cpu_completions(SipId{0}));
        }
        const abi::Header first = header_in(bench.noc.requests[0]), second = header_in(bench.noc.requests[1]);
        bench.complete(second, 1, abi::Status::ipcq_refused, "a queue is busy");
        wait_until(2_us);
        EXPECT_EQ(bench.noc.requests.size(), 2u) << "one is missing";
        bench.complete(first, 0);
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 3u);
        EXPECT_EQ(bench.noc.requests[2].target, decode(bench.host_at));
        const auto completion = completion_in(bench.noc.requests[2]);
        ASSERT_TRUE(completion);
        EXPECT_EQ(completion->header.cookie, 42u);
        EXPECT_EQ(completion->status, abi::Status::ipcq_refused) << "the worst of them";
        EXPECT_EQ(completion->reporter.cube, 1u);
        EXPECT_EQ(completion->text, "a queue is busy");
        EXPECT_EQ(completion->received_ps, 1250u);
    });
    EXPECT_EQ(bench.io_cpu.program().dropped().count, 0u);
    bench.expect_books_closed();
}

TEST_P(IoCpus, AnswerAtOnceWhatTheyCannotPassOn) {
    IoCpuBench bench(GetParam());
    simulate([&] {
        bench.request(reset_queues(0b100, 0b01, bench.host_at));
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 1u);
        const auto completion = completion_in(bench.noc.requests[0]);
        ASSERT_TRUE(completion);
        EXPECT_EQ(completion->status, abi::Status::bad_target);
        EXPECT_EQ(completion->text, "cube2 is addressed, the configuration has 2");
    });
}

TEST(IoCpuBooks, CountWhatNobodyCouldBeToldOf) {
    IoCpuBench bench;
    simulate([&] {
        bench.request(reset_queues(0b01, 0b01, 0x1234));
        bench.complete({}, 1);
        wait_for_all();
        EXPECT_TRUE(bench.noc.requests.empty());
        EXPECT_EQ(bench.io_cpu.program().dropped().count, 2u);
    });
}

TEST_P(IoCpus, WorkOnOneRequestAtATimeAndPushBackOnTheHost) {
    IoCpuBench bench(GetParam(), 1);
    simulate([&] {
        for (std::uint64_t i = 0; i < 3; ++i) bench.request(reset_queues(0b01, 0b01, bench.host_at, i));
        wait_until(1_us);
        EXPECT_EQ(bench.noc.requests.size(), 1u);
        EXPECT_EQ(bench.noc.answers.size(), 2u) << "one is worked on, one lies in the mailbox, one waits";
        bench.complete(header_in(bench.noc.requests[0]), 0);
        wait_until(2_us);
        ASSERT_EQ(bench.noc.requests.size(), 3u) << "an answer to the host, and the next";
        EXPECT_TRUE(completion_in(bench.noc.requests[1]));
        bench.complete(header_in(bench.noc.requests[2]), 0);
        wait_until(3_us);
        bench.complete(header_in(bench.noc.requests.back()), 0);
        wait_for_all();
        EXPECT_EQ(bench.noc.requests.size(), 6u);
        EXPECT_EQ(completion_in(bench.noc.requests[5])->header.cookie, 2u);
    });
    bench.expect_books_closed();
}

TEST(IoCpuLaunches, StartTogetherWhenAllPesAreReady) {
    IoCpuBench bench;
    simulate([&] {
        bench.request(launch("any", {{0, 0}, {1, 1}}, bench.host_at));
        wait_until(1_us);
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        abi::Request part;
        ASSERT_TRUE(abi::decode(bench.noc.requests[1].inline_bytes, part));
        EXPECT_EQ(std::get<abi::KernelLaunch>(part).launch_id, 1u) << "they are counted";
        ASSERT_EQ(std::get<abi::KernelLaunch>(part).sections.size(), 1u);
        EXPECT_EQ(std::get<abi::KernelLaunch>(part).sections[0].pe, 1u);
        bench.ready(1);
        wait_until(1500_ns);
        EXPECT_TRUE(bench.noc.pokes.empty());
        bench.ready(1);
        wait_until(2_us);
        ASSERT_EQ(bench.noc.pokes.size(), 2u);
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).kind, abi::LaunchSignal::Kind::start);
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).start_ps, 1'501'000u);
    });
}

TEST(IoCpuLaunches, AreAbortedWhenAPartOfThemFails) {
    IoCpuBench bench;
    simulate([&] {
        bench.request(launch("any", {{0, 0}, {1, 1}}, bench.host_at));
        wait_until(1_us);
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        bench.complete(header_in(bench.noc.requests[0]), 0, abi::Status::unknown_kernel, "no such kernel");
        wait_until(2_us);
        ASSERT_EQ(bench.noc.pokes.size(), 1u) << "to the barrier: the IO NoC brings it back";
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).kind, abi::LaunchSignal::Kind::abort);
        send_signal(bench.noc, abi::launch_barrier(SipId{0}), bench.io_cpu.hal.fabric.node(),
                    signal_in(bench.noc.pokes[0]));
        wait_until(2500_ns);
        ASSERT_EQ(bench.noc.pokes.size(), 3u) << "both PEs are told";
        EXPECT_EQ(signal_in(bench.noc.pokes[2]).kind, abi::LaunchSignal::Kind::abort);
        bench.complete(header_in(bench.noc.requests[1]), 1, abi::Status::cancelled);
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 3u);
        EXPECT_EQ(completion_in(bench.noc.requests[2])->status, abi::Status::unknown_kernel);
    });
}

TEST(IoCpuReset, RestartsTheProgramFromACleanState) {
    IoCpuBench bench;
    simulate([&] {
        bench.request(launch("any", {{0, 0}}, bench.host_at));
        wait_until(1_us);
        const abi::Header lost = header_in(bench.noc.requests.at(0));
        bench.io_cpu.reset();
        wait_until(2_us);
        bench.complete(lost, 0);
        bench.ready(1);
        wait_until(3_us);
        EXPECT_EQ(bench.noc.requests.size(), 1u) << "nobody waits for that answer any more";
        EXPECT_TRUE(bench.noc.pokes.empty());
        EXPECT_EQ(bench.io_cpu.program().dropped().count, 1u);
        bench.request(launch("any", {{0, 0}}, bench.host_at));
        wait_for_all();
        abi::Request again;
        ASSERT_TRUE(abi::decode(bench.noc.requests.back().inline_bytes, again));
        EXPECT_EQ(std::get<abi::KernelLaunch>(again).launch_id, 1u);
    });
}

}  // namespace
}  // namespace ahbm::test
