// SPDX-License-Identifier: Apache-2.0
// Mailbox and MessageSender: whole messages from one block to another, and what happens when nobody takes them.
#include "models/endpoints/mailbox.h"
#include "tests/support/block_bench.h"

namespace ahbm::test {
namespace {

/// A block whose only register is a mailbox.
class MailboxOwner : public sc_core::sc_module, private PacketClient {
public:
    NetworkInterface fabric;
    Mailbox mailbox;
    MailboxOwner(const sc_core::sc_module_name& name, Fabric& shared, unsigned depth)
        : sc_module(name), fabric("out", "in", shared, *this), mailbox("arrived", fabric, {.depth = depth}) {}

private:
    void handle_request(Payload& payload, Packet& packet) override { mailbox.accept(payload, packet); }
    void handle_response(Payload&, Packet&) override { FAIL(); }
};

/// A block that sends messages.
class MessageWriter : public sc_core::sc_module, private PacketClient {
public:
    NetworkInterface fabric;
    MessageSender sender{fabric};
    std::vector<std::pair<std::uint64_t, sim::Time>> acknowledged;  ///< cookie of each packet, and when
    MessageWriter(const sc_core::sc_module_name& name, Fabric& shared)
        : sc_module(name), fabric("out", "in", shared, *this) {
        fabric.set_node({.kind = NodeId::Kind::cube});
    }

private:
    void handle_request(Payload&, Packet&) override { FAIL(); }
    void handle_response(Payload& payload, Packet& packet) override {
        acknowledged.emplace_back(packet.cookie, packet.tail);
        sender.acknowledged();
        fabric.finish(payload, packet.tail);
    }
};

const Domain mailbox_address{.window = abi::WindowKind::mcpu_local,
                             .resource = static_cast<std::uint8_t>(abi::McpuResource::mailbox)};

struct MailboxBench : BlockBench {
    MailboxOwner owner;
    MessageWriter writer{"writer", fabric};
    explicit MailboxBench(Timing timing = Timing::hop, unsigned depth = 16)
        : BlockBench(timing), owner("owner", fabric, depth) {
        join(writer.fabric, owner.fabric);
    }
    void send(std::size_t bytes, int value, std::uint64_t cookie = 0) {
        const abi::Message message(bytes, std::byte(value));
        writer.sender.send(mailbox_address, {.kind = NodeId::Kind::cube}, message, cookie);
    }
    /// First byte and size of the oldest message.
    std::pair<int, std::size_t> take() {
        const abi::Message message = owner.mailbox.take();
        for (const std::byte each : message) EXPECT_EQ(each, message.front());
        return {std::to_integer<int>(message.front()), message.size()};
    }
};
using Taken = std::pair<int, std::size_t>;

struct Mailboxes : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, Mailboxes, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

TEST_P(Mailboxes, MessageArrivesWithItsLastByte) {
    MailboxBench bench(GetParam());
    simulate([&] {
        bench.send(512, 7);
        wait_until(3_ns - 1_ps);
        EXPECT_TRUE(bench.owner.mailbox.empty());
        sc_core::wait(bench.owner.mailbox.arrived());
        EXPECT_EQ(bench.wheel.now(), 1_ns + 2_ns);
        EXPECT_EQ(bench.owner.mailbox.level(), 1u);
        EXPECT_EQ(bench.take(), Taken(7, 512));
        EXPECT_TRUE(bench.owner.mailbox.empty());
        wait_for_all();
        ASSERT_EQ(bench.writer.acknowledged.size(), 1u);
        EXPECT_EQ(bench.writer.acknowledged[0].second, 3_ns + 2_ns);
    });
    EXPECT_EQ(bench.owner.mailbox.received(), 1u);
    bench.expect_books_closed();
}

TEST_P(Mailboxes, MessageOfSeveralPacketsIsOne) {
    MailboxBench bench(GetParam());
    simulate([&] {
        bench.send(2 * 4096 + 100, 7, 5);
        EXPECT_EQ(bench.writer.sender.outstanding(), 3u) << "packets of at most 4 KiB";
        wait_until(33_ns);  // 8192 B and the wire
        EXPECT_TRUE(bench.owner.mailbox.empty());
        wait_for_all();
        EXPECT_EQ(bench.owner.mailbox.level(), 1u);
        EXPECT_EQ(bench.take(), Taken(7, 2 * 4096 + 100));
        EXPECT_EQ(bench.writer.sender.outstanding(), 0u);
        ASSERT_EQ(bench.writer.acknowledged.size(), 3u);
        for (const auto& [cookie, when] : bench.writer.acknowledged) EXPECT_EQ(cookie, 5u);
    });
    bench.expect_books_closed();
}

TEST_P(Mailboxes, FullOnePushesBackOnTheSender) {
    MailboxBench bench(GetParam(), 2);
    simulate([&] {
        for (int i = 0; i < 4; ++i) bench.send(256, i, static_cast<std::uint64_t>(i));
        wait_until(100_ns);
        EXPECT_EQ(bench.owner.mailbox.level(), 2u);
        EXPECT_EQ(bench.writer.acknowledged.size(), 2u) << "two have a place";
        EXPECT_EQ(bench.writer.sender.outstanding(), 2u);
        EXPECT_EQ(bench.take(), Taken(0, 256));
        EXPECT_EQ(bench.owner.mailbox.level(), 2u) << "the next has taken the place";
        wait_until(200_ns);
        ASSERT_EQ(bench.writer.acknowledged.size(), 3u);
        EXPECT_EQ(bench.writer.acknowledged[2], std::pair(std::uint64_t{2}, 100_ns + 2_ns));
        for (int i = 1; i < 4; ++i) EXPECT_EQ(bench.take(), Taken(i, 256)) << "nothing is lost, all in order";
        wait_for_all();
        EXPECT_EQ(bench.writer.sender.outstanding(), 0u);
    });
    EXPECT_EQ(bench.owner.mailbox.received(), 4u);
    bench.expect_books_closed();
}

TEST_P(Mailboxes, OnlyTheLastPacketOfAMessageWaitsForAPlace) {
    MailboxBench bench(GetParam(), 1);
    simulate([&] {
        bench.send(256, 1);
        bench.send(4096 + 256, 2);
        wait_for_all();
        EXPECT_EQ(bench.writer.acknowledged.size(), 2u);
        EXPECT_EQ(bench.writer.sender.outstanding(), 1u);
        bench.take();
        wait_for_all();
        EXPECT_EQ(bench.writer.sender.outstanding(), 0u);
        EXPECT_EQ(bench.take(), Taken(2, 4096 + 256));
    });
}

TEST(MailboxMessages, TellTheirPurposeAndChannel) {
    BlockBench bench;
    BenchEnd target("target", bench);
    MessageWriter writer("writer", bench.fabric);
    join(writer.fabric, target.fabric);
    simulate([&] {
        const abi::Message message(4096 + 1, std::byte{1});
        writer.sender.send(mailbox_address, {.kind = NodeId::Kind::cube}, message, 0);
        wait_for_all();
        ASSERT_EQ(target.requests.size(), 2u);
        for (const BenchEnd::Request& each : target.requests) {
            EXPECT_EQ(each.access, Access::write);
            EXPECT_EQ(each.channel, VirtualChannel::ctrl);
            EXPECT_EQ(each.purpose, Purpose::completion) << "from a cube's CPU to M_CPU";
            EXPECT_EQ(each.inline_bytes.size(), each.bytes);
        }
        EXPECT_EQ(target.requests[1].bytes, 1u);
    });
}

TEST(MailboxMessages, OfSeveralSendersMayBeInterleaved) {
    // Three packets of two messages by one sender, sent by hand: what belongs together is told by message and sender.
    MailboxBench bench;
    simulate([&] {
        const auto packet = [&](std::uint64_t message, NodeId source, std::uint32_t total, int value) {
            Payload& payload = bench.writer.fabric.request(Purpose::mailbox, Access::write, mailbox_address,
                                                           {.kind = NodeId::Kind::cube}, 100, bench.wheel.now());
            Packet& made = Packet::of(payload);
            made.channel = VirtualChannel::ctrl;
            made.source = source;
            made.parent = message;
            made.message_bytes = total;
            made.inline_bytes.assign(100, std::byte(value));
            bench.writer.fabric.send(payload, bench.wheel.now(), bench.wheel.now());
        };
        const NodeId one{.kind = NodeId::Kind::cube}, other{.kind = NodeId::Kind::cube, .port = 1};
        packet(1, one, 200, 1);
        packet(2, one, 200, 2);
        packet(1, other, 200, 3);
        packet(1, other, 200, 3);
        packet(2, one, 200, 2);
        packet(1, one, 200, 1);
        wait_until(100_ns);
        ASSERT_EQ(bench.owner.mailbox.level(), 3u);
        EXPECT_EQ(bench.take(), Taken(3, 200));
        EXPECT_EQ(bench.take(), Taken(2, 200));
        EXPECT_EQ(bench.take(), Taken(1, 200));
    });
}

TEST_P(Mailboxes, TakesWritesOfWholeMessagesOnly) {
    BlockBench bench(GetParam());
    MailboxOwner owner("owner", bench.fabric, 1);
    BenchEnd requester("requester", bench);
    join(requester.fabric, owner.fabric);
    simulate([&] {
        const auto read = requester.read(mailbox_address, 64), plain = requester.write(mailbox_address, 64);
        wait_for_all();
        for (const auto number : {read, plain}) {
            EXPECT_EQ(requester.answer(number).status, tlm::TLM_COMMAND_ERROR_RESPONSE);
            EXPECT_EQ(requester.answer(number).error,
                      "a mailbox takes writes of whole messages of at most 262144 bytes");
        }
        EXPECT_TRUE(owner.mailbox.empty());
    });
    bench.expect_books_closed();
}

TEST(MailboxMessages, AreTooLongAboveTheLimit) {
    MailboxBench bench;
    simulate([&] {
        bench.send(abi::max_message_bytes, 1);
        wait_for_all();
        EXPECT_EQ(bench.take(), Taken(1, abi::max_message_bytes));
        bench.send(abi::max_message_bytes + 1, 2);
        wait_for_all();
        EXPECT_TRUE(bench.owner.mailbox.empty());
        EXPECT_EQ(bench.writer.sender.outstanding(), 0u) << "refused, but answered";
    });
}

TEST(MailboxChanges, AreTold) {
    struct Count : sim::ChangeObserver {
        unsigned changes = 0;
        void changed() override { ++changes; }
    } count;
    MailboxBench bench;
    bench.owner.mailbox.changes().add(count);
    simulate([&] {
        bench.send(64, 1);
        wait_for_all();
        EXPECT_EQ(count.changes, 1u);
        bench.take();
        EXPECT_GT(count.changes, 1u);
    });
}

TEST(MailboxReset, ForgetsMessagesAndAcknowledgesThem) {
    MailboxBench bench(Timing::hop, 2);
    simulate([&] {
        for (int i = 0; i < 4; ++i) bench.send(64, i);
        wait_until(100_ns);
        bench.owner.mailbox.reset();
        EXPECT_TRUE(bench.owner.mailbox.empty());
        wait_until(200_ns);
        EXPECT_EQ(bench.writer.sender.outstanding(), 0u);
        bench.send(64, 9);
        wait_for_all();
        EXPECT_EQ(bench.take(), Taken(9, 64));
    });
}

}  // namespace
}  // namespace ahbm::test
