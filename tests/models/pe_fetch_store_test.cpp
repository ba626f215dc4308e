// SPDX-License-Identifier: Apache-2.0
// PeFetchStore: operands between TCM and registers, at 512 B/ns by default.
#include "models/pe_fetch_store/pe_fetch_store.h"
#include "tests/models/job_driver.h"
#include "tests/models/pe_rig.h"
#include "tests/support/sim_test.h"

namespace ahbm::test {
namespace {

struct FetchStoreBench {
    sim::WheelPump wheel{"wheel"};
    shadow::Recorder recorder;
    PeTcm tcm{"tcm", PeTcmConfig{}, wheel, recorder};
    PeFetchStore fetch_store;
    JobDriver scheduler{"scheduler", wheel};
    TcmPort dma{"dma"}, cpu{"cpu"}, ipcq{"ipcq"};
    explicit FetchStoreBench(shadow::Mode mode = shadow::Mode::off, sim::Time setup = {})
        : recorder(PeRig::with_mode(mode)), fetch_store("fetch_store", {setup}, wheel, recorder) {
        scheduler.engine.bind(fetch_store.control);
        fetch_store.tcm.bind(tcm.fetch_store);
        dma.tcm.bind(tcm.dma);
        cpu.tcm.bind(tcm.cpu);
        ipcq.tcm.bind(tcm.ipcq);
    }
    static Job fetch(std::vector<tl::Region> regions) {
        Job job;
        job.kind = JobKind::fetch;
        job.tcm = std::move(regions);
        return job;
    }
    Job store(const tl::Region& region, int value = 0) {
        Job job;
        job.kind = JobKind::store;
        job.tcm = {region};
        if (recorder.enabled())
            job.values = {recorder.constant(std::vector<std::byte>(region.view.bytes(), std::byte(value)))};
        return job;
    }
    int first_byte_of(const JobDriver::Entry& entry) {
        return std::to_integer<int>(recorder.materialize(entry.job.values.at(0)).at(0));
    }
};
void wait_ns(int ns) { sc_core::wait(ns, sc_core::SC_NS); }

TEST(PeFetchStore, TakesSetupAndThePortsTime) {
    FetchStoreBench bench(shadow::Mode::off, 3_ns);
    simulate([&] {
        // 2560 elements of f16 are 5120 B, 10 ns.
        const auto& fetch = bench.scheduler.submit(bench.fetch({in_tcm(0, {2560})}));
        wait_ns(100);
        EXPECT_EQ(fetch.job.issued, 0_ns);
        EXPECT_EQ(fetch.job.started, 3_ns);
        EXPECT_EQ(fetch.job.ended, 13_ns);
        EXPECT_EQ(fetch.done, 13_ns);
        const auto& store = bench.scheduler.submit(bench.store(in_tcm(0, {2560})));
        wait_ns(100);
        EXPECT_EQ(store.done, 113_ns);
        EXPECT_FALSE(store.accepted);
    });
}

TEST(PeFetchStore, FetchesOperandsOfAJobOneAfterTheOther) {
    FetchStoreBench bench;
    simulate([&] {
        const auto& fetch = bench.scheduler.submit(bench.fetch({in_tcm(0, {2560}), in_tcm(8192, {256})}));
        wait_ns(100);
        EXPECT_EQ(fetch.done, 11_ns);
    });
}

TEST(PeFetchStore, OneFetchAndOneStoreAtATimeWhichOverlap) {
    FetchStoreBench bench(shadow::Mode::off, 1_ns);
    simulate([&] {
        const auto& fetch = bench.scheduler.submit(bench.fetch({in_tcm(0, {2560})}));
        const auto& next_fetch = bench.scheduler.submit(bench.fetch({in_tcm(0, {2560})}));
        const auto& store = bench.scheduler.submit(bench.store(in_tcm(8192, {2560})));
        const auto& next_store = bench.scheduler.submit(bench.store(in_tcm(8192, {2560})));
        wait_ns(100);
        EXPECT_EQ(fetch.done, 11_ns);
        EXPECT_EQ(next_fetch.done, 22_ns) << "its setup begins when the one before is done";
        EXPECT_EQ(store.done, 11_ns);
        EXPECT_EQ(next_store.done, 22_ns);
    });
}

TEST(PeFetchStore, WaitsForThePortWithOthers) {
    FetchStoreBench bench;
    simulate([&] {
        bench.dma.access(tlm::TLM_READ_COMMAND, 0, 10240, 0_ns);
        const auto& fetch = bench.scheduler.submit(bench.fetch({in_tcm(0, {2560})}));
        using Side = PeFetchStore::Side;
        wait_ns(5);
        EXPECT_EQ(bench.fetch_store.state(Side::fetch), EngineState::stalled);
        EXPECT_EQ(bench.fetch_store.starts(Side::fetch), 20_ns);
        EXPECT_EQ(bench.fetch_store.busy(Side::fetch), 0_ns);
        EXPECT_EQ(bench.fetch_store.state(Side::store), EngineState::idle);
        wait_ns(20);
        EXPECT_EQ(bench.fetch_store.state(Side::fetch), EngineState::busy);
        EXPECT_EQ(bench.fetch_store.busy(Side::fetch), 5_ns);
        wait_ns(20);
        EXPECT_EQ(fetch.done, 30_ns);
        EXPECT_EQ(bench.fetch_store.state(Side::fetch), EngineState::idle);
        EXPECT_EQ(bench.fetch_store.busy(Side::fetch), 10_ns) << "waiting is no work";
    });
}

TEST(PeFetchStore, FetchBindsWhatIsVisibleAtItsStart) {
    FetchStoreBench bench(shadow::Mode::lazy);
    simulate([&] {
        const auto write = [&](int value) {
            shadow::Bundle bytes = bench.recorder.constant(std::vector<std::byte>(5120, std::byte(value)));
            bench.dma.access(tlm::TLM_WRITE_COMMAND, 0, 5120, bench.wheel.now(), {}, &bytes);
        };
        write(1);
        wait_ns(10);
        write(2);  // visible at 20 ns
        const auto& before = bench.scheduler.submit(bench.fetch({in_tcm(0, {2560})}));
        const auto& after = bench.scheduler.submit(bench.fetch({in_tcm(0, {2560})}));
        wait_ns(100);
        EXPECT_EQ(before.job.started, 10_ns);
        EXPECT_EQ(bench.first_byte_of(before), 1);
        EXPECT_EQ(after.job.started, 20_ns);
        EXPECT_EQ(bench.first_byte_of(after), 2);
    });
}

TEST(PeFetchStore, StoreIsVisibleAtItsEnd) {
    FetchStoreBench bench(shadow::Mode::lazy);
    simulate([&] {
        bench.scheduler.submit(bench.store(in_tcm(64, {2560}), 5));
        sc_core::wait(sc_core::sc_time(9999, sc_core::SC_PS));
        EXPECT_FALSE(bench.tcm.memory().version_at(64));
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_PS));
        ASSERT_TRUE(bench.tcm.memory().version_at(64));
        EXPECT_EQ(bench.tcm.memory().version_at(64)->visible, 10_ns);
        const auto& fetch = bench.scheduler.submit(bench.fetch({in_tcm(64, {2560})}));
        wait_ns(100);
        EXPECT_EQ(bench.first_byte_of(fetch), 5);
    });
}

TEST(PeFetchStore, FailedJobSaysWhyAndLaterOnesGoOn) {
    FetchStoreBench bench(shadow::Mode::lazy);
    simulate([&] {
        bench.scheduler.submit(bench.store(in_tcm(0, {16}), 1));
        const auto& outside = bench.scheduler.submit(bench.store(in_tcm((16u << 20) - 2, {2}), 1));
        wait_ns(10);
        const auto& gap = bench.scheduler.submit(bench.fetch({in_tcm(0, {16}), in_tcm(24, {16})}));
        const auto& good = bench.scheduler.submit(bench.fetch({in_tcm(0, {16})}));
        wait_ns(100);
        EXPECT_EQ(outside.job.error, "write to tcm+0xfffffe, (2) f16: outside the memory");
        EXPECT_TRUE(outside.done);
        EXPECT_EQ(gap.job.error, "uninitialised read of tcm+0x18, (16) f16: nobody has written byte 8 of it");
        EXPECT_TRUE(good.done);
        EXPECT_EQ(good.job.error, "");
    });
}

TEST(PeFetchStore, RefusesBlockingCalls) {
    FetchStoreBench bench;
    simulate([&] { EXPECT_EQ(bench.scheduler.block(bench.fetch({})), tlm::TLM_COMMAND_ERROR_RESPONSE); });
}

TEST(PeFetchStore, ForgetsItsJobsWithAReset) {
    FetchStoreBench bench;
    simulate([&] {
        const auto& lost = bench.scheduler.submit(bench.fetch({in_tcm(0, {2560})}));
        const auto& queued = bench.scheduler.submit(bench.store(in_tcm(0, {2560})));
        wait_ns(5);
        bench.fetch_store.reset();
        bench.tcm.reset();
        EXPECT_EQ(bench.fetch_store.state(PeFetchStore::Side::fetch), EngineState::idle);
        const auto& next = bench.scheduler.submit(bench.fetch({in_tcm(0, {2560})}));
        wait_ns(100);
        EXPECT_FALSE(lost.done);
        EXPECT_FALSE(queued.done);
        EXPECT_EQ(next.done, 15_ns);
    });
}

TEST(PeFetchStore, ReadingWhatNobodyWroteNamesMemoryAddressAndShape) {
    PeRig rig({}, shadow::Mode::lazy);
    simulate([&] {
        const auto& record = rig.cpu.run(math_of(OpCode::relu, {in_tcm(0x1200, {16, 4})}, in_tcm(0x2000, {16, 4})));
        EXPECT_EQ(record.ticket.error,
                  "relu: uninitialised read of tcm+0x1200, (16, 4) f16: nobody has written byte 0 of it");
        EXPECT_EQ(record.payload.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
    });
}

TEST(PeFetchStore, AccessOutsideTcmFailsTheCommand) {
    PeRig rig;
    simulate([&] {
        const auto& record = rig.cpu.run(math_of(OpCode::relu, {in_tcm(16u << 20, {16})}, in_tcm(0x2000, {16})));
        EXPECT_EQ(record.ticket.error, "relu: read of tcm+0x1000000, (16) f16: outside the memory");
    });
}

TEST(PeFetchStore, PitchedOperandsTakeOneReservationOfTheirBytes) {
    PeRig rig;
    simulate([&] {
        tl::Region pitched = in_tcm(0, {16, 32});
        pitched.row_pitch = 4096;
        const auto& record = rig.cpu.run(math_of(OpCode::relu, {pitched}, in_tcm(1u << 20, {16, 32})));
        EXPECT_EQ(*record.done, 1_ns + 2_ns + 8_ns + 2_ns);
    });
}

}  // namespace
}  // namespace ahbm::test
