// SPDX-License-Identifier: Apache-2.0
// Ring arithmetic and credits of one queue pair, without a kernel.
#include "models/pe_ipcq/queue_pair.h"

#include <gmock/gmock.h>

#include <random>

namespace ahbm {
namespace {

using ::testing::HasSubstr;

QueuePair queue(std::uint32_t slots, abi::CreditPolicy credit = abi::CreditPolicy::on_release) {
    QueuePair::Setup setup;
    setup.policy.credit = credit;
    setup.direction = "E";
    setup.rx_base = 0x10000;
    setup.peer_rx_base = 0x20000;
    setup.n_slots = slots;
    setup.slot_bytes = 256;
    return QueuePair(setup);
}

abi::IpcqTile tile(const QueuePair& to, std::uint64_t sequence, std::uint32_t elements = 16) {
    abi::IpcqTile tile = tile_of({{1, elements}, Dtype::f16, {}});
    tile.sequence = sequence;
    tile.slot_address = to.slot_address(sequence);
    return tile;
}

void arrive(QueuePair& to, std::uint64_t sequence) {
    const abi::IpcqTile arriving = tile(to, sequence);
    ASSERT_EQ(to.refuse(arriving), "");
    to.begin_arrival(arriving);
    to.arrived(arriving, arriving.bytes, {});
}

template <class Act>
std::string error_of(Act act) {
    try {
        act();
    } catch (const QueueError& error) {
        return error.what();
    }
    return "no error";
}

TEST(QueuePair, NeverMoreTilesUnderWayThanSlots) {
    QueuePair sender = queue(2);
    EXPECT_EQ(sender.reserve(), 0u);
    EXPECT_EQ(sender.reserve(), 1u);
    EXPECT_FALSE(sender.has_credit());
    EXPECT_THAT(error_of([&] { sender.reserve(); }), HasSubstr("queue E: a slot is reserved without credit"));
    sender.take_credit(1);
    EXPECT_EQ(sender.reserve(), 2u);
    EXPECT_EQ(sender.peer_slot(2), sender.peer_slot(0)) << "the ring wraps";
}

TEST(QueuePair, CountersNeverRunBackwardsNorAhead) {
    QueuePair sender = queue(4);
    sender.reserve();
    sender.reserve();
    sender.take_credit(2);
    EXPECT_THAT(error_of([&] { sender.take_credit(1); }), HasSubstr("credits run backwards"));
    EXPECT_THAT(error_of([&] { sender.take_credit(3); }), HasSubstr("more credits than tiles were sent"));
}

TEST(QueuePair, TilesAreReceivedInTheOrderTheyWereSentHoweverTheyArrive) {
    QueuePair receiver = queue(4);
    arrive(receiver, 1);
    EXPECT_FALSE(receiver.has_tile()) << "the first one is still on its way";
    arrive(receiver, 0);
    EXPECT_EQ(receiver.peer_head_cache(), 2u);
    EXPECT_EQ(receiver.receive().sequence, 0u);
    EXPECT_EQ(receiver.receive().sequence, 1u);
    EXPECT_THAT(error_of([&] { receiver.receive(); }), HasSubstr("has not arrived"));
}

TEST(QueuePair, CreditsGoBackInSlotOrder) {
    QueuePair receiver = queue(3);
    for (std::uint64_t i = 0; i < 3; ++i) arrive(receiver, i), receiver.receive();
    EXPECT_EQ(receiver.release(1), std::nullopt) << "slot 0 is not free yet";
    EXPECT_EQ(receiver.release(0), std::optional<std::uint64_t>(2));
    EXPECT_EQ(receiver.release(2), std::optional<std::uint64_t>(3));
    EXPECT_THAT(error_of([&] { receiver.release(2); }), HasSubstr("given back that was not received"));
}

TEST(QueuePair, WhatDoesNotBelongIsRefusedBeforeItIsWritten) {
    QueuePair receiver = queue(2);
    arrive(receiver, 0);
    EXPECT_THAT(receiver.refuse(tile(receiver, 2)),
                HasSubstr("tile 2 of queue E arrives in a slot that tile 0 has not left"));
    abi::IpcqTile astray = tile(receiver, 1);
    astray.slot_address += 8;
    EXPECT_THAT(receiver.refuse(astray), HasSubstr("its slot is 0x10100"));
    EXPECT_THAT(receiver.refuse(tile(receiver, 1, 129)), HasSubstr("has 258 B, a slot 256 B"));
}

TEST(QueuePair, AnOverwrittenLooseTileIsKnown) {
    QueuePair receiver = queue(1, abi::CreditPolicy::on_recv);
    arrive(receiver, 0);
    receiver.hold_loose(receiver.receive().sequence);
    receiver.release(0);
    EXPECT_EQ(receiver.drop_loose(5), std::nullopt);
    const abi::IpcqTile newer = tile(receiver, 1);
    receiver.begin_arrival(newer);
    receiver.arrived(newer, newer.bytes, sim::Time::ps(77));
    EXPECT_EQ(receiver.drop_loose(0), std::optional(sim::Time::ps(77)));
}

TEST(QueuePair, ConservesTilesAndCreditsOverARandomLife) {
    std::mt19937_64 random(7);
    for (const std::uint32_t slots : {1u, 2u, 4u, 8u}) {
        QueuePair sender = queue(slots), receiver = queue(slots);
        std::vector<std::uint64_t> flying, held;
        std::uint64_t received = 0;
        for (int step = 0; step < 20'000; ++step) {
            switch (random() % 4) {
                case 0:
                    if (sender.has_credit()) flying.push_back(sender.reserve());
                    break;
                case 1:
                    if (!flying.empty()) {
                        const std::size_t pick = random() % flying.size();
                        arrive(receiver, flying[pick]);
                        flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(pick));
                    }
                    break;
                case 2:
                    if (receiver.has_tile()) {
                        ASSERT_EQ(receiver.receive().sequence, received++);
                        held.push_back(received - 1);
                    }
                    break;
                default:
                    if (!held.empty()) {
                        const std::size_t pick = random() % held.size();
                        if (const auto credit = receiver.release(held[pick])) sender.take_credit(*credit);
                        held.erase(held.begin() + static_cast<std::ptrdiff_t>(pick));
                    }
            }
            ASSERT_LE(sender.my_head() - sender.peer_tail_cache(), slots);
        }
        EXPECT_GT(received, 1000u);
    }
}

}  // namespace
}  // namespace ahbm
