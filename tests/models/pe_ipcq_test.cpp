// SPDX-License-Identifier: Apache-2.0
// PeIpcq: between a scheduler and a PE_DMA that the test plays, with a real TCM beside it. An operation takes 1 ns by
// default, TCM's ports move 512 B/ns.
#include "models/pe_ipcq/pe_ipcq.h"
#include "firmware/abi/ipcq_registers.h"
#include "interconnect/protocol/phys_addr.h"
#include "models/pe_tcm/pe_tcm.h"
#include "tests/models/job_driver.h"
#include "tests/models/pe_rig.h"
#include "tests/support/sim_test.h"

#include <fmt/format.h>

#include <optional>

namespace ahbm::test {
namespace {

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

// --- sends --------------------------------------------------------------------------------------------------------

TEST(PeIpcq, SendTakesASlotOfThePeerAndHandsTheTileOver) {
    IpcqBench bench;
    simulate([&] {
        ASSERT_TRUE(bench.command(bench.queue("E")));
        for (std::uint64_t i = 0; i < 2; ++i) {
            const auto& reserved = bench.reserve();
            bench.wait_ns(10);
            EXPECT_EQ(reserved.job.ended - reserved.job.issued, 1_ns);
            EXPECT_EQ(reserved.job.tile.sequence, i);
            const auto& sent = bench.send(reserved);
            ASSERT_EQ(bench.dma.jobs.size(), i + 1);
            const auto& comm = bench.dma.jobs[i];
            EXPECT_EQ(comm.kind, CommJob::Kind::send);
            EXPECT_EQ(comm.peer, kThere);
            EXPECT_EQ(comm.tile.slot_address, PhysAddr::pe_tcm(kThere, kPeerRing + i * kSlotBytes).raw());
            EXPECT_EQ(comm.tile.sequence, i);
            EXPECT_EQ(comm.tile.bytes, 512u);
            EXPECT_EQ(comm.tcm_address, 0x1000u);
            bench.wait_ns(10);
            EXPECT_FALSE(sent.done) << "its bytes have not left";
            bench.dma.answer(i, tlm::END_REQ);
            EXPECT_TRUE(sent.done);
            bench.dma.answer(i, tlm::BEGIN_RESP);
        }
        EXPECT_EQ(bench.ipcq.queues()[0]->queue.bytes_sent, 1024u);
    });
}

TEST(PeIpcq, SendWithoutACreditWaitsForIt) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        bench.reserve();
        bench.reserve();
        const auto& third = bench.reserve();
        const auto& fourth = bench.reserve();
        bench.wait_ns(100);
        EXPECT_FALSE(third.done);
        ASSERT_EQ(bench.ipcq.waiting().size(), 2u);
        EXPECT_FALSE(bench.ipcq.waiting()[0].receive);
        EXPECT_EQ(bench.ipcq.waiting()[0].queues, 1u);
        EXPECT_EQ(bench.ipcq.waiting()[0].since, 0_ns);
        EXPECT_TRUE(bench.credit(1));
        bench.wait_ns(50);
        EXPECT_EQ(third.done, 101_ns);
        EXPECT_EQ(third.job.tile.sequence, 2u);
        EXPECT_FALSE(fourth.done) << "one credit, one slot";
        EXPECT_TRUE(bench.credit(2));
        bench.wait_ns(50);
        EXPECT_EQ(fourth.done, 151_ns);
    });
}

TEST(PeIpcq, CreditForARingThatNoQueueHasIsRefused) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        EXPECT_FALSE(bench.credit(0, kPeerRing + 64));
        EXPECT_EQ(bench.dma.jobs.size(), 0u);
    });
}

TEST(PeIpcq, RefusedTileFailsTheQueueForGood) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        const auto& reserved = bench.reserve();
        bench.wait_ns(10);
        bench.reserve();
        const auto& waiting = bench.reserve();
        bench.send(reserved);
        bench.dma.answer(0, tlm::END_REQ);
        bench.dma.answer(0, tlm::BEGIN_RESP, "no such ring");
        bench.wait_ns(10);
        EXPECT_TRUE(waiting.done);
        EXPECT_EQ(waiting.job.error, "queue E: no such ring");
        const auto& later = bench.reserve();
        const auto& receive = bench.receive();
        bench.wait_ns(10);
        EXPECT_EQ(later.job.error, "queue E: no such ring");
        EXPECT_EQ(receive.job.error, "queue E: no such ring");
    });
}

// --- receives -----------------------------------------------------------------------------------------------------

TEST(PeIpcq, ReceiveWaitsForATileAndNamesWhereItLies) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        const auto& first = bench.receive();
        bench.wait_ns(100);
        EXPECT_FALSE(first.done);
        ASSERT_EQ(bench.ipcq.waiting().size(), 1u);
        EXPECT_TRUE(bench.ipcq.waiting()[0].receive);
        bench.arrive(0);
        bench.arrive(1);
        bench.wait_ns(100);
        // 1 ns, then the slot is read: 512 B.
        EXPECT_EQ(first.done, 102_ns);
        EXPECT_EQ(first.job.started, 101_ns);
        EXPECT_EQ(first.job.tile.sequence, 0u);
        EXPECT_EQ(first.job.tile.address, kRing);
        EXPECT_FALSE(first.job.tile_is_loose);
        const auto& second = bench.receive();
        bench.wait_ns(100);
        EXPECT_EQ(second.job.tile.address, kRing + kSlotBytes);
        EXPECT_EQ(bench.ipcq.queues()[0]->queue.bytes_received, 1024u);
    });
}

TEST(PeIpcq, ReceiveIntoTcmCopiesAndGivesTheSlotBackThen) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        bench.arrive(0);
        bench.wait_ns(10);
        const auto& copy = bench.receive(1, in_tcm(0x1000, {256}));
        bench.wait_ns(1);
        EXPECT_TRUE(bench.dma.jobs.empty());
        bench.wait_ns(10);
        EXPECT_EQ(copy.done, 12_ns) << "1 ns; read and write overlap";
        EXPECT_EQ(copy.job.tile.address, 0x1000u);
        ASSERT_EQ(bench.dma.jobs.size(), 1u);
        EXPECT_EQ(bench.dma.jobs[0].kind, CommJob::Kind::credit);
        EXPECT_EQ(bench.dma.jobs[0].at, 12_ns);
        EXPECT_EQ(bench.dma.jobs[0].peer, kThere);
        EXPECT_EQ(bench.dma.jobs[0].credit.consumed, 1u);
        EXPECT_EQ(bench.dma.jobs[0].credit.rx_base, PhysAddr::pe_tcm(kHere, kRing).raw());
        EXPECT_EQ(bench.dma.jobs[0].credit_bytes, 16u);
        EXPECT_TRUE(bench.dma.jobs[0].sideband);
    });
}

TEST(PeIpcq, TileThatIsUsedInItsSlotIsGivenBackByRelease) {
    IpcqBench bench;
    simulate([&] {
        auto command = bench.queue("E");
        command.policy.credit_path = abi::CreditPath::fabric;
        command.policy.credit_bytes = 32;
        bench.command(command);
        bench.arrive(0);
        bench.arrive(1);
        const auto& first = bench.receive();
        const auto& second = bench.receive();
        bench.wait_ns(100);
        EXPECT_TRUE(bench.dma.jobs.empty());
        const auto& released = bench.release(second);
        bench.wait_ns(10);
        EXPECT_EQ(released.job.ended - released.job.issued, 1_ns);
        EXPECT_TRUE(bench.dma.jobs.empty()) << "credits are in the order of the slots";
        bench.release(first);
        bench.wait_ns(10);
        ASSERT_EQ(bench.dma.jobs.size(), 1u);
        EXPECT_EQ(bench.dma.jobs[0].credit.consumed, 2u);
        EXPECT_FALSE(bench.dma.jobs[0].sideband);
        EXPECT_EQ(bench.dma.jobs[0].credit_bytes, 32u);
    });
}

TEST(PeIpcq, RaceIsFoundWhereTheCreditGoesWithTheReceive) {
    IpcqBench bench;
    simulate([&] {
        auto command = bench.queue("E", kRing, kPeerRing, 1);
        command.policy.credit = abi::CreditPolicy::on_recv;
        bench.command(command);
        bench.arrive_at(bench.slot(0), 0);
        const auto& first = bench.receive();
        EXPECT_EQ(bench.dma.jobs.size(), 1u) << "the credit is on its way";
        bench.wait_ns(100);
        EXPECT_TRUE(first.job.tile_is_loose);
        bench.arrive_at(bench.slot(0), 1);  // at 100 ns
        bench.release(first, 99_ns);
        EXPECT_TRUE(bench.ipcq.races().empty()) << "read before";
        const auto& second = bench.receive();
        bench.wait_ns(100);
        bench.arrive_at(bench.slot(0), 2);  // at 200 ns
        bench.release(second, 250_ns);
        ASSERT_EQ(bench.ipcq.races().size(), 1u);
        EXPECT_EQ(bench.ipcq.races()[0].direction, "E");
        EXPECT_EQ(bench.ipcq.races()[0].sequence, 1u);
        EXPECT_EQ(bench.ipcq.races()[0].overwritten, 200_ns);
        EXPECT_EQ(bench.ipcq.races()[0].read, 250_ns);
        bench.wait_ns(10);
    });
}

TEST(PeIpcq, ReceiveFromAnyTakesTurns) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        bench.command(bench.queue("W", kRing + 0x1000, kPeerRing + 0x1000));
        for (std::uint64_t i = 0; i < 2; ++i) {
            bench.arrive(i);
            bench.arrive(i, kRing + 0x1000);
        }
        std::vector<std::uint32_t> from;
        for (int i = 0; i < 4; ++i) {
            const auto& received = bench.receive(0b11);
            bench.wait_ns(10);
            from.push_back(received.job.tile.queue);
        }
        EXPECT_EQ(from, (std::vector<std::uint32_t>{0, 1, 0, 1}));
    });
}

TEST(PeIpcq, WaitingReceivesAreServedInOrder) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        const auto& first = bench.receive();
        const auto& second = bench.receive();
        bench.arrive(0);
        bench.wait_ns(10);
        EXPECT_TRUE(first.done);
        EXPECT_FALSE(second.done);
        bench.arrive(1);
        bench.wait_ns(10);
        EXPECT_EQ(second.job.tile.sequence, 1u);
    });
}

TEST(PeIpcq, SlotOutsideTcmIsFetchedAfterItsSetUp) {
    IpcqBench bench;
    simulate([&] {
        auto command = bench.queue("E");
        command.queue.buffer = abi::BufferKind::hbm;
        command.queue.rx_base = PhysAddr::hbm(SipId{0}, CubeId{0}, 0x4000).raw();
        ASSERT_TRUE(bench.command(command));
        bench.arrive_at(command.queue.rx_base, 0);
        bench.arrive_at(command.queue.rx_base + kSlotBytes, 1);
        const auto& copy = bench.receive(1, in_tcm(0x1000, {256}));
        ASSERT_EQ(bench.dma.jobs.size(), 1u);
        EXPECT_EQ(bench.dma.jobs[0].kind, CommJob::Kind::fetch);
        EXPECT_EQ(bench.dma.jobs[0].tile.slot_address, command.queue.rx_base);
        EXPECT_EQ(bench.dma.jobs[0].tcm_address, 0x1000u);
        EXPECT_EQ(CommJob::of(*bench.dma.jobs[0].payload).issued, 1_ns + 6_ns);
        bench.wait_ns(50);
        EXPECT_FALSE(copy.done);
        bench.dma.answer(0, tlm::BEGIN_RESP);
        EXPECT_TRUE(copy.done);
        ASSERT_EQ(bench.dma.jobs.size(), 2u);
        EXPECT_EQ(bench.dma.jobs[1].kind, CommJob::Kind::credit);
        const auto& in_slot = bench.receive();
        bench.wait_ns(50);
        EXPECT_EQ(in_slot.job.error, "a tile outside TCM cannot be used in its slot");
        EXPECT_EQ(bench.dma.jobs.size(), 3u) << "its slot is given back all the same";
    });
}

TEST(PeIpcq, TileThatIsTooLargeForItsPlaceIsAnError) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        bench.arrive(0);
        const auto& copy = bench.receive(1, in_tcm(0x1000, {255}));
        bench.wait_ns(10);
        EXPECT_EQ(copy.job.error, "the tile has 512 B, there is room for 510 B");
        ASSERT_EQ(bench.dma.jobs.size(), 1u);
        EXPECT_EQ(bench.dma.jobs[0].credit.consumed, 1u);
    });
}

TEST(PeIpcq, CancelEndsWhatWaits) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E", kRing, kPeerRing, 1));
        bench.reserve();
        const auto& send = bench.reserve();
        const auto& receive = bench.receive();
        bench.wait_ns(10);
        EXPECT_FALSE(bench.ipcq.disturbed());
        bench.scheduler.submit(bench.job(JobKind::ipcq_cancel));
        bench.wait_ns(10);
        EXPECT_EQ(send.job.error, "cancelled, the kernel has failed");
        EXPECT_EQ(receive.job.error, "cancelled, the kernel has failed");
        EXPECT_EQ(send.done, 11_ns);
        EXPECT_TRUE(bench.ipcq.waiting().empty());
        EXPECT_TRUE(bench.ipcq.disturbed());
        EXPECT_TRUE(bench.remove(0));
        EXPECT_FALSE(bench.ipcq.disturbed()) << "installed anew, all is well";
    });
}

// --- what arrives -------------------------------------------------------------------------------------------------

TEST(PeIpcq, RefusesTilesThatHaveNoSlot) {
    IpcqBench bench;
    simulate([&] {
        constexpr auto admit = TileArrival::Step::admit;
        bench.command(bench.queue("E"));
        EXPECT_EQ(bench.arrival(admit, 0, bench.slot(0, 0x4000)),
                  fmt::format("ipcq: a tile arrives for {:#x}, which is in no ring", bench.slot(0, 0x4000)));
        EXPECT_EQ(
            bench.arrival(admit, 1, bench.slot(0)),
            fmt::format("tile 1 of queue E is addressed to {:#x}, its slot is {:#x}", bench.slot(0), bench.slot(1)));
        EXPECT_EQ(bench.arrival(admit, 0, bench.slot(0), 2048), "tile 0 of queue E has 2048 B, a slot 1024 B");
        bench.arrive(0);
        EXPECT_EQ(bench.arrival(admit, 2, bench.slot(2)),
                  "tile 2 of queue E arrives in a slot that tile 0 has not left");
        EXPECT_EQ(bench.ipcq.refused_tiles(), 4u);
    });
}

TEST(PeIpcq, TileIsThereWhenAllItsPacketsAre) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        const auto& receive = bench.receive();
        bench.arrive_at(bench.slot(0), 0, 256);
        bench.wait_ns(50);
        EXPECT_FALSE(receive.done);
        bench.arrive_at(bench.slot(0), 0, 256);
        bench.wait_ns(50);
        EXPECT_EQ(receive.done, 52_ns);
    });
}

TEST(PeIpcq, TellsOfEveryOperation) {
    struct Log : PeIpcq::Observer {
        std::vector<PeIpcq::Operation::Kind> kinds;
        void operated(const PeIpcq::Operation& operation) override { kinds.push_back(operation.kind); }
    } log;
    IpcqBench bench;
    bench.ipcq.observers().add(log);
    simulate([&] {
        bench.command(bench.queue("E"));
        const auto& reserved = bench.reserve();
        bench.wait_ns(10);
        bench.send(reserved);
        bench.credit(1);
        bench.arrive(0);
        bench.receive(1, in_tcm(0x1000, {256}));
        bench.wait_ns(10);
        using Kind = PeIpcq::Operation::Kind;
        EXPECT_EQ(log.kinds, (std::vector<Kind>{Kind::reserved, Kind::sent, Kind::credited, Kind::arrived,
                                                Kind::received, Kind::given_back}));
        EXPECT_EQ(bench.ipcq.operations(), 6u);
        ASSERT_EQ(bench.ipcq.recent().size(), 6u);
        EXPECT_EQ(bench.ipcq.recent()[5].time, 12_ns);
    });
}

// --- registers ----------------------------------------------------------------------------------------------------

TEST(PeIpcq, RefusesQueuePairsThatMakeNoSense) {
    IpcqBench bench({.queue_pairs = 2});
    simulate([&] {
        const auto refused = [&](const abi::IpcqCommand& command) {
            EXPECT_FALSE(bench.command(command));
            return bench.refusal().error;
        };
        using Error = abi::IpcqError;
        ASSERT_TRUE(bench.command(bench.queue("E")));
        EXPECT_EQ(refused(bench.queue("E", kRing + 0x1000)), Error::duplicate);
        EXPECT_EQ(refused(bench.queue("W", kRing + 1024)), Error::overlap);
        EXPECT_EQ(refused(bench.queue("W", kRing - 1024)), Error::overlap);
        EXPECT_EQ(refused(bench.queue("W", (16u << 20) - 1024)), Error::ring) << "beyond the end";
        auto elsewhere = bench.queue("W", kRing + 0x1000);
        elsewhere.queue.buffer = abi::BufferKind::hbm;
        EXPECT_EQ(refused(elsewhere), Error::ring) << "TCM is not HBM";
        elsewhere = bench.queue("W");
        elsewhere.queue.rx_base = PhysAddr::pe_tcm(kThere, kRing).raw();
        EXPECT_EQ(refused(elsewhere), Error::ring) << "another PE's TCM";
        auto peerless = bench.queue("W", kRing + 0x1000);
        peerless.queue.peer_pe = 2;
        EXPECT_EQ(refused(peerless), Error::peer);
        EXPECT_EQ(refused(bench.queue("W", kRing + 0x1000, kPeerRing, 0)), Error::bad_command);
        EXPECT_EQ(refused(bench.queue("", kRing + 0x1000)), Error::bad_command);
        auto other_group = bench.queue("E", kRing + 0x1000);
        other_group.policy.group = 1;
        EXPECT_TRUE(bench.command(other_group)) << "directions are a group's own";
        EXPECT_EQ(refused(bench.queue("W", kRing + 0x2000)), Error::table_full);
    });
}

TEST(PeIpcq, KeepsTheFirstRefusalUntilItIsRead) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("W", kRing, kPeerRing, 0));
        bench.command(bench.queue("E", 16u << 20));
        const abi::IpcqRefusal refusal = bench.refusal();
        EXPECT_EQ(refusal.error, abi::IpcqError::bad_command);
        EXPECT_STREQ(refusal.direction, "W");
        EXPECT_EQ(bench.refusal().error, abi::IpcqError::none);
        abi::IpcqCommand command = bench.queue("E");
        EXPECT_EQ(bench.access(tlm::TLM_WRITE_COMMAND, abi::ipcq_command_offset, command, 71),
                  tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(bench.access(tlm::TLM_WRITE_COMMAND, 8, command), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_TRUE(bench.ipcq.queues().empty());
    });
}

TEST(PeIpcq, RemovesAGroupUnlessSomebodyWaitsOnIt) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        auto other = bench.queue("E", kRing + 0x1000, kPeerRing + 0x1000);
        other.policy.group = 1;
        bench.command(other);
        const auto& receive = bench.receive(1);
        EXPECT_FALSE(bench.remove(0));
        EXPECT_EQ(bench.refusal().error, abi::IpcqError::busy);
        EXPECT_TRUE(bench.remove(1));
        bench.arrive(0);
        bench.wait_ns(10);
        EXPECT_TRUE(receive.done);
        bench.release(receive);
        bench.wait_ns(10);
        EXPECT_TRUE(bench.remove(0));
        EXPECT_EQ(bench.ipcq.queues()[0], nullptr);
        ASSERT_TRUE(bench.command(bench.queue("W"))) << "place and ring are free again";
        EXPECT_EQ(bench.ipcq.queues()[0]->queue.setup().direction, "W");
    });
}

TEST(PeIpcq, TellsAKernelWhichQueuesItsGroupHas) {
    IpcqBench bench;
    simulate([&] {
        auto polled = bench.queue("E");
        polled.policy.backpressure = abi::Backpressure::poll;
        polled.policy.poll_interval_ps = 500;
        bench.command(polled);
        auto other = bench.queue("W", 0x6000);
        other.policy.group = 1;
        bench.command(other);
        std::vector<tl::QueueInfo> queues;
        QueueQuery query;
        query.queues = &queues;
        query.tcm_end = 16u << 20;
        tlm::tlm_generic_payload payload;
        payload.set_extension(&query);
        sc_core::sc_time delay;
        bench.dma.cpu->b_transport(payload, delay);
        payload.clear_extension(&query);
        EXPECT_EQ(query.tcm_end, 0x6000u) << "the lowest ring of any group";
        ASSERT_EQ(queues.size(), 1u);
        EXPECT_EQ(queues[0].direction, "E");
        EXPECT_EQ(queues[0].index, 0u);
    });
}

TEST(PeIpcq, ForgetsItsQueuesWithAReset) {
    IpcqBench bench;
    simulate([&] {
        bench.command(bench.queue("E"));
        bench.command(bench.queue("E"));
        bench.receive();
        bench.wait_ns(10);
        bench.ipcq.reset();
        EXPECT_TRUE(bench.ipcq.queues().empty());
        EXPECT_TRUE(bench.ipcq.waiting().empty());
        EXPECT_TRUE(bench.ipcq.recent().empty());
        EXPECT_EQ(bench.refusal().error, abi::IpcqError::none);
        EXPECT_TRUE(bench.command(bench.queue("E")));
    });
}

}  // namespace
}  // namespace ahbm::test
