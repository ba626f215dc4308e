// SPDX-License-Identifier: Apache-2.0
// MCpu: the module and its program, with an end of the fabric in the place of IO_CPU and two PEs. By default 5 ns per
// message that it takes and 1 ns per write; a request of the test takes 0.25 ns on the link.
#include "models/m_cpu/m_cpu.h"
#include "tests/models/mail.h"

namespace ahbm::test {
namespace {

struct MCpuBench : BlockBench {
    MCpu m_cpu;
    BenchEnd noc{"noc", *this, Directory::io_cpu(SipId{0})};

    explicit MCpuBench(Timing timing = Timing::hop)
        : BlockBench(Config{.timing = timing,
                            .cube = two_pes(),
                            .map = {.sips = 1, .cubes = 1, .io_chiplets = 1, .pes = 2, .hbm_slice = 1_MiB}}),
          m_cpu("m_cpu", fabric, {SipId{0}, CubeId{0}, {}, 1, 2}, CpuConfig{}, MailboxConfig{},
                firmware::FirmwareConfig{}) {
        m_cpu.hal.fabric.set_node(directory.m_cpu(SipId{0}, CubeId{0}));
        join(noc.fabric, m_cpu.hal.fabric);
    }
    const std::uint64_t mailbox = abi::m_cpu_mailbox(SipId{0}, CubeId{0}),
                        io_cpu_at = abi::io_cpu_completions(SipId{0});
    void send(const abi::Message& message) { send_mail(noc, mailbox, m_cpu.hal.fabric.node(), message); }
    void complete(const abi::Header& request, std::uint16_t pe, abi::Status status = abi::Status::ok,
                  std::string text = {}) {
        send(completion_of(request, {.cube = 0, .pe = pe}, status, std::move(text)));
    }
};

struct MCpus : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, MCpus, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(MCpus, PassRequestsOnToTheirPesAndGatherTheAnswers) {
    MCpuBench bench(GetParam());
    simulate([&] {
        bench.send(reset_queues(0b1, 0b11, bench.io_cpu_at, 42));
        wait_until(1_us);
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        for (std::uint16_t pe = 0; pe < 2; ++pe) {
            const BenchEnd::Request& part = bench.noc.requests[pe];
            EXPECT_EQ(part.target, decode(abi::pe_cpu_mailbox({SipId{0}, CubeId{0}, PeId{pe}})));
            EXPECT_EQ(part.tail, 1.25_ns + 5_ns + 1_ns + pe * 1_ns + 1.25_ns);
            EXPECT_EQ(part.purpose, Purpose::mailbox);
            EXPECT_EQ(header_in(part).pe_mask, 1u << pe);
            EXPECT_EQ(header_in(part).completion_address, bench.mailbox);
        }
        const abi::Header first = header_in(bench.noc.requests[0]), second = header_in(bench.noc.requests[1]);
        bench.complete(first, 0);
        wait_until(2_us);
        EXPECT_EQ(bench.noc.requests.size(), 2u);
        bench.complete(second, 1, abi::Status::mmu_fault, "a mapping was refused");
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 3u) << "one for the cube";
        EXPECT_EQ(bench.noc.requests[2].target, decode(bench.io_cpu_at));
        EXPECT_EQ(bench.noc.requests[2].purpose, Purpose::completion);
        const auto completion = completion_in(bench.noc.requests[2]);
        ASSERT_TRUE(completion);
        EXPECT_EQ(completion->header.cookie, 42u);
        EXPECT_EQ(completion->status, abi::Status::mmu_fault);
        EXPECT_EQ(completion->reporter.pe, 1u);
        EXPECT_EQ(completion->text, "a mapping was refused");
    });
    bench.expect_books_closed();
}

TEST_P(MCpus, WorkOnSeveralRequestsAtOnce) {
    MCpuBench bench(GetParam());
    simulate([&] {
        bench.send(reset_queues(0b1, 0b01, bench.io_cpu_at, 1));
        bench.send(reset_queues(0b1, 0b01, bench.io_cpu_at, 2));
        wait_until(1_us);
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        bench.complete(header_in(bench.noc.requests[1]), 0);
        bench.complete(header_in(bench.noc.requests[0]), 0);
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 4u);
        EXPECT_EQ(completion_in(bench.noc.requests[2])->header.cookie, 2u);
        EXPECT_EQ(completion_in(bench.noc.requests[3])->header.cookie, 1u);
    });
}

TEST_P(MCpus, AnswerAtOnceWhatIsNotForThem) {
    MCpuBench bench(GetParam());
    simulate([&] {
        bench.send(reset_queues(0b1, 0b1000, bench.io_cpu_at));
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 1u);
        const auto completion = completion_in(bench.noc.requests[0]);
        ASSERT_TRUE(completion);
        EXPECT_EQ(completion->status, abi::Status::bad_target);
        EXPECT_EQ(completion->text, "pe3 is addressed, the configuration has 2");
        EXPECT_EQ(completion->reporter.cube, 0u);
    });
}

TEST(MCpuLaunches, AreAbortedWhenAPeFails) {
    MCpuBench bench;
    simulate([&] {
        bench.send(launch("any", {{0, 0}, {0, 1}}, bench.io_cpu_at, 6));
        wait_until(1_us);
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        bench.complete(header_in(bench.noc.requests[1]), 1, abi::Status::kernel_error, "it stopped");
        wait_until(2_us);
        ASSERT_EQ(bench.noc.pokes.size(), 1u) << "the barrier is told, which tells the PEs";
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).kind, abi::LaunchSignal::Kind::abort);
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).launch_id, 6u);
        bench.complete(header_in(bench.noc.requests[0]), 0, abi::Status::cancelled);
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 3u);
        EXPECT_EQ(completion_in(bench.noc.requests[2])->status, abi::Status::kernel_error);
    });
}

TEST(MCpuReset, RestartsTheProgramFromACleanState) {
    MCpuBench bench;
    simulate([&] {
        bench.send(reset_queues(0b1, 0b01, bench.io_cpu_at));
        wait_until(1_us);
        const abi::Header lost = header_in(bench.noc.requests.at(0));
        bench.m_cpu.reset();
        wait_until(2_us);
        bench.complete(lost, 0);
        wait_until(3_us);
        EXPECT_EQ(bench.noc.requests.size(), 1u);
        EXPECT_EQ(bench.m_cpu.program().dropped().count, 1u);
        EXPECT_EQ(bench.m_cpu.program().dropped().last_reason, "unexpected completion from sip0.cube0.pe0");
        bench.send(reset_queues(0b1, 0b01, bench.io_cpu_at));
        wait_for_all();
        EXPECT_EQ(bench.noc.requests.size(), 2u);
    });
}

}  // namespace
}  // namespace ahbm::test
