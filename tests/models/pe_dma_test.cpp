// SPDX-License-Identifier: Apache-2.0
// PeDma: with a real TCM and a real MMU beside it, and an end of the fabric that answers as the test wants. A look-up
// takes 0.5 ns, TCM's ports move 512 B/ns, the link 256 B/ns.
#include "models/pe_dma/pe_dma.h"
#include "interconnect/protocol/phys_addr.h"
#include "models/pe_mmu/pe_mmu.h"
#include "models/pe_tcm/pe_tcm.h"
#include "tests/models/job_driver.h"
#include "tests/models/pe_rig.h"
#include "tests/support/block_bench.h"

#include <cstring>

namespace ahbm::test {
namespace {

constexpr std::uint64_t kVirtual = 0x10000;  ///< mapped to the first 64 KiB of HBM
constexpr sim::Bytes kDmaSlice = 1_MiB;
const PeCoord kDmaPe{SipId{0}, CubeId{0}, PeId{0}}, kPeer{SipId{0}, CubeId{0}, PeId{1}};

/// In the place of PE_IPCQ: hands over comm jobs, and takes tiles, credits and register accesses.
class QueuesOfTheTest : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<QueuesOfTheTest> dma{"dma"};
    tlm_utils::simple_target_socket<QueuesOfTheTest> arrivals{"arrivals"};

    struct Entry {
        CommJob job;
        tlm::tlm_generic_payload payload;
        std::optional<sim::Time> accepted, done;
        ~Entry() { payload.clear_extension(&job); }
    };
    struct Arrival {
        TileArrival::Step step;
        sim::Time at;
        abi::IpcqTile tile;
        std::uint32_t bytes;
    };
    std::vector<Arrival> tiles;
    std::string refusal;                                        ///< not empty: tiles are refused
    std::vector<std::pair<std::uint64_t, sim::Time>> accesses;  ///< to registers: offset and time

    QueuesOfTheTest(const sc_core::sc_module_name& name, sim::WheelPump& wheel) : sc_module(name), wheel_(wheel) {
        dma.register_nb_transport_bw(this, &QueuesOfTheTest::answered);
        arrivals.register_b_transport(this, &QueuesOfTheTest::serve);
    }
    const Entry& submit(const CommJob& job) {
        Entry& entry = entries_.emplace_back();
        entry.job = job;
        entry.job.issued = wheel_.now();
        entry.payload.set_extension(&entry.job);
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay = wheel_.delay();
        EXPECT_EQ(dma->nb_transport_fw(entry.payload, phase, delay),
                  job.kind == CommJob::Kind::credit ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED);
        return entry;
    }

private:
    tlm::tlm_sync_enum answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time&) {
        for (Entry& entry : entries_)
            if (&entry.payload == &payload) (phase == tlm::END_REQ ? entry.accepted : entry.done) = wheel_.now();
        return phase == tlm::END_REQ ? tlm::TLM_ACCEPTED : tlm::TLM_COMPLETED;
    }
    void serve(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        if (TileArrival* arrival = payload.get_extension<TileArrival>()) {
            tiles.push_back({arrival->step, wheel_.now(), arrival->tile, arrival->bytes});
            if (refusal.empty()) return;
            arrival->error = refusal;
            payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        } else {
            accesses.emplace_back(payload.get_address(), wheel_.now());
        }
    }
    sim::WheelPump& wheel_;
    std::deque<Entry> entries_;
};

struct DmaBench : BlockBench {
    PeDma dma{"dma", fabric, kDmaPe, recorder};
    PeTcm tcm{"tcm", PeTcmConfig{}, wheel, recorder};
    PeMmu mmu{"mmu", PeMmuConfig{}};
    JobDriver scheduler{"scheduler", wheel};
    QueuesOfTheTest queues{"queues", wheel};
    TcmPort fetch_store{"fetch_store"}, cpu_tcm{"cpu_tcm"}, ipcq_tcm{"ipcq_tcm"};
    BenchEnd noc{"noc", *this, directory.hbm(kDmaPe)};
    BenchEnd cpu{"cpu", *this, directory.pe(kDmaPe, NodeId::Unit::cpu)};

    explicit DmaBench(Timing timing = Timing::hop, unsigned max_outstanding = 8)
        : BlockBench(Config{.timing = timing,
                            .cube = {.pe = {{0, 0}, {1, 0}}, .hbm = {{0, 1}, {1, 1}}, .m_cpu = {2, 0}, .sram = {3, 0}},
                            .map = {.sips = 1, .cubes = 1, .io_chiplets = 1, .pes = 2, .hbm_slice = kDmaSlice},
                            .max_outstanding = max_outstanding}) {
        dma.fabric.set_node(directory.pe(kDmaPe));
        scheduler.engine.bind(dma.control);
        queues.dma.bind(dma.comm);
        dma.ipcq.bind(queues.arrivals);
        dma.tcm.bind(tcm.dma);
        fetch_store.tcm.bind(tcm.fetch_store);
        cpu_tcm.tcm.bind(tcm.cpu);
        ipcq_tcm.tcm.bind(tcm.ipcq);
        dma.translate.bind(mmu.translate);
        dma.mmu_registers.bind(mmu.registers);
        join(noc.fabric, dma.fabric);
        join(cpu.fabric.out, dma.from_cpu);
        join(dma.to_cpu, cpu.fabric.in);
        noc.service = 10_ns;
    }
    NodeId self() const { return directory.pe(kDmaPe); }
    std::uint64_t map(std::uint64_t from, std::uint64_t to, std::uint64_t bytes) {
        const abi::MmuCommand command{.virtual_address = from, .physical_address = to, .bytes = bytes};
        std::vector<std::byte> raw(sizeof command);
        std::memcpy(raw.data(), &command, sizeof command);
        return noc.write_inline(PhysAddr::pe_mmu(kDmaPe, abi::mmu_command_offset).domain(), raw, VirtualChannel::ctrl,
                                self());
    }
    static std::uint64_t hbm(std::uint64_t offset) { return PhysAddr::hbm(SipId{0}, CubeId{0}, offset).raw(); }
    static Domain tcm_at(std::uint64_t offset) { return PhysAddr::pe_tcm(kDmaPe, offset).domain(); }

    /// Maps the first 64 KiB of HBM and runs the body from `from` on. The look-ups of the MMU are free then.
    template <class Body>
    void run(Body body) {
        simulate([&] {
            map(kVirtual, hbm(0), 65536);
            wait_until(from);
            body();
        });
    }
    static constexpr sim::Time from = sim::Time::ps(1'000'000);

    static Job job(JobKind kind, std::uint64_t global, std::uint64_t tcm_address, std::uint32_t bytes,
                   std::uint32_t stream = 0) {
        Job job;
        job.kind = kind;
        job.stream = stream;
        job.global = in_global(global, {bytes}, Dtype::i8);
        job.tcm = {in_tcm(tcm_address, {bytes}, Dtype::i8)};
        return job;
    }
    static Job read_job(std::uint32_t bytes, std::uint64_t offset = 0, std::uint32_t stream = 0) {
        return job(JobKind::dma_read, kVirtual + offset, 0x1000, bytes, stream);
    }
    static Job write_job(std::uint32_t bytes, std::uint64_t offset = 0, std::uint32_t stream = 0) {
        return job(JobKind::dma_write, kVirtual + offset, 0x1000, bytes, stream);
    }
    static Job fence(std::uint64_t queues = 0) {
        Job job;
        job.kind = JobKind::fence;
        job.queues = queues;
        return job;
    }
    void fill_tcm(std::uint64_t address, std::uint32_t bytes, int value) {
        shadow::Bundle bundle = recorder.constant(std::vector<std::byte>(bytes, std::byte(value)));
        cpu_tcm.access(tlm::TLM_WRITE_COMMAND, address, bytes, wheel.now(), {}, &bundle);
        wait_until(wheel.now() + 1_us);
    }
    int seen(std::uint64_t address) {
        shadow::Bundle bytes;
        tcm.memory().read(address, 1, bytes);
        return bytes.first_gap() ? -1 : first_byte(*this, bytes);
    }
};
std::optional<sim::Time> after(const std::optional<sim::Time>& time, sim::Time start) {
    return time ? std::optional(*time - start) : std::nullopt;
}

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

// --- tiles and credits --------------------------------------------------------------------------------------------

CommJob send_job(std::uint32_t bytes) {
    CommJob job;
    job.kind = CommJob::Kind::send;
    job.peer = kPeer;
    job.tile.slot_address = PhysAddr::pe_tcm(kPeer, 0x8000).raw();
    job.tile.sequence = 3;
    job.tile.bytes = bytes;
    job.tcm_address = 0x1000;
    return job;
}

TEST_P(Dma, TileTravelsToTheArrivalApertureOnItsOwnChannel) {
    DmaBench bench(GetParam());
    bench.run([&] {
        bench.fill_tcm(0x1000, 8192, 5);
        const sim::Time start = bench.wheel.now();
        const auto& send = bench.queues.submit(send_job(4096 + 1024));
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        for (std::size_t i = 0; i < 2; ++i) {
            const BenchEnd::Request& packet = bench.noc.requests[i];
            EXPECT_EQ(packet.channel, VirtualChannel::comm);
            EXPECT_EQ(packet.target, PhysAddr::pe_ipcq(kPeer, abi::ipcq_arrival_offset).domain());
            abi::IpcqTile header;
            ASSERT_EQ(packet.inline_bytes.size(), sizeof header);
            std::memcpy(&header, packet.inline_bytes.data(), sizeof header);
            EXPECT_EQ(header.sequence, 3u);
            EXPECT_EQ(header.bytes, 4096u + 1024);
            EXPECT_EQ(header.offset, i * 4096);
            EXPECT_EQ(packet.bytes, i == 0 ? 4096u : 1024u);
        }
        EXPECT_EQ(after(send.accepted, start), 20_ns) << "the last byte has left; no look-up for a tile";
        EXPECT_EQ(after(send.done, start), 20_ns + 1_ns + 10_ns + 2_ns);
        EXPECT_EQ(send.job.started, start);
        EXPECT_EQ(send.job.error, "");
    });
    bench.expect_books_closed();
}

TEST_P(Dma, FetchBringsATileOutOfASlotElsewhere) {
    DmaBench bench(GetParam());
    bench.noc.value = std::byte{8};
    bench.run([&] {
        CommJob job = send_job(1024);
        job.kind = CommJob::Kind::fetch;
        job.tile.slot_address = bench.hbm(0x4000);
        const auto& fetch = bench.queues.submit(job);
        wait_for_all();
        EXPECT_EQ(after(fetch.done, bench.from), 2_ns + 10_ns + 5_ns);
        EXPECT_EQ(bench.noc.requests.at(0).target.offset, 0x4000u);
        EXPECT_EQ(bench.seen(0x13FF), 8);
    });
    bench.expect_books_closed();
}

TEST_P(Dma, CreditTakesTheControlChannelOrTheSideband) {
    DmaBench bench(GetParam());
    bench.run([&] {
        CommJob job;
        job.kind = CommJob::Kind::credit;
        job.peer = kPeer;
        job.credit = {.consumed = 4, .rx_base = 99};
        job.credit_bytes = 16;
        bench.queues.submit(job);
        wait_until(bench.from + 1_us);
        ASSERT_EQ(bench.noc.requests.size(), 1u);
        EXPECT_EQ(bench.noc.requests[0].channel, VirtualChannel::ctrl);
        EXPECT_EQ(bench.noc.requests[0].purpose, Purpose::credit);
        EXPECT_EQ(bench.noc.requests[0].target, PhysAddr::pe_ipcq(kPeer, abi::ipcq_credit_offset).domain());
        EXPECT_EQ(bench.noc.requests[0].tail, bench.from + 1_ns + 63_ps) << "16 B on the wire";
        job.sideband = true;
        bench.queues.submit(job);
        EXPECT_TRUE(bench.noc.pokes.empty());
        wait_for_all();
        EXPECT_EQ(bench.noc.requests.size(), 1u) << "nothing more on the fabric";
        ASSERT_EQ(bench.noc.pokes.size(), 1u);
        EXPECT_EQ(bench.noc.pokes[0].first, bench.from + 1_us + 1_ns + 63_ps) << "the latency of the path";
        abi::IpcqCredit credit;
        ASSERT_EQ(bench.noc.pokes[0].second.size(), sizeof credit);
        std::memcpy(&credit, bench.noc.pokes[0].second.data(), sizeof credit);
        EXPECT_EQ(credit.consumed, 4u);
        EXPECT_EQ(credit.rx_base, 99u);
    });
}

TEST_P(Dma, StoresAndTilesDoNotBlockEachOther) {
    DmaBench bench(GetParam(), 1);
    bench.noc.holds_back = true;
    bench.run([&] {
        bench.fill_tcm(0x1000, 8192, 5);
        bench.scheduler.submit(bench.write_job(8192));
        bench.queues.submit(send_job(8192));
        wait_until(bench.wheel.now() + 1_us);
        EXPECT_EQ(bench.noc.requests.size(), 2u) << "one packet of either may be out";
        for (int i = 0; i < 4; ++i) {
            bench.noc.release();
            wait_until(bench.wheel.now() + 1_us);
        }
    });
    bench.expect_books_closed();
}

TEST_P(Dma, FenceOfQueuesWaitsForWhatWasSentAndTellsOfARefusal) {
    DmaBench bench(GetParam());
    bench.noc.holds_back = true;
    bench.run([&] {
        bench.fill_tcm(0x1000, 1024, 5);
        bench.queues.submit(send_job(1024));
        const auto& stores = bench.scheduler.submit(bench.fence());
        const auto& all = bench.scheduler.submit(bench.fence(1));
        wait_until(bench.wheel.now() + 1_us);
        EXPECT_TRUE(stores.done) << "no store is open";
        EXPECT_FALSE(all.done);
        bench.noc.refusal = "no such ring";
        bench.noc.release();
        wait_for_all();
        EXPECT_TRUE(all.done);
        EXPECT_EQ(all.job.error, "ipcq_send: no such ring");
        const auto& again = bench.scheduler.submit(bench.fence(1));
        wait_for_all();
        EXPECT_EQ(again.job.error, "") << "told once";
    });
}

/// A packet of a tile, from the end.
std::uint64_t send_tile(DmaBench& bench, abi::IpcqTile tile, std::uint32_t bytes) {
    return bench.noc.send(Access::write, PhysAddr::pe_ipcq(kDmaPe, abi::ipcq_arrival_offset).domain(), bytes,
                          bench.directory.pe(kDmaPe, NodeId::Unit::ipcq), Purpose::kernel, [&](Packet& packet) {
                              packet.channel = VirtualChannel::comm;
                              packet.inline_bytes.resize(sizeof tile);
                              std::memcpy(packet.inline_bytes.data(), &tile, sizeof tile);
                              packet.data = bench.recorder.constant(std::vector<std::byte>(bytes, std::byte{6}));
                          });
}
abi::IpcqTile tile_for(std::uint64_t slot, std::uint32_t bytes) {
    abi::IpcqTile tile;
    tile.slot_address = slot;
    tile.bytes = bytes;
    return tile;
}

TEST_P(Dma, ArrivingTileIsAdmittedWrittenAndThenVisible) {
    DmaBench bench(GetParam());
    simulate([&] {
        const auto sent = send_tile(bench, tile_for(PhysAddr::pe_tcm(kDmaPe, 0x3000).raw(), 1024), 1024);
        wait_for_all();
        ASSERT_EQ(bench.queues.tiles.size(), 2u);
        EXPECT_EQ(bench.queues.tiles[0].step, TileArrival::Step::admit);
        EXPECT_LE(bench.queues.tiles[0].at, 5_ns);
        EXPECT_EQ(bench.queues.tiles[1].step, TileArrival::Step::visible);
        EXPECT_EQ(bench.queues.tiles[1].at, 5_ns);
        EXPECT_EQ(bench.queues.tiles[1].bytes, 1024u);
        EXPECT_EQ(bench.seen(0x3000), 6);
        EXPECT_EQ(bench.noc.end(sent), 7_ns);
        EXPECT_TRUE(bench.noc.answer(sent).ok());
    });
    bench.expect_books_closed();
}

TEST_P(Dma, TileForASlotElsewhereIsWrittenThereFirst) {
    DmaBench bench(GetParam());
    simulate([&] {
        const auto sent = send_tile(bench, tile_for(bench.hbm(0x5000), 1024), 1024);
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 1u);
        EXPECT_EQ(bench.noc.requests[0].target.offset, 0x5000u);
        EXPECT_EQ(bench.noc.requests[0].channel, VirtualChannel::comm);
        // Here at 5 ns, there at 10 ns, acknowledged at 10 + 10 + 2 ns, and then visible.
        ASSERT_EQ(bench.queues.tiles.size(), 2u);
        EXPECT_EQ(bench.queues.tiles[1].at, 22_ns);
        EXPECT_EQ(bench.noc.end(sent), 24_ns);
    });
    bench.expect_books_closed();
}

TEST_P(Dma, RefusedTileIsNotWritten) {
    DmaBench bench(GetParam());
    simulate([&] {
        const auto slot = PhysAddr::pe_tcm(kDmaPe, 0x3000).raw();
        bench.queues.refusal = "the slot is full";
        const auto refused = send_tile(bench, tile_for(slot, 64), 64);
        const auto nowhere = send_tile(bench, tile_for(PhysAddr::hbm(SipId{3}, CubeId{0}, 0).raw(), 64), 64);
        const auto no_header = bench.noc.write(PhysAddr::pe_ipcq(kDmaPe, abi::ipcq_arrival_offset).domain(), 64, {},
                                               bench.directory.pe(kDmaPe, NodeId::Unit::ipcq));
        wait_for_all();
        for (const auto number : {refused, nowhere, no_header})
            EXPECT_EQ(bench.noc.answer(number).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(bench.noc.answer(refused).error, "the slot is full");
        EXPECT_EQ(bench.noc.answer(nowhere).error, "dma: a tile arrives for a slot that is nowhere");
        EXPECT_EQ(bench.noc.answer(no_header).error, "a write to sip0.cube0.pe0.ipcq+0x1000 carries no tile header");
        EXPECT_EQ(bench.queues.tiles.size(), 1u) << "only the first was for the queues to judge";
        EXPECT_EQ(bench.seen(0x3000), -1);
    });
    bench.expect_books_closed();
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
