// SPDX-License-Identifier: Apache-2.0
/// Bundles and the interval map.
#include "shadow/memory.h"
#include "shadow/recorder.h"
#include "tests/shadow/tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace ahbm;
using namespace ahbm::shadow;
using test::Bytes;
using namespace ahbm::sim::literals;

namespace {

struct MemoryTest : testing::Test {
    Recorder recorder{{}};
    Memory memory;

    Bundle filled(std::size_t length, int value) {
        return recorder.constant(Bytes(length, static_cast<std::byte>(value)));
    }
    Bundle at(std::uint64_t address, std::uint64_t length) const {
        Bundle bundle;
        memory.read(address, length, bundle);
        return bundle;
    }
    void write(std::uint64_t address, const Bundle& bundle) { memory.write(address, bundle, 0, bundle.size(), 0_ns); }
};

}  // namespace

TEST_F(MemoryTest, EqualsAByteArrayUnderRandomTraffic) {
    std::mt19937_64 random(1);
    Bytes expected(256), written(256);
    for (int step = 0; step < 3000; ++step) {
        const std::uint64_t address = random() % 256, length = random() % (257 - address);
        switch (random() % 4) {
            case 0:
                memory.erase(address, length);
                for (auto i = address; i < address + length; ++i) written[i] = std::byte{0};
                break;
            case 1: {  // move a range, gaps and all
                const std::uint64_t from = random() % (257 - length);
                memory.write(address, at(from, length), 0, length, 0_ns);
                const Bytes bytes(expected.begin() + static_cast<long>(from),
                                  expected.begin() + static_cast<long>(from + length));
                const Bytes marks(written.begin() + static_cast<long>(from),
                                  written.begin() + static_cast<long>(from + length));
                std::copy(bytes.begin(), bytes.end(), expected.begin() + static_cast<long>(address));
                std::copy(marks.begin(), marks.end(), written.begin() + static_cast<long>(address));
                break;
            }
            default: {  // the middle of a longer bundle
                Bytes bytes(length + 7);
                for (auto& b : bytes) b = static_cast<std::byte>(random());
                memory.write(address, recorder.constant(bytes), 3, length, 0_ns);
                std::copy_n(bytes.begin() + 3, length, expected.begin() + static_cast<long>(address));
                std::fill_n(written.begin() + static_cast<long>(address), length, std::byte{1});
            }
        }
        const Bundle all = at(0, 256);
        ASSERT_EQ(all.size(), 256u);
        const Bytes bytes = recorder.materialize(all);
        for (std::size_t i = 0; i < 256; ++i) {
            ASSERT_EQ(all.part(i, 1).first_gap().has_value(), written[i] == std::byte{0})
                << "byte " << i << " step " << step;
            if (written[i] == std::byte{0}) continue;
            ASSERT_EQ(bytes[i], expected[i]) << "byte " << i << " step " << step;
        }
    }
}

TEST_F(MemoryTest, SplitsExactlyOnOverlap) {
    const Bundle old = filled(100, 1), fresh = filled(10, 2);
    write(0, old);
    write(45, fresh);
    EXPECT_EQ(to_string(at(40, 20)), "#1[0..5) #2[5..15) #1[15..20)");
    EXPECT_EQ(memory.extents(), 3u);
    EXPECT_EQ(at(55, 5).slices()[0].offset, 55u);
    memory.erase(40, 20);
    EXPECT_EQ(to_string(at(30, 40)), "#1[0..10) unwritten[10..30) #1[30..40)");
}

TEST_F(MemoryTest, MergesNeighboursOfOneValue) {
    const Bundle tile = filled(4096, 3);
    for (std::uint64_t burst : {3, 0, 1, 2})
        memory.write(burst * 1024, tile, burst * 1024, 1024, 1_ns * static_cast<int>(burst));
    EXPECT_EQ(memory.extents(), 1u);
    EXPECT_EQ(to_string(at(0, 4096)), "#1[0..4096)");
    EXPECT_EQ(memory.version_at(100)->visible, 3_ns) << "a piece counts as visible with its last part";
    EXPECT_EQ(memory.version_at(100)->offset, 100u);
    EXPECT_FALSE(memory.version_at(4096).has_value());
}

TEST_F(MemoryTest, StridedTrafficOfManyRows) {
    constexpr std::uint64_t rows = 100'000;
    const Bundle tile = filled(rows * 4, 1);
    for (std::uint64_t r = 0; r < rows; ++r) memory.write(r * 64, tile, r * 4, 4, 0_ns);
    EXPECT_EQ(memory.extents(), rows);
    Bundle gathered;
    for (std::uint64_t r = 0; r < rows; ++r) memory.read(r * 64, 4, gathered);
    EXPECT_EQ(gathered.slices().size(), 1u) << "rows read in order are the tile again";
    EXPECT_EQ(gathered.slices()[0].count, 1u);
    Bundle scattered;  // rows in reverse stay pieces; parts of such a bundle are found without a walk
    for (std::uint64_t r = rows; r-- > 0;) memory.read(r * 64, 4, scattered);
    ASSERT_EQ(scattered.slices().size(), rows);
    for (std::uint64_t r = 0; r < rows; ++r) memory.write(r * 64, scattered, r * 4, 4, 0_ns);
    EXPECT_EQ(memory.version_at(0)->offset, (rows - 1) * 4);
    memory.erase(0, rows * 64);
    EXPECT_EQ(memory.extents(), 0u);
}

TEST_F(MemoryTest, RowsOfAPitchAreOneSlice) {
    Bytes content(64 * 64);
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::byte>(i * 37 % 251);
    const Bundle matrix = recorder.constant(content);
    write(0, matrix);
    const auto window = [&](std::uint64_t row, std::uint64_t col, std::uint64_t rows, std::uint64_t cols,
                            Bundle& into) {
        for (std::uint64_t r = row; r < row + rows; ++r) memory.read(r * 64 + col, cols, into);
    };
    Bundle tile;
    window(2, 16, 8, 16, tile);
    window(10, 16, 4, 16, tile);  // goes on in the same pitch
    ASSERT_EQ(tile.slices().size(), 1u);
    EXPECT_EQ(tile.slices()[0].count, 12u);
    EXPECT_EQ(tile.slices()[0].stride, 64u);
    window(2, 32, 2, 16, tile);  // another window
    window(0, 40, 1, 8, tile);   // another width
    ASSERT_EQ(tile.slices().size(), 3u);
    Bundle joined = at(0, 5);
    joined.append(tile);
    Bytes expected(content.begin(), content.begin() + 5);
    const auto expect = [&](std::uint64_t row, std::uint64_t col, std::uint64_t rows, std::uint64_t cols) {
        for (std::uint64_t r = row; r < row + rows; ++r)
            expected.insert(expected.end(), content.begin() + static_cast<long>(r * 64 + col),
                            content.begin() + static_cast<long>(r * 64 + col + cols));
    };
    expect(2, 16, 12, 16);
    expect(2, 32, 2, 16);
    expect(0, 40, 1, 8);
    EXPECT_EQ(recorder.materialize(joined), expected);
    for (std::size_t from = 0; from < expected.size(); from += 7)
        for (std::size_t n = 1; from + n <= expected.size(); n += 13)
            ASSERT_EQ(recorder.materialize(joined.part(from, n)),
                      Bytes(expected.begin() + static_cast<long>(from), expected.begin() + static_cast<long>(from + n)))
                << from << " + " << n;
    memory.write(8192, joined, 3, 200, 0_ns);
    EXPECT_EQ(recorder.materialize(at(8192, 200)), Bytes(expected.begin() + 3, expected.begin() + 203));
}

TEST_F(MemoryTest, CopyingUnwrittenBytesUnwritesTheTarget) {
    write(0, filled(8, 1));
    memory.write(2, at(100, 4), 0, 4, 0_ns);
    EXPECT_EQ(to_string(at(0, 8)), "#1[0..2) unwritten[2..6) #1[6..8)");
}

TEST_F(MemoryTest, RejectsRangesThatAreNotThere) {
    const Bundle bundle = filled(8, 1);
    EXPECT_THROW(memory.write(0, bundle, 4, 8, 0_ns), std::out_of_range);
    EXPECT_THROW(bundle.part(4, 8), std::out_of_range);
    EXPECT_THROW(Bundle().append(bundle.slices()[0].value, 4, 8), std::out_of_range);
    EXPECT_EQ(bundle.part(8, 0).size(), 0u);
}
