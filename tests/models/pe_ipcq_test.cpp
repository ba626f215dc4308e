// SPDX-License-Identifier: Apache-2.0
// PeIpcq: sends and receives (pe_ipcq_bench.h).
#include "tests/models/pe_ipcq_bench.h"

namespace ahbm::test {
namespace {

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

}  // namespace
}  // namespace ahbm::test
