// SPDX-License-Identifier: Apache-2.0
/// PE_IPCQ on a bench: between a scheduler and a PE_DMA that the test plays, with a real TCM beside it. An operation
/// takes 1 ns by default, TCM's ports move 512 B/ns.
#pragma once

#include "firmware/abi/ipcq_registers.h"
#include "interconnect/protocol/phys_addr.h"
#include "models/pe_ipcq/pe_ipcq.h"
#include "models/pe_tcm/pe_tcm.h"
#include "tests/models/job_driver.h"
#include "tests/models/pe_rig.h"
#include "tests/support/sim_test.h"

#include <fmt/format.h>

#include <optional>

namespace ahbm::test {

const PeCoord kHere{SipId{0}, CubeId{0}, PeId{0}}, kThere{SipId{0}, CubeId{0}, PeId{1}};
constexpr std::uint64_t kRing = 0x8000, kPeerRing = 0x20000, kSlotBytes = 1024;

/// In the place of PE_DMA.
class DmaOfTheTest : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<DmaOfTheTest> comm{"comm"};
    tlm_utils::simple_initiator_socket<DmaOfTheTest> arrivals{"arrivals"};
    tlm_utils::simple_initiator_socket<DmaOfTheTest> cpu{"cpu"};
    struct Entry {
        tlm::tlm_generic_payload* payload;
        sim::Time at;
        CommJob::Kind kind;
        PeCoord peer;
        abi::IpcqTile tile;
        std::uint64_t tcm_address;
        abi::IpcqCredit credit;
        std::uint16_t credit_bytes;
        bool sideband;
    };
    std::vector<Entry> jobs;

    DmaOfTheTest(const sc_core::sc_module_name& name, sim::WheelPump& wheel) : sc_module(name), wheel_(wheel) {
        comm.register_nb_transport_fw(this, &DmaOfTheTest::take);
    }
    /// Says that a job's bytes have left, or that it is complete.
    void answer(std::size_t job, tlm::tlm_phase phase, const std::string& error = {}) {
        CommJob::of(*jobs.at(job).payload).error = error;
        CommJob::of(*jobs.at(job).payload).started = wheel_.now();
        sc_core::sc_time delay;
        comm->nb_transport_bw(*jobs.at(job).payload, phase, delay);
    }

private:
    tlm::tlm_sync_enum take(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
        const CommJob& job = CommJob::of(payload);
        jobs.push_back({&payload, wheel_.now(), job.kind, job.peer, job.tile, job.tcm_address, job.credit,
                        job.credit_bytes, job.sideband});
        return job.kind == CommJob::Kind::credit ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
    }
    sim::WheelPump& wheel_;
};

struct IpcqBench {
    sim::WheelPump wheel{"wheel"};
    shadow::Recorder recorder{PeRig::with_mode(shadow::Mode::lazy)};
    sim::Log log{sim::Log::Level::off};
    PeTcm tcm{"tcm", PeTcmConfig{}, wheel, recorder};
    PeIpcq ipcq;
    JobDriver scheduler{"scheduler", wheel};
    DmaOfTheTest dma{"dma", wheel};
    TcmPort tcm_dma{"tcm_dma"}, fetch_store{"fetch_store"}, cpu{"cpu"};

    explicit IpcqBench(PeIpcqConfig config = {})
        : ipcq("ipcq", config,
               {kHere, {.sips = 1, .cubes = 1, .io_chiplets = 1, .pes = 2, .hbm_slice = 1_MiB, .tcm = 16_MiB}}, wheel,
               recorder, log) {
        scheduler.engine.bind(ipcq.control);
        dma.arrivals.bind(ipcq.arrivals);
        dma.cpu.bind(ipcq.cpu);
        ipcq.dma.bind(dma.comm);
        ipcq.tcm.bind(tcm.ipcq);
        tcm_dma.tcm.bind(tcm.dma);
        fetch_store.tcm.bind(tcm.fetch_store);
        cpu.tcm.bind(tcm.cpu);
    }
    // --- registers
    static abi::IpcqCommand queue(const std::string& direction, std::uint64_t ring = kRing,
                                  std::uint64_t peer_ring = kPeerRing, std::uint32_t slots = 2) {
        abi::IpcqCommand command;
        std::copy(direction.begin(), direction.end(), command.queue.direction);
        command.queue.peer_pe = 1;
        command.queue.rx_base = PhysAddr::pe_tcm(kHere, ring).raw();
        command.queue.peer_rx_base = PhysAddr::pe_tcm(kThere, peer_ring).raw();
        command.queue.n_slots = slots;
        command.queue.slot_bytes = kSlotBytes;
        return command;
    }
    template <class T>
    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t offset, T& data,
                                    std::size_t bytes = sizeof(T)) {
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(offset);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
        payload.set_data_length(static_cast<unsigned>(bytes));
        sc_core::sc_time delay;
        dma.arrivals->b_transport(payload, delay);
        return payload.get_response_status();
    }
    bool command(abi::IpcqCommand command) {
        return access(tlm::TLM_WRITE_COMMAND, abi::ipcq_command_offset, command) == tlm::TLM_OK_RESPONSE;
    }
    bool remove(std::uint16_t group) {
        abi::IpcqCommand remove;
        remove.operation = abi::IpcqOperation::remove_group;
        remove.policy.group = group;
        return command(remove);
    }
    abi::IpcqRefusal refusal() {
        abi::IpcqRefusal refusal;
        EXPECT_EQ(access(tlm::TLM_READ_COMMAND, abi::ipcq_refusal_offset, refusal), tlm::TLM_OK_RESPONSE);
        return refusal;
    }
    bool credit(std::uint64_t consumed, std::uint64_t peer_ring = kPeerRing) {
        abi::IpcqCredit credit{consumed, PhysAddr::pe_tcm(kThere, peer_ring).raw()};
        return access(tlm::TLM_WRITE_COMMAND, abi::ipcq_credit_offset, credit) == tlm::TLM_OK_RESPONSE;
    }
    // --- tiles
    static std::uint64_t slot(std::uint64_t sequence, std::uint64_t ring = kRing) {
        return PhysAddr::pe_tcm(kHere, ring + sequence % 2 * kSlotBytes).raw();
    }
    /// One step of a packet of a tile of so many bytes; by default all of it is in the packet. Empty: it was taken.
    std::string arrival(TileArrival::Step step, std::uint64_t sequence, std::uint64_t slot_address,
                        std::uint32_t bytes = 512, std::optional<std::uint32_t> packet = std::nullopt) {
        TileArrival arrival;
        arrival.step = step;
        arrival.tile = tile_of(in_tcm(0, {bytes / 2}).view);
        arrival.tile.slot_address = slot_address;
        arrival.tile.sequence = sequence;
        arrival.bytes = packet.value_or(bytes);
        tlm::tlm_generic_payload payload;
        payload.set_extension(&arrival);
        sc_core::sc_time delay;
        dma.arrivals->b_transport(payload, delay);
        payload.clear_extension(&arrival);
        EXPECT_EQ(payload.is_response_ok(), arrival.error.empty());
        return arrival.error;
    }
    void arrive_at(std::uint64_t slot_address, std::uint64_t sequence,
                   std::optional<std::uint32_t> packet = std::nullopt) {
        EXPECT_EQ(arrival(TileArrival::Step::admit, sequence, slot_address, 512, packet), "");
        EXPECT_EQ(arrival(TileArrival::Step::visible, sequence, slot_address, 512, packet), "");
    }
    void arrive(std::uint64_t sequence, std::uint64_t ring = kRing) { arrive_at(slot(sequence, ring), sequence); }
    // --- jobs
    static Job job(JobKind kind, std::uint64_t queues = 1) {
        Job job;
        job.kind = kind;
        job.queues = queues;
        return job;
    }
    const JobDriver::Entry& reserve(std::uint64_t queues = 1) {
        return scheduler.submit(job(JobKind::ipcq_reserve, queues));
    }
    const JobDriver::Entry& send(const JobDriver::Entry& reserved) {
        Job send = job(JobKind::ipcq_send);
        send.tile = reserved.job.tile;
        send.tcm = {in_tcm(0x1000, {256})};
        return scheduler.submit(send);
    }
    const JobDriver::Entry& receive(std::uint64_t queues = 1, std::optional<tl::Region> into = std::nullopt) {
        Job receive = job(JobKind::ipcq_recv, queues);
        if (into) receive.tcm = {*into};
        return scheduler.submit(receive);
    }
    const JobDriver::Entry& release(const JobDriver::Entry& received, sim::Time last_read = {}) {
        Job release = job(JobKind::ipcq_release);
        release.tile = received.job.tile;
        release.last_read = last_read;
        return scheduler.submit(release);
    }
    void wait_ns(int ns) { sc_core::wait(ns, sc_core::SC_NS); }
};

}  // namespace ahbm::test
