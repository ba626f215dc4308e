// SPDX-License-Identifier: Apache-2.0
// PeDma: tiles and credits of PE_IPCQ, out and in (pe_dma_bench.h).
#include "tests/models/pe_dma_bench.h"

namespace ahbm::test {
namespace {

struct DmaComm : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, DmaComm, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

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

TEST_P(DmaComm, TileTravelsToTheArrivalApertureOnItsOwnChannel) {
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

TEST_P(DmaComm, FetchBringsATileOutOfASlotElsewhere) {
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

TEST_P(DmaComm, CreditTakesTheControlChannelOrTheSideband) {
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

TEST_P(DmaComm, StoresAndTilesDoNotBlockEachOther) {
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

TEST_P(DmaComm, FenceOfQueuesWaitsForWhatWasSentAndTellsOfARefusal) {
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

TEST_P(DmaComm, ArrivingTileIsAdmittedWrittenAndThenVisible) {
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

TEST_P(DmaComm, TileForASlotElsewhereIsWrittenThereFirst) {
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

TEST_P(DmaComm, RefusedTileIsNotWritten) {
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

}  // namespace
}  // namespace ahbm::test
