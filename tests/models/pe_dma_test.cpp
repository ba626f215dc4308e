// SPDX-License-Identifier: Apache-2.0
// PeDma: jobs of the scheduler, and what others send to the PE (pe_dma_bench.h).
#include "tests/models/pe_dma_bench.h"

namespace ahbm::test {
namespace {

struct Dma : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, Dma, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

// --- jobs of the scheduler ----------------------------------------------------------------------------------------

TEST_P(Dma, ReadBringsBytesIntoTcm) {
    DmaBench bench(GetParam());
    bench.noc.value = std::byte{7};
    bench.run([&] {
        const sim::Time start = bench.wheel.now();
        const auto& read = bench.scheduler.submit(bench.read_job(1024));
        wait_until(start + 17.5_ns - 1_ps);
        EXPECT_EQ(bench.seen(0x1000), -1);
        wait_for_all();
        // Look-up 0.5 ns, request 1 + 1 ns, target 10 ns, answer 1 + 4 ns; TCM has taken it when its tail is here.
        EXPECT_EQ(after(read.done, start), 17.5_ns);
        EXPECT_EQ(read.job.error, "");
        EXPECT_EQ(read.job.started, start);
        EXPECT_EQ(bench.seen(0x1000), 7);
        EXPECT_EQ(bench.seen(0x13FF), 7);
        EXPECT_EQ(bench.seen(0x1400), -1);
        EXPECT_FALSE(read.accepted) << "that is for stores";
    });
    bench.expect_books_closed();
}

TEST_P(Dma, WriteIsAcceptedWhenItsBytesHaveLeftAndCompleteWhenAcknowledged) {
    DmaBench bench(GetParam());
    bench.run([&] {
        bench.fill_tcm(0x1000, 1024, 5);
        const sim::Time start = bench.wheel.now();
        const auto& write = bench.scheduler.submit(bench.write_job(1024));
        wait_for_all();
        // Look-up 0.5 ns; the bytes follow each other out of TCM and onto the link, 4 ns; target 10 ns; 2 ns back.
        EXPECT_EQ(after(write.accepted, start), 4.5_ns);
        EXPECT_EQ(after(write.done, start), 0.5_ns + 1_ns + 4_ns + 10_ns + 2_ns);
        ASSERT_EQ(bench.noc.requests.size(), 1u);
        EXPECT_EQ(bench.noc.requests[0].access, Access::write);
        EXPECT_EQ(bench.noc.requests[0].target, PhysAddr::from_raw(bench.hbm(0)).domain());
        EXPECT_EQ(bench.noc.requests[0].purpose, Purpose::kernel);
        EXPECT_EQ(bench.noc.requests[0].channel, VirtualChannel::data);
    });
    bench.expect_books_closed();
}

TEST(DmaPackets, NeverCrossAPageAMappingOrASlice) {
    DmaBench bench;
    bench.run([&] {
        bench.map(0x40000, bench.hbm(0x20000), 256);
        bench.map(0x40100, bench.hbm(0x30000), 256);
        bench.map(0x50000, bench.hbm(kDmaSlice - 256), 4096);
        wait_until(2_us);
        const auto packets = [&](std::uint64_t address, std::uint32_t bytes) {
            bench.noc.requests.clear();
            bench.scheduler.submit(bench.job(JobKind::dma_read, address, 0, bytes));
            wait_until(bench.wheel.now() + 1_us);
            std::vector<std::pair<std::uint64_t, std::uint32_t>> sizes;
            for (const BenchEnd::Request& each : bench.noc.requests) sizes.emplace_back(each.target.offset, each.bytes);
            return sizes;
        };
        using Packets = std::vector<std::pair<std::uint64_t, std::uint32_t>>;
        EXPECT_EQ(packets(kVirtual + 0xF00, 1024), (Packets{{0xF00, 256}, {0x1000, 768}})) << "a page";
        EXPECT_EQ(packets(0x40000, 512), (Packets{{0x20000, 256}, {0x30000, 256}})) << "two mappings";
        EXPECT_EQ(packets(0x50000, 1024), (Packets{{kDmaSlice - 256, 256}, {kDmaSlice, 768}})) << "two slices";
        EXPECT_EQ(packets(kVirtual, 8192), (Packets{{0, 4096}, {4096, 4096}})) << "as large as they may be";
    });
}

TEST(DmaPackets, FollowTheRowsOfEitherSide) {
    DmaBench bench;
    bench.noc.value = std::byte{7};
    bench.run([&] {
        Job job = bench.read_job(1);
        job.global = in_global(kVirtual, {2, 64}, Dtype::i8);
        job.global.row_pitch = 1000;
        job.tcm = {in_tcm(0x1000, {2, 64}, Dtype::i8)};
        job.tcm[0].row_pitch = 256;
        bench.scheduler.submit(job);
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        EXPECT_EQ(bench.noc.requests[1].target.offset, 1000u);
        EXPECT_EQ(bench.noc.requests[1].bytes, 64u);
        EXPECT_EQ(bench.seen(0x103F), 7);
        EXPECT_EQ(bench.seen(0x1040), -1);
        EXPECT_EQ(bench.seen(0x1100), 7);
    });
}

TEST_P(Dma, HasSoManyPacketsOutstandingAndNoMore) {
    DmaBench bench(GetParam(), 2);
    bench.noc.holds_back = true;
    bench.run([&] {
        const auto& read = bench.scheduler.submit(bench.read_job(4 * 4096));
        wait_until(bench.wheel.now() + 1_us);
        EXPECT_EQ(bench.noc.requests.size(), 2u);
        EXPECT_EQ(bench.dma.read_channel().in_flight, 2u);
        EXPECT_EQ(bench.dma.read_state(), EngineState::busy);
        bench.noc.release();
        wait_until(bench.wheel.now() + 1_us);
        EXPECT_EQ(bench.noc.requests.size(), 3u) << "one is back, one may go";
        for (int i = 0; i < 3; ++i) {
            EXPECT_FALSE(read.done);
            bench.noc.release();
            wait_until(bench.wheel.now() + 1_us);
        }
        EXPECT_TRUE(read.done);
        EXPECT_EQ(bench.dma.read_state(), EngineState::idle);
    });
    bench.expect_books_closed();
}

TEST_P(Dma, ReadsOverlapOnlyWithinAStreamAndWithWrites) {
    DmaBench bench(GetParam());
    bench.noc.holds_back = true;
    bench.run([&] {
        bench.fill_tcm(0x1000, 256, 5);
        const auto& first = bench.scheduler.submit(bench.read_job(256, 0, 1));
        bench.scheduler.submit(bench.read_job(256, 256, 1));
        const auto& other = bench.scheduler.submit(bench.read_job(256, 512, 2));
        bench.scheduler.submit(bench.read_job(256, 768, 1));
        const auto& write = bench.scheduler.submit(bench.write_job(256, 1024, 3));
        const sim::Time submitted = bench.wheel.now();
        wait_until(submitted + 1_us);
        ASSERT_EQ(bench.noc.requests.size(), 3u) << "two of the stream, and the write";
        EXPECT_TRUE(write.accepted);
        bench.noc.release();
        wait_until(submitted + 2_us);
        EXPECT_TRUE(first.done);
        EXPECT_EQ(bench.noc.requests.size(), 3u) << "the other stream waits for both";
        bench.noc.release();
        bench.noc.release();
        wait_until(submitted + 3_us);
        EXPECT_TRUE(write.done);
        ASSERT_EQ(bench.noc.requests.size(), 4u);
        EXPECT_EQ(bench.noc.requests[3].target.offset, 512u) << "in the order of the jobs";
        EXPECT_GT(other.job.started, submitted + 2_us) << "queueing ends with the grant";
        bench.noc.release();
        wait_until(submitted + 4_us);
        EXPECT_EQ(bench.noc.requests.size(), 5u);
        bench.noc.release();
        wait_for_all();
        EXPECT_EQ(bench.scheduler.completed.size(), 5u);
    });
    bench.expect_books_closed();
}

TEST(DmaBooks, ChannelIsHeldFromGrantToLastAnswer) {
    DmaBench bench;
    bench.run([&] {
        bench.scheduler.submit(bench.read_job(1024));
        wait_until(bench.from + 10_ns);
        EXPECT_EQ(bench.dma.read_channel().busy(bench.wheel.now()), 10_ns);
        wait_for_all();
        EXPECT_EQ(bench.dma.read_channel().busy(bench.wheel.now()), 17.5_ns);
        EXPECT_EQ(bench.dma.write_channel().busy(bench.wheel.now()), 0_ns);
        EXPECT_EQ(bench.dma.read_channel().submitted(), 1u);
        EXPECT_TRUE(bench.dma.read_channel().idle());
    });
}

TEST_P(Dma, FenceWaitsForEarlierStoresAndForNoOthers) {
    DmaBench bench(GetParam());
    bench.noc.holds_back = true;
    bench.run([&] {
        bench.fill_tcm(0x1000, 256, 5);
        const auto& nothing = bench.scheduler.submit(bench.fence());
        wait_until(bench.wheel.now() + 1_ns);
        EXPECT_TRUE(nothing.done) << "at once";
        bench.scheduler.submit(bench.write_job(256));
        const auto& fence = bench.scheduler.submit(bench.fence());
        const auto& later = bench.scheduler.submit(bench.write_job(256, 256));
        bench.scheduler.submit(bench.read_job(256));
        wait_until(bench.wheel.now() + 1_us);
        EXPECT_EQ(bench.noc.requests.size(), 3u);
        EXPECT_FALSE(fence.done);
        bench.noc.release();
        wait_until(bench.wheel.now() + 1_us);
        EXPECT_TRUE(fence.done);
        EXPECT_FALSE(later.done);
        bench.noc.release();
        bench.noc.release();
        wait_for_all();
    });
}

TEST_P(Dma, FailedJobSaysWhy) {
    DmaBench bench(GetParam());
    bench.run([&] {
        bench.map(0x80000, PhysAddr::hbm(SipId{3}, CubeId{0}, 0).raw(), 256);
        wait_until(bench.wheel.now() + 1_us);
        const auto& unmapped = bench.scheduler.submit(bench.job(JobKind::dma_read, 0x999, 0, 64));
        const auto& nowhere = bench.scheduler.submit(bench.job(JobKind::dma_read, 0x80000, 0, 64));
        const auto& no_tcm = bench.scheduler.submit(bench.job(JobKind::dma_read, kVirtual, (16u << 20) - 1, 64));
        const auto& write = bench.scheduler.submit(bench.job(JobKind::dma_write, kVirtual, (16u << 20) - 1, 64));
        wait_until(bench.wheel.now() + 1_us);
        EXPECT_EQ(unmapped.job.error, "virtual address 0x999 is not mapped; the nearest mapping is [0x10000, 0x20000)");
        EXPECT_EQ(nowhere.job.error, "virtual address is mapped to a place that does not exist");
        EXPECT_EQ(no_tcm.job.error, "TCM address out of range");
        EXPECT_EQ(write.job.error, "TCM address out of range");
        bench.noc.refusal = "no memory today";
        const auto& refused = bench.scheduler.submit(bench.read_job(64));
        wait_until(bench.wheel.now() + 1_us);
        EXPECT_EQ(refused.job.error, "no memory today");
        bench.noc.refusal.clear();
        const auto& good = bench.scheduler.submit(bench.read_job(64));
        wait_for_all();
        EXPECT_EQ(good.job.error, "");
        EXPECT_EQ(bench.scheduler.completed.size(), 6u) << "a failed job is complete all the same";
    });
    bench.expect_books_closed();
}

TEST(DmaErrors, JobThatFailsHalfWayIssuesNoMoreAndWaitsForWhatIsUnderWay) {
    DmaBench bench;
    bench.noc.holds_back = true;
    bench.run([&] {
        const auto& read = bench.scheduler.submit(bench.read_job(8192, 65536 - 4096));
        wait_until(bench.wheel.now() + 1_us);
        EXPECT_EQ(bench.noc.requests.size(), 1u);
        EXPECT_FALSE(read.done);
        bench.noc.release();
        wait_for_all();
        EXPECT_TRUE(read.done);
        EXPECT_EQ(read.job.error, "virtual address 0x20000 is not mapped; the nearest mapping is [0x10000, 0x20000)");
    });
}

TEST(DmaErrors, BlockingCallsAreRefused) {
    DmaBench bench;
    simulate([&] { EXPECT_EQ(bench.scheduler.block(bench.read_job(64)), tlm::TLM_COMMAND_ERROR_RESPONSE); });
}

TEST(DmaErrors, BytesThatNobodyWroteAreReported) {
    DmaBench bench;
    bench.run([&] {
        bench.scheduler.submit(bench.write_job(64));
        wait_for_all();
        ASSERT_EQ(bench.recorder.uninitialised_reads().size(), 1u);
        const shadow::UninitialisedRead& read = bench.recorder.uninitialised_reads()[0];
        EXPECT_EQ(read.component, "dma");
        EXPECT_EQ(read.kind, "dma_write");
        EXPECT_EQ(read.memory, "tcm");
        EXPECT_EQ(read.address, 0x1000u);
        EXPECT_EQ(read.bytes, 64u);
    });
}

// --- what others send here ----------------------------------------------------------------------------------------

TEST_P(Dma, ServesTcmToTheFabric) {
    DmaBench bench(GetParam());
    simulate([&] {
        const auto write = bench.noc.write(bench.tcm_at(0x2000), 1024, std::byte{9}, bench.self());
        wait_until(1_us);
        const auto read = bench.noc.read(bench.tcm_at(0x2000), 1024, bench.self());
        wait_for_all();
        // It is written when its tail is here; 2 ns back.
        EXPECT_EQ(bench.noc.end(write), 5_ns + 2_ns);
        // The answer leaves when the port is granted: the link is slower than the port.
        EXPECT_EQ(bench.noc.end(read), 1_us + 2_ns + 1_ns + 4_ns);
        EXPECT_EQ(first_byte(bench, bench.noc.answer(read).data), 9);
        EXPECT_EQ(bench.tcm.kernel_writes().accesses, 1u);
    });
    bench.expect_books_closed();
}

TEST_P(Dma, RefusesWhatItDoesNotHave) {
    DmaBench bench(GetParam());
    simulate([&] {
        const auto beyond = bench.noc.read(bench.tcm_at((16u << 20) - 1), 2, bench.self());
        const auto scheduler = bench.noc.read(PhysAddr::pe_scheduler(kDmaPe).domain(), 8, bench.self());
        wait_for_all();
        EXPECT_EQ(bench.noc.answer(beyond).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(bench.noc.answer(beyond).error, "access beyond the end of sip0.cube0.pe0.tcm+0xffffff");
        EXPECT_EQ(bench.noc.answer(scheduler).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(bench.noc.answer(scheduler).error, "refused by sip0.cube0.pe0.scheduler+0x0");
    });
    bench.expect_books_closed();
}

TEST_P(Dma, PassesRegisterAccessesOn) {
    DmaBench bench(GetParam());
    simulate([&] {
        const auto good = bench.map(0x1000, bench.hbm(0), 256), bad = bench.map(0x1000, bench.hbm(512), 256);
        bench.noc.write_inline(PhysAddr::pe_ipcq(kDmaPe, abi::ipcq_credit_offset).domain(), std::vector<std::byte>(16),
                               VirtualChannel::ctrl, bench.self());
        wait_for_all();
        EXPECT_TRUE(bench.noc.answer(good).ok());
        EXPECT_EQ(bench.noc.answer(bad).status, tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(bench.noc.answer(bad).error, "refused by sip0.cube0.pe0.mmu+0x0");
        EXPECT_EQ(bench.mmu.table().size(), 1u);
        ASSERT_EQ(bench.queues.accesses.size(), 1u);
        EXPECT_EQ(bench.queues.accesses[0].first, abi::ipcq_credit_offset);
    });
}

TEST_P(Dma, PassesOnWhatIsForTheCpuAndWhatTheCpuSends) {
    DmaBench bench(GetParam());
    simulate([&] {
        const auto in = bench.noc.write(PhysAddr::pe_cpu(kDmaPe).domain(), 64, {}, bench.cpu.fabric.node());
        wait_until(1_us);
        const auto out = bench.cpu.read({}, 64, bench.noc.fabric.node());
        wait_for_all();
        EXPECT_EQ(bench.cpu.requests.size(), 1u);
        EXPECT_TRUE(bench.noc.answer(in).ok());
        EXPECT_EQ(bench.noc.requests.size(), 1u);
        EXPECT_TRUE(bench.cpu.answer(out).ok());
    });
    bench.expect_books_closed();
}

TEST(DmaDebug, ReachesTcmAtOnceAndTakesNoneOfItsTime) {
    DmaBench bench;
    simulate([&] {
        shadow::Bundle bytes = bench.recorder.constant(std::vector<std::byte>(4, std::byte{3})), seen;
        EXPECT_TRUE(bench.noc.fabric.debug(Access::write, bench.tcm_at(64), bench.self(), 4, bytes));
        EXPECT_TRUE(bench.noc.fabric.debug(Access::read, bench.tcm_at(66), bench.self(), 2, seen));
        EXPECT_EQ(first_byte(bench, seen), 3);
        EXPECT_FALSE(bench.noc.fabric.debug(Access::read, bench.tcm_at((16u << 20) - 1), bench.self(), 2, seen));
        EXPECT_EQ(bench.tcm.traffic().bytes_read, 0u);
    });
}

TEST(DmaReset, ForgetsWhatWasQueued) {
    DmaBench bench;
    bench.run([&] {
        const auto& first = bench.scheduler.submit(bench.read_job(64, 0, 1));
        wait_until(bench.from + 100_ns);
        EXPECT_TRUE(first.done);
        bench.dma.reset();
        EXPECT_EQ(bench.dma.read_state(), EngineState::idle);
        EXPECT_EQ(bench.dma.read_channel().busy(bench.wheel.now()), 0_ns);
        const auto& next = bench.scheduler.submit(bench.read_job(64, 0, 2));
        wait_for_all();
        EXPECT_TRUE(next.done);
    });
}

}  // namespace
}  // namespace ahbm::test
