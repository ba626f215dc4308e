// SPDX-License-Identifier: Apache-2.0
// PeTcm: two ports and what lies behind them. Each port moves 512 B/ns by default.
#include "models/pe_tcm/pe_tcm.h"
#include "tests/models/pe_rig.h"
#include "tests/support/sim_test.h"

namespace ahbm::test {
namespace {

struct TcmBench {
    sim::WheelPump wheel{"wheel"};
    shadow::Recorder recorder{PeRig::with_mode(shadow::Mode::lazy)};
    PeTcm tcm{"tcm", PeTcmConfig{}, wheel, recorder};
    TcmPort dma{"dma"}, fetch_store{"fetch_store"}, cpu{"cpu"}, ipcq{"ipcq"};
    TcmBench() {
        dma.tcm.bind(tcm.dma);
        fetch_store.tcm.bind(tcm.fetch_store);
        cpu.tcm.bind(tcm.cpu);
        ipcq.tcm.bind(tcm.ipcq);
    }
};

TEST(PeTcm, ServesEachPortInOrderAndPortsIndependently) {
    TcmBench bench;
    simulate([&] {
        EXPECT_EQ(bench.dma.access(tlm::TLM_READ_COMMAND, 0, 5120, 0_ns), 10_ns);
        EXPECT_EQ(bench.fetch_store.access(tlm::TLM_READ_COMMAND, 0, 5120, 0_ns), 20_ns) << "one read port";
        EXPECT_EQ(bench.dma.access(tlm::TLM_WRITE_COMMAND, 0, 5120, 0_ns), 10_ns) << "the write port is another";
        EXPECT_EQ(bench.dma.access(tlm::TLM_READ_COMMAND, 0, 512, 30_ns), 31_ns);
    });
}

TEST(PeTcm, WriteEndsWhenItsBytesHaveArrivedAndLeavesThePortFreeBetweenThem) {
    TcmBench bench;
    simulate([&] {
        EXPECT_EQ(bench.dma.access(tlm::TLM_WRITE_COMMAND, 0, 5120, 0_ns, 20_ns), 20_ns);
        EXPECT_EQ(bench.fetch_store.access(tlm::TLM_WRITE_COMMAND, 8192, 512, 0_ns), 11_ns);
    });
}

TEST(PeTcm, ContentIsVisibleAtTheEndOfTheWrite) {
    TcmBench bench;
    simulate([&] {
        shadow::Bundle bytes = bench.recorder.constant(std::vector<std::byte>(512, std::byte{7})), before, after;
        bench.dma.access(tlm::TLM_WRITE_COMMAND, 64, 512, 5_ns, {}, &bytes);
        sc_core::wait(5, sc_core::SC_NS);
        bench.dma.access(tlm::TLM_READ_COMMAND, 64, 512, 5_ns, {}, &before);
        EXPECT_TRUE(before.first_gap().has_value());
        sc_core::wait(1, sc_core::SC_NS);
        bench.dma.access(tlm::TLM_READ_COMMAND, 64, 512, 6_ns, {}, &after);
        EXPECT_FALSE(after.first_gap().has_value());
    });
}

TEST(PeTcm, WritesBecomeVisibleInTheOrderOfTheirEnds) {
    TcmBench bench;
    simulate([&] {
        const auto write = [&](int value, sim::Time not_before) {
            shadow::Bundle bytes = bench.recorder.constant(std::vector<std::byte>(512, std::byte(value)));
            bench.dma.access(tlm::TLM_WRITE_COMMAND, 64, 512, 0_ns, not_before, &bytes);
        };
        const auto first_byte = [&] {
            shadow::Bundle bytes;
            bench.dma.access(tlm::TLM_READ_COMMAND, 64, 512, {}, {}, &bytes);
            return std::to_integer<int>(bench.recorder.materialize(bytes).front());
        };
        write(1, 30_ns);
        write(2, 10_ns);
        write(3, 20_ns);
        write(4, 20_ns);
        sc_core::wait(10, sc_core::SC_NS);
        EXPECT_EQ(first_byte(), 2);
        sc_core::wait(10, sc_core::SC_NS);
        EXPECT_EQ(first_byte(), 4);
        sc_core::wait(10, sc_core::SC_NS);
        EXPECT_EQ(first_byte(), 1);
    });
}

TEST(PeTcm, RefusesAccessBeyondItsEnd) {
    TcmBench bench;
    simulate([&] {
        bench.dma.access(tlm::TLM_READ_COMMAND, (16u << 20) - 64, 65, 0_ns);
        EXPECT_EQ(bench.dma.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        bench.dma.access(tlm::TLM_READ_COMMAND, (16u << 20) - 64, 64, 0_ns);
        EXPECT_EQ(bench.dma.status, tlm::TLM_OK_RESPONSE);
    });
}

TEST(PeTcm, HostPeeksAndPokesThroughTheDebugTransport) {
    TcmBench bench;
    simulate([&] {
        std::array<unsigned char, 4> data{1, 2, 3, 4}, seen{};
        tlm::tlm_generic_payload payload;
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(100);
        payload.set_data_ptr(data.data());
        payload.set_data_length(4);
        EXPECT_EQ(bench.dma.tcm->transport_dbg(payload), 4u);
        payload.set_command(tlm::TLM_READ_COMMAND);
        payload.set_data_ptr(seen.data());
        EXPECT_EQ(bench.fetch_store.tcm->transport_dbg(payload), 4u);
        EXPECT_EQ(seen, data);
        bench.tcm.reset();
        EXPECT_EQ(bench.fetch_store.tcm->transport_dbg(payload), 4u);
        EXPECT_NE(seen, data) << "reset forgets the content";
    });
}

TEST(PeTcm, ReadBehindAWriteFromOutsideTakesEffectAfterIt) {
    TcmBench bench;
    simulate([&] {
        // 256 B that arrive until 10 ns pass the port by then, but behind 51200 B only at 100.5 ns.
        bench.dma.access(tlm::TLM_WRITE_COMMAND, 1u << 20, 51200, 0_ns);
        EXPECT_EQ(bench.dma.access(tlm::TLM_WRITE_COMMAND, 0, 256, 0_ns, 10_ns), 100.5_ns);
        EXPECT_EQ(bench.cpu.access(tlm::TLM_READ_COMMAND, 512, 256, 20_ns), 20.5_ns) << "other bytes";
        EXPECT_EQ(bench.cpu.access(tlm::TLM_READ_COMMAND, 255, 256, 30_ns), 101_ns);
    });
}

TEST(PeTcm, WriteBehindASlowerOneOfItsBytesEndsNoEarlier) {
    TcmBench bench;
    simulate([&] {
        bench.dma.access(tlm::TLM_WRITE_COMMAND, 1u << 20, 51200, 0_ns);
        const sim::Time first = bench.dma.access(tlm::TLM_WRITE_COMMAND, 0, 256, 0_ns, 10_ns);
        EXPECT_EQ(bench.ipcq.access(tlm::TLM_WRITE_COMMAND, 128, 256, 15_ns, 20_ns), first + 500_ps) << "the port";
        EXPECT_EQ(first, 100.5_ns);
    });
}

/// An access with all that its extension can say.
sim::Time tcm_access(TcmPort& port, TcmAccess& access, tlm::tlm_command command, std::uint64_t address, unsigned bytes,
                     sim::Time start) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_length(bytes);
    payload.set_extension(&access);
    sc_core::sc_time delay = sim::to_sc_time(start) - sc_core::sc_time_stamp();
    port.tcm->b_transport(payload, delay);
    payload.clear_extension(&access);
    port.status = payload.get_response_status();
    return sim::from_sc_time(sc_core::sc_time_stamp() + delay);
}

TEST(PeTcm, TellsWhenThePortWasGrantedAndWhoseItIs) {
    TcmBench bench;
    simulate([&] {
        bench.dma.access(tlm::TLM_READ_COMMAND, 0, 5120, 0_ns);
        TcmAccess access;
        EXPECT_EQ(tcm_access(bench.cpu, access, tlm::TLM_READ_COMMAND, 0, 512, 3_ns), 11_ns);
        EXPECT_EQ(access.started, 10_ns);
        EXPECT_EQ(access.memory, "tcm");
        access.memory = {};
        tcm_access(bench.cpu, access, tlm::TLM_READ_COMMAND, 16u << 20, 1, 3_ns);
        EXPECT_EQ(bench.cpu.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(access.memory, "tcm") << "for the message";
    });
}

TEST(PeTcm, AccessMayStartBeforeTheCall) {
    TcmBench bench;
    simulate([&] {
        sc_core::wait(20, sc_core::SC_NS);
        TcmAccess access;
        access.early = 5_ns;
        EXPECT_EQ(tcm_access(bench.dma, access, tlm::TLM_WRITE_COMMAND, 0, 5120, 20_ns), 25_ns);
        EXPECT_EQ(access.started, 15_ns);
        EXPECT_EQ(tcm_access(bench.dma, access, tlm::TLM_WRITE_COMMAND, 0, 512, 20_ns), 26_ns) << "the port was busy";
    });
}

TEST(PeTcm, RowsAreOneAccessOfTheirBytes) {
    TcmBench bench;
    simulate([&] {
        shadow::Bundle written = bench.recorder.constant({std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}});
        TcmAccess access;
        access.bundle = &written;
        access.row_bytes = 2;
        access.row_pitch = 100;
        tcm_access(bench.dma, access, tlm::TLM_WRITE_COMMAND, 1000, 4, 0_ns);
        sc_core::wait(10, sc_core::SC_NS);
        shadow::Bundle seen;
        access.bundle = &seen;
        EXPECT_EQ(tcm_access(bench.cpu, access, tlm::TLM_READ_COMMAND, 1000, 4, 10_ns), 10_ns + 8_ps);
        EXPECT_EQ(bench.recorder.materialize(seen),
                  (std::vector<std::byte>{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}));
        EXPECT_TRUE(bench.tcm.memory().version_at(1101));
        EXPECT_FALSE(bench.tcm.memory().version_at(1002)) << "nothing between the rows";
        access.bundle = nullptr;
        tcm_access(bench.cpu, access, tlm::TLM_READ_COMMAND, (16u << 20) - 101, 4, 20_ns);
        EXPECT_EQ(bench.cpu.status, tlm::TLM_ADDRESS_ERROR_RESPONSE) << "the second row's end is outside";
        tcm_access(bench.cpu, access, tlm::TLM_READ_COMMAND, (16u << 20) - 102, 4, 20_ns);
        EXPECT_EQ(bench.cpu.status, tlm::TLM_OK_RESPONSE);
    });
}

TEST(PeTcm, CountsBytesAndWhatKernelsHadOfItsPorts) {
    TcmBench bench;
    simulate([&] {
        bench.dma.access(tlm::TLM_READ_COMMAND, 0, 5120, 0_ns);
        bench.cpu.access(tlm::TLM_READ_COMMAND, 0, 1024, 4_ns);
        TcmAccess foreign;
        foreign.of_kernel = false;
        tcm_access(bench.dma, foreign, tlm::TLM_READ_COMMAND, 0, 512, 0_ns);
        tcm_access(bench.dma, foreign, tlm::TLM_WRITE_COMMAND, 0, 512, 0_ns);
        EXPECT_EQ(bench.tcm.traffic().bytes_read, 5120u + 1024 + 512);
        EXPECT_EQ(bench.tcm.traffic().bytes_written, 512u);
        EXPECT_EQ(bench.tcm.kernel_reads().accesses, 2u);
        EXPECT_EQ(bench.tcm.kernel_reads().busy, 12_ns);
        EXPECT_EQ(bench.tcm.kernel_reads().waited, 6_ns);
        EXPECT_EQ(bench.tcm.kernel_writes().accesses, 0u);
    });
}

TEST(PeTcm, AnswersTheNonBlockingCallAtOnce) {
    TcmBench bench;
    simulate([&] {
        TcmAccess access;
        tlm::tlm_generic_payload payload;
        payload.set_command(tlm::TLM_READ_COMMAND);
        payload.set_data_length(5120);
        payload.set_extension(&access);
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay;
        EXPECT_EQ(bench.cpu.tcm->nb_transport_fw(payload, phase, delay), tlm::TLM_COMPLETED);
        EXPECT_EQ(delay, sc_core::sc_time(10, sc_core::SC_NS));
        payload.clear_extension(&access);
    });
}

TEST(PeTcm, FreesItsPortsWithAReset) {
    TcmBench bench;
    simulate([&] {
        shadow::Bundle bytes = bench.recorder.constant(std::vector<std::byte>(5120, std::byte{7}));
        bench.dma.access(tlm::TLM_READ_COMMAND, 0, 5120, 0_ns);
        bench.dma.access(tlm::TLM_WRITE_COMMAND, 0, 5120, 0_ns, {}, &bytes);
        sc_core::wait(5, sc_core::SC_NS);
        bench.tcm.reset();
        EXPECT_EQ(bench.tcm.traffic().bytes_read, 0u);
        EXPECT_EQ(bench.tcm.kernel_reads().accesses, 0u);
        EXPECT_EQ(bench.dma.access(tlm::TLM_READ_COMMAND, 0, 512, 5_ns), 6_ns);
        sc_core::wait(50, sc_core::SC_NS);
        EXPECT_FALSE(bench.tcm.memory().version_at(0)) << "what was still to become visible is lost too";
    });
}

}  // namespace
}  // namespace ahbm::test
