// SPDX-License-Identifier: Apache-2.0
// HbmController: an HBM slice on a router, and the calendar of its pseudo-channels. By default 8 of 32 B/ns each, which
// take bursts of 256 B in turn: 8 ns a burst.
#include "models/hbm_controller/hbm_controller.h"
#include "tests/support/block_bench.h"

namespace ahbm::test {
namespace {

constexpr Purpose kernel = Purpose::kernel;

struct HbmBench : BlockBench {
    HbmConfig config;
    HbmController hbm;
    BenchEnd requester{"requester", *this};

    explicit HbmBench(Timing timing = Timing::hop, HbmConfig of_hbm = {})
        : BlockBench(timing), config(of_hbm), hbm("hbm", fabric, config, base, recorder) {
        join(requester.fabric, hbm.memory.fabric);
    }
    static constexpr std::uint64_t base = std::uint64_t{6} << 30;  ///< the second slice of a cube
    static Domain at(std::uint64_t offset) { return {.window = abi::WindowKind::hbm, .offset = base + offset}; }
};

struct Hbm : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, Hbm, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(Hbm, ReadOfOneBurst) {
    HbmBench bench(GetParam());
    simulate([&] {
        const auto read = bench.requester.read(bench.at(0), 256);
        wait_for_all();
        // Request: 1 ns wire, 1 ns header. Burst: 2 to 10 ns. Answer: 1 ns wire, 1 ns for 256 B.
        EXPECT_TRUE(bench.requester.answer(read).ok());
        EXPECT_EQ(bench.requester.answer(read).tail, 12_ns);
        EXPECT_EQ(bench.requester.answer(read).ledger[LedgerPart::service], 8_ns);
        EXPECT_EQ(bench.requester.answer(read).ledger[LedgerPart::queueing], 0_ns);
    });
    bench.expect_books_closed();
}

TEST_P(Hbm, ReadIsStripedOverTheChannels) {
    HbmBench bench(GetParam());
    simulate([&] {
        const auto all_channels = bench.requester.read(bench.at(0), 2048);
        wait_until(100_ns);
        const auto twice = bench.requester.read(bench.at(0), 4096);
        wait_for_all();
        // Eight bursts at once, 2 to 10 ns; then 2 KiB on the link, 8 ns, and 1 ns of wire.
        EXPECT_EQ(bench.requester.end(all_channels), 19_ns);
        // Two bursts on each channel end at 110 and 118 ns; the link needs 16 ns from the first on.
        EXPECT_EQ(bench.requester.end(twice), 127_ns);
    });
}

TEST_P(Hbm, AnswerIsNoFasterThanTheArray) {
    HbmBench bench(GetParam(), {.channels = 1});
    simulate([&] {
        const auto read = bench.requester.read(bench.at(0), 1024);
        wait_for_all();
        EXPECT_EQ(bench.requester.end(read), 2_ns + 4 * 8_ns + 1_ns) << "the last burst has not been overtaken";
        EXPECT_EQ(bench.requester.answer(read).head, 2_ns + 8_ns + 1_ns) << "the first one did not wait for it";
    });
}

TEST_P(Hbm, WriteIsAcknowledgedWhenItsLastBurstIsWritten) {
    HbmBench bench(GetParam());
    simulate([&] {
        const auto write = bench.requester.write(bench.at(0), 4096);
        wait_for_all();
        // The tail is there at 16 + 1 ns, and only then can the last burst be written; 2 ns for the acknowledgement.
        EXPECT_TRUE(bench.requester.answer(write).ok());
        EXPECT_EQ(bench.requester.end(write), 17_ns + 8_ns + 2_ns);
    });
    bench.expect_books_closed();
}

TEST_P(Hbm, AccessesOfOneChannelWaitForEachOther) {
    HbmBench bench(GetParam());
    simulate([&] {
        const auto first = bench.requester.read(bench.at(0), 256), second = bench.requester.read(bench.at(2048), 256),
                   elsewhere = bench.requester.read(bench.at(256), 256);
        wait_for_all();
        // The requests' tails are there at 2, 3 and 4 ns. Offsets 0 and 2048 share channel 0, 256 is on channel 1.
        EXPECT_EQ(bench.requester.end(first), 12_ns);
        EXPECT_EQ(bench.requester.answer(second).ledger[LedgerPart::service], 7_ns + 8_ns) << "from 3 to 10 to 18 ns";
        EXPECT_EQ(bench.requester.end(elsewhere), 4_ns + 8_ns + 2_ns) << "another channel";
    });
    EXPECT_EQ(bench.hbm.timing().channels()[0].busy, 16_ns);
    EXPECT_EQ(bench.hbm.timing().channels()[1].busy, 8_ns);
    EXPECT_EQ(bench.hbm.timing().channels()[2].busy, 0_ns);
}

TEST_P(Hbm, ReadBehindAWriteOfItsBytesSeesThem) {
    HbmBench bench(GetParam());
    simulate([&] {
        bench.requester.write(bench.at(512), 4096, std::byte{1});  // all here at 17 ns, visible at 25 ns
        wait_until(20_ns);
        const auto after = bench.requester.read(bench.at(512), 256);
        wait_for_all();
        ASSERT_FALSE(bench.requester.answer(after).data.first_gap());
        EXPECT_EQ(first_byte(bench, bench.requester.answer(after).data), 1);
    });
}

TEST_P(Hbm, AccessBeyondTheSliceIsRefused) {
    HbmBench bench(GetParam());
    simulate([&] {
        const auto inside = bench.requester.read(bench.at(bench.config.slice - 256), 256);
        const auto across = bench.requester.read(bench.at(bench.config.slice - 256), 512);
        const auto before = bench.requester.write({.window = abi::WindowKind::hbm, .offset = bench.base - 1}, 1);
        wait_for_all();
        EXPECT_TRUE(bench.requester.answer(inside).ok());
        EXPECT_EQ(bench.requester.answer(across).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(bench.requester.answer(across).error, "hbm: access beyond its end at sip0.cube0.hbm+0x2ffffff00");
        EXPECT_EQ(bench.requester.answer(before).error, "hbm: access beyond its end at sip0.cube0.hbm+0x17fffffff");
        EXPECT_EQ(bench.requester.answer(across).ledger[LedgerPart::service], 0_ns) << "refused at once";
    });
    bench.expect_books_closed();
}

TEST_P(Hbm, KernelsUseIsCountedApart) {
    HbmBench bench(GetParam());
    simulate([&] {
        bench.requester.read(bench.at(0), 256);
        bench.requester.read(bench.at(0), 256, {.kind = NodeId::Kind::cube}, Purpose::transfer);
        bench.requester.read(bench.at(0), 256);
        wait_for_all();
    });
    const HbmTiming& timing = bench.hbm.timing();
    EXPECT_EQ(timing.channels()[0].busy, 24_ns);
    EXPECT_EQ(timing.channels()[0].kernel_busy, 16_ns);
    EXPECT_EQ(timing.kernel_use().accesses, 2u);
    // They begin at 2 and 18 ns; the latter's request was there at 4 ns.
    EXPECT_EQ(timing.kernel_use().waited, 14_ns);
}

TEST(HbmReset, ForgetsContentsAndCalendar) {
    HbmBench bench;
    simulate([&] {
        bench.requester.write(bench.at(0), 256, std::byte{1});
        wait_until(1_us);
        bench.hbm.reset();
        EXPECT_EQ(bench.hbm.timing().channels()[0].busy, 0_ns);
        EXPECT_EQ(bench.hbm.timing().kernel_use().accesses, 0u);
        const auto read = bench.requester.read(bench.at(0), 256);
        wait_for_all();
        EXPECT_EQ(bench.requester.answer(read).data.first_gap(), 0u);
        EXPECT_EQ(bench.requester.end(read) - 1_us, 12_ns);
    });
}

// --- the calendar alone -------------------------------------------------------------------------------------------

TEST(HbmTiming, TurnsAChannelAroundBetweenReadsAndWrites) {
    HbmTiming timing({.turnaround = 5_ns});
    EXPECT_EQ(timing.write(kernel, 0_ns, 0_ns, 0, 256), 8_ns) << "the first access of a channel turns nothing";
    EXPECT_EQ(timing.write(kernel, 0_ns, 0_ns, 0, 256), 16_ns) << "nor does another write";
    EXPECT_EQ(timing.read(kernel, 0_ns, 0, 256).start, 21_ns);
    EXPECT_EQ(timing.read(kernel, 0_ns, 0, 256).start, 29_ns);
    EXPECT_EQ(timing.write(kernel, 0_ns, 0_ns, 0, 256), 37_ns + 5_ns + 8_ns);
    EXPECT_EQ(timing.read(kernel, 0_ns, 256, 256).start, 0_ns) << "another channel has its own direction";
    EXPECT_EQ(timing.read(kernel, 100_ns, 0, 256).start, 100_ns) << "time enough has passed";
}

TEST(HbmTiming, OpensARowOnceForAllItsBursts) {
    HbmTiming timing({.row_miss = 28_ns});
    // A row of 1 KiB is 4 bursts of one channel, which lie 8 x 256 B apart.
    EXPECT_EQ(timing.read(kernel, 0_ns, 0, 256).start, 28_ns) << "no row is open at first";
    EXPECT_EQ(timing.read(kernel, 0_ns, 3 * 2048, 256).start, 36_ns);
    EXPECT_EQ(timing.read(kernel, 0_ns, 4 * 2048, 256).start, 44_ns + 28_ns);
    EXPECT_EQ(timing.read(kernel, 0_ns, 0, 256).start, 80_ns + 28_ns) << "one row is open, not two";
    EXPECT_EQ(timing.read(kernel, 0_ns, 256, 256).start, 28_ns) << "each channel has its own";
}

TEST(HbmTiming, RefreshesAtTheEndOfEveryInterval) {
    HbmTiming timing({.refresh_interval = 1_us, .refresh_time = 100_ns});
    // All channels are busy from 900 to 1000 ns.
    EXPECT_EQ(timing.read(kernel, 892_ns, 0, 256).start, 892_ns) << "it ends when the refresh begins";
    EXPECT_EQ(timing.read(kernel, 893_ns, 256, 256).start, 1000_ns) << "it would reach into the refresh";
    EXPECT_EQ(timing.read(kernel, 950_ns, 512, 256).start, 1000_ns);
    EXPECT_EQ(timing.write(kernel, 1950_ns, 1950_ns, 768, 256), 2008_ns);
    EXPECT_EQ(timing.read(kernel, 0_ns, 512, 256).start, 1008_ns) << "in line";
}

TEST(HbmTiming, UnalignedAccessTakesEveryBurstThatItTouches) {
    HbmTiming timing({});
    timing.read(kernel, 0_ns, 255, 2);
    EXPECT_EQ(timing.channels()[0].busy, 8_ns);
    EXPECT_EQ(timing.channels()[1].busy, 8_ns);
    EXPECT_EQ(timing.channels()[2].busy, 0_ns);
}

TEST(HbmTiming, TellsItsObserversOfEveryBurst) {
    struct Log : HbmObserver {
        std::vector<std::string> lines;
        void burst(unsigned channel, bool write, sim::Time from, sim::Time until) override {
            lines.push_back((write ? "write " : "read ") + std::to_string(channel) + " " + std::to_string(from.ps()) +
                            ".." + std::to_string(until.ps()));
        }
        void accessed(sim::Time earliest) override { lines.push_back("accessed " + std::to_string(earliest.ps())); }
    } log;
    HbmTiming timing({.channels = 2});
    timing.observers().add(log);
    timing.read(kernel, 1_ns, 256, 512);
    timing.write(kernel, 2_ns, 3_ns, 0, 256);
    EXPECT_EQ(log.lines, (std::vector<std::string>{"read 1 1000..9000", "read 0 1000..9000", "accessed 1000",
                                                   "write 0 9000..17000", "accessed 2000"}));
}

}  // namespace
}  // namespace ahbm::test
