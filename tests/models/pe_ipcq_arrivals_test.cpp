// SPDX-License-Identifier: Apache-2.0
// PeIpcq: what arrives, and its registers (pe_ipcq_bench.h).
#include "tests/models/pe_ipcq_bench.h"

namespace ahbm::test {
namespace {

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
