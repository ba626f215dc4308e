// SPDX-License-Identifier: Apache-2.0
/// PE_DMA on a bench: with a real TCM and a real MMU beside it, and an end of the fabric that answers as the test
/// wants. A look-up takes 0.5 ns, TCM's ports move 512 B/ns, the link 256 B/ns.
#pragma once

#include "interconnect/protocol/phys_addr.h"
#include "models/pe_dma/pe_dma.h"
#include "models/pe_mmu/pe_mmu.h"
#include "models/pe_tcm/pe_tcm.h"
#include "tests/models/job_driver.h"
#include "tests/models/pe_rig.h"
#include "tests/support/block_bench.h"

#include <cstring>

namespace ahbm::test {

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
                            .cube = two_pes(),
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
inline std::optional<sim::Time> after(const std::optional<sim::Time>& time, sim::Time start) {
    return time ? std::optional(*time - start) : std::nullopt;
}

}  // namespace ahbm::test
