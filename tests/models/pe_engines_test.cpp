// SPDX-License-Identifier: Apache-2.0
/// PE_TCM, PE_FETCH_STORE, PE_GEMM and PE_MATH, through the commands that use them.
#include "tests/models/pe_rig.h"
#include "tests/support/sim_test.h"

#include <gmock/gmock.h>

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

TEST(PeGemm, OneDefaultTileTakesFlopOverRate) {
    PeRig rig;
    simulate([&] {
        rig.cpu.run(
            product(tl::CommandKind::gemm, in_tcm(0, {32, 64}), in_tcm(4096, {64, 32}), in_tcm(8192, {32, 32})));
        EXPECT_EQ(rig.gemm.busy(), 16.384_ns);
        EXPECT_EQ(rig.gemm.tiles(), 1u);
        EXPECT_EQ(rig.gemm.state(), EngineState::idle);
    });
}

TEST(PeMath, TimeIsCyclesOfAllLanesTimesPasses) {
    PeRig rig;
    simulate([&] {
        // 1 ns dispatch, fetch 130 B, ceil(65 / 64) = 2 cycles, store 130 B; a port moves 512 B/ns.
        const auto& simple = rig.cpu.run(math_of(OpCode::relu, {in_tcm(0, {65})}, in_tcm(4096, {65})));
        EXPECT_EQ(*simple.done, 1_ns + 254_ps + 2_ns + 254_ps);
        const sim::Time start = *simple.done;
        const auto& transcendental = rig.cpu.run(math_of(OpCode::exp, {in_tcm(0, {65})}, in_tcm(4096, {65})));
        EXPECT_EQ(*transcendental.done - start, 1_ns + 254_ps + 8_ns + 254_ps);
        const sim::Time second = *transcendental.done;
        const auto& reduction = rig.cpu.run(math_of(OpCode::reduce_sum, {in_tcm(0, {4, 64})}, in_tcm(4096, {4, 1})));
        EXPECT_EQ(*reduction.done - second, 1_ns + 1_ns + 4_ns + 16_ps) << "a reduction passes all its input";
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
