// SPDX-License-Identifier: Apache-2.0
// Sram: a cube's shared memory. By default one port per direction of 128 B/ns, as wide as its link, and 2 ns of access.
#include "models/sram/sram.h"
#include "tests/support/block_bench.h"

namespace ahbm::test {
namespace {

struct SramBench : BlockBench {
    SramConfig config;
    Sram sram{"sram", fabric, config, recorder};
    BenchEnd requester{"requester", *this};

    explicit SramBench(Timing timing = Timing::hop) : BlockBench(timing) {
        requester.fabric.out.connect(sram.memory.fabric.in, config.bandwidth, wire, LedgerPart::noc);
        sram.memory.fabric.out.connect(requester.fabric.in, config.bandwidth, wire, LedgerPart::noc);
    }
    static Domain at(std::uint64_t offset) { return {.window = abi::WindowKind::cube_sram, .offset = offset}; }
};

struct SramPort : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, SramPort, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(SramPort, ReadTakesAccessTimeAndTheLink) {
    SramBench bench(GetParam());
    simulate([&] {
        const auto read = bench.requester.read(bench.at(0), 4096);
        wait_for_all();
        // Header of 256 B: 1 ns wire, 2 ns. Access: 2 ns. Answer: 32 ns, 1 ns wire.
        EXPECT_TRUE(bench.requester.answer(read).ok());
        EXPECT_EQ(bench.requester.end(read), 3_ns + 2_ns + 33_ns);
        EXPECT_EQ(bench.requester.answer(read).ledger[LedgerPart::service], 2_ns);
    });
    bench.expect_books_closed();
}

TEST_P(SramPort, WriteIsAcknowledgedWhenItIsInTheArray) {
    SramBench bench(GetParam());
    simulate([&] {
        const auto write = bench.requester.write(bench.at(0), 4096);
        wait_for_all();
        EXPECT_TRUE(bench.requester.answer(write).ok());
        EXPECT_EQ(bench.requester.end(write), 33_ns + 2_ns + 3_ns);
        EXPECT_EQ(bench.requester.answer(write).ledger[LedgerPart::service], 2_ns);
    });
    bench.expect_books_closed();
}

TEST_P(SramPort, ReadsWaitForEachOther) {
    SramBench bench(GetParam());
    simulate([&] {
        const auto first = bench.requester.read(bench.at(0), 4096), second = bench.requester.read(bench.at(8192), 256);
        wait_for_all();
        EXPECT_EQ(bench.requester.end(first), 38_ns);
        // Its header is there at 5 ns, the port is free at 3 + 32 ns.
        EXPECT_EQ(bench.requester.answer(second).ledger[LedgerPart::service], 30_ns + 2_ns);
    });
}

TEST_P(SramPort, ReadsAndWritesDoNotWaitForEachOther) {
    SramBench bench(GetParam());
    simulate([&] {
        const auto write = bench.requester.write(bench.at(0), 4096), read = bench.requester.read(bench.at(8192), 4096);
        wait_for_all();
        EXPECT_EQ(bench.requester.answer(write).ledger[LedgerPart::service], 2_ns);
        EXPECT_EQ(bench.requester.answer(read).ledger[LedgerPart::service], 2_ns);
    });
}

TEST_P(SramPort, AccessBeyondItsEndIsRefused) {
    SramBench bench(GetParam());
    simulate([&] {
        const auto inside = bench.requester.write(bench.at(bench.config.size - 16), 16),
                   across = bench.requester.write(bench.at(bench.config.size - 16), 17);
        wait_for_all();
        EXPECT_TRUE(bench.requester.answer(inside).ok());
        EXPECT_EQ(bench.requester.answer(across).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(bench.requester.answer(across).error, "sram: access beyond its end at sip0.cube0.sram+0x1fffff0");
    });
    bench.expect_books_closed();
}

TEST(SramTiming, WritesKeepThePortForTheirBytes) {
    SramTiming timing(SramConfig{});
    EXPECT_EQ(timing.write(Purpose::kernel, 0_ns, 10_ns, 0, 4096), 34_ns) << "the port is slower than what comes in";
    EXPECT_EQ(timing.write(Purpose::kernel, 0_ns, 10_ns, 0, 128), 35_ns) << "in line";
    EXPECT_EQ(timing.write(Purpose::kernel, 40_ns, 90_ns, 0, 128), 92_ns) << "the port is faster";
    EXPECT_EQ(timing.write(Purpose::kernel, 41_ns, 41_ns, 0, 128), 44_ns) << "and free between the bytes";
}

TEST(SramReset, ForgetsContentsAndFreesThePort) {
    SramBench bench;
    simulate([&] {
        bench.requester.write(bench.at(0), 256, std::byte{1});
        wait_until(1_us);
        bench.requester.read(bench.at(0), 1u << 20);
        wait_until(1_us + 10_ns);
        bench.sram.reset();
        const auto read = bench.requester.read(bench.at(0), 256);
        wait_for_all();
        EXPECT_EQ(bench.requester.answer(read).data.first_gap(), 0u);
        EXPECT_EQ(bench.requester.answer(read).ledger[LedgerPart::service], 2_ns);
    });
}

}  // namespace
}  // namespace ahbm::test
