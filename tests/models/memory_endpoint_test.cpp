// SPDX-License-Identifier: Apache-2.0
// MemoryEndpoint: what a memory on the fabric does whatever its array is. The array here does what it is told.
#include "models/endpoints/memory_endpoint.h"
#include "tests/support/block_bench.h"

namespace ahbm::test {
namespace {

/// Every read begins `wait` after it may and takes `duration`; so does every write, from its tail.
struct ArrayOfTheTest : MemoryTiming {
    sim::Time wait, duration = 10_ns;
    struct Call {
        bool write;
        sim::Time from, tail;
        std::uint64_t offset;
        std::uint32_t bytes;
    };
    std::vector<Call> calls;

    Service read(Purpose, sim::Time arrival, std::uint64_t offset, std::uint32_t bytes) override {
        calls.push_back({false, arrival, arrival, offset, bytes});
        return {arrival + wait, arrival + wait + duration, arrival + wait + duration};
    }
    sim::Time write(Purpose, sim::Time head, sim::Time tail, std::uint64_t offset, std::uint32_t bytes) override {
        calls.push_back({true, head, tail, offset, bytes});
        return tail + wait + duration;
    }
};

struct MemoryBench : BlockBench {
    struct Block : sc_core::sc_module {
        ArrayOfTheTest array;
        MemoryEndpoint memory;
        Block(const sc_core::sc_module_name& name, BlockBench& bench)
            : sc_module(name), memory("block", bench.fabric, array, bench.recorder, base, 64_KiB) {}
    };
    static constexpr std::uint64_t base = 1u << 20;
    Block block{"block", *this};
    BenchEnd requester{"requester", *this};

    explicit MemoryBench(const Config& config) : BlockBench(config) { join(requester.fabric, block.memory.fabric); }
    explicit MemoryBench(Timing timing = Timing::hop) : MemoryBench(Config{.timing = timing}) {}
    static Domain at(std::uint64_t offset) { return {.window = abi::WindowKind::hbm, .offset = base + offset}; }
    /// The byte that can be seen at an offset now; -1: nobody has written it.
    int seen(std::uint64_t offset) {
        shadow::Bundle bytes;
        EXPECT_TRUE(requester.fabric.debug(Access::read, at(offset), {.kind = NodeId::Kind::cube}, 1, bytes));
        return bytes.first_gap() ? -1 : first_byte(*this, bytes);
    }
};

struct MemoryOnTheFabric : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, MemoryOnTheFabric, testing::Values(Timing::hop, Timing::fast, Timing::flit),
                         timing_name);

TEST_P(MemoryOnTheFabric, AsksItsArrayWithOffsetsOfItsOwn) {
    MemoryBench bench(GetParam());
    simulate([&] {
        bench.requester.write(bench.at(4096), 1024);
        wait_until(100_ns);
        bench.requester.read(bench.at(8192), 512);
        wait_for_all();
    });
    const auto& calls = bench.block.array.calls;
    ASSERT_EQ(calls.size(), 2u);
    EXPECT_TRUE(calls[0].write);
    EXPECT_EQ(calls[0].from, 1_ns) << "bytes stream in from the head on";
    EXPECT_EQ(calls[0].tail, 5_ns);
    EXPECT_EQ(calls[0].offset, 4096u);
    EXPECT_EQ(calls[0].bytes, 1024u);
    EXPECT_FALSE(calls[1].write);
    EXPECT_EQ(calls[1].from, 102_ns) << "a read begins when all of the request is there";
    EXPECT_EQ(calls[1].offset, 8192u);
    EXPECT_EQ(calls[1].bytes, 512u);
}

TEST_P(MemoryOnTheFabric, AnswersWhenTheArrayHasDone) {
    MemoryBench bench(GetParam());
    simulate([&] {
        const auto write = bench.requester.write(bench.at(0), 1024);
        wait_until(100_ns);
        const auto read = bench.requester.read(bench.at(0), 1024);
        wait_for_all();
        EXPECT_EQ(bench.requester.end(write), 5_ns + 10_ns + 2_ns);
        EXPECT_EQ(bench.requester.end(read), 102_ns + 10_ns + 5_ns);
    });
    bench.expect_books_closed();
}

TEST_P(MemoryOnTheFabric, WriteIsVisibleFromTheInstantOn) {
    MemoryBench bench(GetParam());
    simulate([&] {
        bench.requester.write(bench.at(0), 1024, std::byte{7});
        wait_until(15_ns - 1_ps);
        EXPECT_EQ(bench.seen(0), -1);
        wait_until(15_ns + 1_ps);
        EXPECT_EQ(bench.seen(0), 7);
        EXPECT_EQ(bench.seen(1023), 7);
        EXPECT_EQ(bench.seen(1024), -1);
        EXPECT_EQ(bench.block.memory.contents().version_at(0)->visible, 15_ns);
    });
}

TEST_P(MemoryOnTheFabric, ReadTakesWhatIsVisibleWhenItsFirstBurstBegins) {
    MemoryBench bench(GetParam());
    bench.block.array.wait = 20_ns;
    simulate([&] {
        const auto old = bench.requester.read(bench.at(0), 256);  // begins at 22 ns
        bench.block.array.duration = 10_ns;
        wait_until(4_ns);
        bench.block.array.wait = 0_ns;
        bench.requester.write(bench.at(0), 256, std::byte{7});  // visible at 16 ns
        wait_for_all();
        ASSERT_FALSE(bench.requester.answer(old).data.first_gap());
        EXPECT_EQ(first_byte(bench, bench.requester.answer(old).data), 7);
    });
}

TEST_P(MemoryOnTheFabric, ReadBehindAWriteOfItsBytesTakesEffectAfterIt) {
    MemoryBench bench(GetParam());
    simulate([&] {
        bench.block.array.duration = 100_ns;
        bench.requester.write(bench.at(0), 256, std::byte{7});  // there at 2 ns, visible at 102 ns
        wait_until(10_ns);
        const auto same = bench.requester.read(bench.at(255), 1), other = bench.requester.read(bench.at(256), 1);
        wait_for_all();
        ASSERT_EQ(bench.block.array.calls.size(), 3u);
        EXPECT_EQ(bench.block.array.calls[1].from, 102_ns);
        EXPECT_EQ(first_byte(bench, bench.requester.answer(same).data), 7);
        EXPECT_EQ(bench.block.array.calls[2].from, 13_ns) << "what it reads is none of the write's";
        EXPECT_TRUE(bench.requester.answer(other).ok());
    });
}

TEST_P(MemoryOnTheFabric, WriteBehindASlowerWriteOfItsBytesWins) {
    MemoryBench bench(GetParam());
    simulate([&] {
        bench.block.array.duration = 100_ns;
        bench.requester.write(bench.at(0), 256, std::byte{1});  // visible at 102 ns
        wait_until(10_ns);
        bench.block.array.duration = 5_ns;
        const auto second = bench.requester.write(bench.at(0), 256, std::byte{2});
        wait_for_all();
        EXPECT_EQ(bench.seen(0), 2);
        // No earlier than it can be seen; the first one's acknowledgement has the link until 103 ns.
        EXPECT_EQ(bench.requester.end(second), 103_ns + 2_ns);
    });
}

TEST_P(MemoryOnTheFabric, BytesOfMessagesAreValuesToo) {
    MemoryBench bench(GetParam());
    simulate([&] {
        bench.requester.write_inline(bench.at(0), {std::byte{3}, std::byte{4}}, VirtualChannel::ctrl);
        wait_for_all();
        EXPECT_EQ(bench.seen(0), 3);
        EXPECT_EQ(bench.seen(1), 4);
    });
}

TEST_P(MemoryOnTheFabric, RefusesWhatIsNotInside) {
    MemoryBench bench(GetParam());
    simulate([&] {
        const auto below = bench.requester.read({.window = abi::WindowKind::hbm, .offset = bench.base - 1}, 2),
                   above = bench.requester.write(bench.at(64 * 1024 - 1), 2, std::byte{7});
        wait_for_all();
        for (const auto number : {below, above})
            EXPECT_EQ(bench.requester.answer(number).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(bench.requester.answer(below).error, "block: access beyond its end at sip0.cube0.hbm+0xfffff");
        EXPECT_EQ(bench.requester.answer(above).error, "block: access beyond its end at sip0.cube0.hbm+0x10ffff");
        EXPECT_EQ(bench.seen(64 * 1024 - 1), -1) << "nothing of it is written";
        EXPECT_TRUE(bench.block.array.calls.empty());
    });
    bench.expect_books_closed();
}

TEST(MemoryDebug, ReadsAndWritesAtOnceAndWithinBounds) {
    MemoryBench bench;
    simulate([&] {
        const NodeId there{.kind = NodeId::Kind::cube};
        shadow::Bundle bytes = bench.recorder.constant(std::vector<std::byte>(4, std::byte{9}));
        EXPECT_TRUE(bench.requester.fabric.debug(Access::write, bench.at(64), there, 4, bytes));
        EXPECT_EQ(bench.seen(67), 9);
        EXPECT_FALSE(bench.requester.fabric.debug(Access::write, bench.at(64 * 1024 - 3), there, 4, bytes));
        EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
        EXPECT_TRUE(bench.block.array.calls.empty());
    });
}

TEST(MemoryDebug, HasNothingToShowWithTheShadowOff) {
    MemoryBench bench(BlockBench::Config{.shadow = shadow::Mode::off});
    simulate([&] {
        shadow::Bundle bytes;
        EXPECT_FALSE(bench.requester.fabric.debug(Access::read, bench.at(0), {.kind = NodeId::Kind::cube}, 4, bytes));
        const auto write = bench.requester.write(bench.at(0), 256), read = bench.requester.read(bench.at(512), 256);
        wait_for_all();
        EXPECT_TRUE(bench.requester.answer(write).ok());
        EXPECT_TRUE(bench.requester.answer(read).ok()) << "time passes as ever";
    });
}

TEST(MemoryContents, AreForgottenByRangeAndByReset) {
    MemoryBench bench;
    simulate([&] {
        bench.requester.write(bench.at(0), 1024, std::byte{7});
        wait_until(50_ns);
        bench.block.memory.forget(256, 256);
        EXPECT_EQ(bench.seen(255), 7);
        EXPECT_EQ(bench.seen(256), -1);
        EXPECT_EQ(bench.seen(512), 7);
        bench.block.memory.reset();
        EXPECT_EQ(bench.seen(512), -1);
    });
}

}  // namespace
}  // namespace ahbm::test
