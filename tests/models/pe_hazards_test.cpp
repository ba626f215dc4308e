// SPDX-License-Identifier: Apache-2.0
#include "models/pe_scheduler/hazards.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace ahbm {
namespace {

using tl::Command;
using tl::CommandKind;
using tl::Region;
using tl::Space;

Region rows(Space space, std::uint64_t address, std::uint32_t count, std::uint32_t bytes, std::uint64_t pitch) {
    return {space, address, {{count, bytes}, Dtype::i8, {}}, pitch};
}
std::set<std::uint64_t> bytes_of(const Region& region) {
    std::set<std::uint64_t> bytes;
    const std::uint64_t pitch = region.row_pitch == 0 ? region.row_bytes() : region.row_pitch;
    for (std::uint64_t row = 0; row < region.rows(); ++row) {
        for (std::uint64_t i = 0; i < region.row_bytes(); ++i) bytes.insert(region.address + row * pitch + i);
    }
    return bytes;
}

TEST(Overlap, IsExactForRowsOfEqualPitch) {
    std::mt19937_64 random(7);
    const auto below = [&](unsigned limit) { return static_cast<std::uint32_t>(1 + random() % limit); };
    unsigned meeting = 0;
    for (unsigned i = 0; i < 3000; ++i) {
        const auto draw = [&] { return rows(Space::tcm, random() % 120, below(5), below(19), 20); };
        const Region a = draw(), b = draw();
        if (a.contiguous() != b.contiguous()) continue;
        const std::set<std::uint64_t> left = bytes_of(a), right = bytes_of(b);
        bool share = false;
        for (const std::uint64_t byte : left) share |= right.contains(byte);
        EXPECT_EQ(overlap(a, b), share) << describe(a) << " x " << describe(b);
        EXPECT_EQ(overlap(b, a), share);
        meeting += share;
    }
    EXPECT_GT(meeting, 500u);
}

TEST(Overlap, NeverMissesBytesForRowsOfDifferentPitch) {
    std::mt19937_64 random(8);
    const auto below = [&](unsigned limit) { return static_cast<std::uint32_t>(1 + random() % limit); };
    for (unsigned i = 0; i < 3000; ++i) {
        const auto draw = [&](std::uint64_t pitch) {
            return rows(Space::tcm, random() % 150, below(5), below(9), pitch);
        };
        const Region a = draw(11), b = draw(16);
        const std::set<std::uint64_t> right = bytes_of(b);
        for (const std::uint64_t byte : bytes_of(a)) {
            EXPECT_LE(right.contains(byte), overlap(a, b));
        }
    }
}

TEST(Overlap, KeepsSpacesApart) {
    EXPECT_FALSE(overlap(rows(Space::tcm, 0, 1, 64, 0), rows(Space::global, 0, 1, 64, 0)));
    EXPECT_FALSE(overlap(rows(Space::tcm, 0, 1, 64, 0), rows(Space::tcm, 64, 1, 64, 0)));
}

Region tcm(std::uint64_t address) { return rows(Space::tcm, address, 1, 64, 0); }
Region global(std::uint64_t address) { return rows(Space::global, address, 1, 64, 0); }

TEST(Dependency, FollowsFromWhatCommandsReadAndWrite) {
    const Command load{CommandKind::dma_read, {}, {global(0)}, tcm(0)};
    const Command use{CommandKind::math, {}, {tcm(0)}, tcm(64)};
    const Command other{CommandKind::math, {}, {tcm(128)}, tcm(192)};
    const Command overwrite{CommandKind::dma_read, {}, {global(64)}, tcm(0)};
    EXPECT_EQ(dependency(load, use), Wait::completion);
    EXPECT_EQ(dependency(use, overwrite), Wait::completion) << "write after read";
    EXPECT_EQ(dependency(load, overwrite), Wait::completion) << "write after write";
    EXPECT_EQ(dependency(load, other), Wait::none);
    EXPECT_EQ(dependency(use, other), Wait::none);
}

TEST(Dependency, ReadersOfAStoresTargetAwaitItsAcknowledgement) {
    const Command store{CommandKind::dma_write, {}, {tcm(0)}, global(0)};
    EXPECT_EQ(dependency(store, {CommandKind::dma_read, {}, {global(0)}, tcm(128)}), Wait::acknowledgement);
    EXPECT_EQ(dependency(store, {CommandKind::dma_write, {}, {tcm(64)}, global(0)}), Wait::acknowledgement);
    EXPECT_EQ(dependency(store, {CommandKind::dma_read, {}, {global(64)}, tcm(0)}), Wait::completion)
        << "the source may be reused once the store is accepted";
    EXPECT_EQ(dependency(store, {CommandKind::dma_read, {}, {global(64)}, tcm(64)}), Wait::none);
}

TEST(Dependency, FenceStandsBetweenStoresAndLaterGlobalAccesses) {
    const Command fence{CommandKind::fence, {}, {}, {}};
    const Command store{CommandKind::dma_write, {}, {tcm(0)}, global(0)};
    const Command load{CommandKind::dma_read, {}, {global(0)}, tcm(0)};
    const Command local{CommandKind::math, {}, {tcm(0)}, tcm(64)};
    EXPECT_EQ(dependency(store, fence), Wait::acknowledgement);
    EXPECT_EQ(dependency(load, fence), Wait::none);
    EXPECT_EQ(dependency(fence, store), Wait::completion);
    EXPECT_EQ(dependency(fence, load), Wait::completion);
    EXPECT_EQ(dependency(fence, local), Wait::none);
}

TEST(Dependency, TiledProductsRunOneAfterAnother) {
    const Command first{CommandKind::gemm, {}, {tcm(0), tcm(64)}, tcm(128)};
    const Command second{CommandKind::composite, {}, {global(0), global(64)}, global(128)};
    EXPECT_EQ(dependency(first, second), Wait::completion);
}

}  // namespace
}  // namespace ahbm
