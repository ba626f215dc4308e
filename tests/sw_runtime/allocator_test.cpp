// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/memory/pool.h"
#include "sw_runtime/memory/pools.h"
#include "sw_runtime/memory/virtual_allocator.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace ahbm::runtime {
namespace {

using testing::HasSubstr;

template <class Action>
std::string error_of(Action&& action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

TEST(Pool, takes_the_first_hole_that_fits) {
    Pool pool("p", {0x1000, 0x1000});
    const auto a = pool.allocate(0x100, {}, "a");
    const auto b = pool.allocate(0x200, {}, "b");
    const auto c = pool.allocate(0x100, {}, "c");
    EXPECT_EQ(a, 0x1000u);
    EXPECT_EQ(b, 0x1100u);
    EXPECT_EQ(c, 0x1300u);
    pool.free(a);
    EXPECT_EQ(pool.allocate(0x180, {}, "too large for the first hole"), 0x1400u);
    EXPECT_EQ(pool.allocate(0x80, {}, "fits"), 0x1000u);
    EXPECT_EQ(pool.used_bytes(), 0x200u + 0x100 + 0x180 + 0x80);
}

TEST(Pool, freed_neighbours_become_one_hole_again) {
    const std::vector<std::vector<int>> orders{{0, 1, 2}, {2, 1, 0}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}};
    for (const auto& order : orders) {
        Pool pool("p", {0, 0x300});
        const std::uint64_t at[] = {pool.allocate(0x100, {}, "a"), pool.allocate(0x100, {}, "b"),
                                    pool.allocate(0x100, {}, "c")};
        for (int i : order) EXPECT_EQ(pool.free(at[i]), (AddressRange{at[i], 0x100}));
        EXPECT_EQ(pool.largest_hole(), 0x300u);
        EXPECT_EQ(pool.allocate(0x300, {}, "all"), 0u);
    }
}

TEST(Pool, from_the_top_takes_the_highest_address_that_fits) {
    Pool pool("p", {0x1010, 0x2000});
    const auto ring = pool.allocate(0x100, {0x100}, "ring", From::top);
    EXPECT_EQ(ring, 0x2f00u);
    EXPECT_EQ(pool.allocate(0x10, {}, "behind its end", From::top), 0x3000u);
    const auto hole = pool.allocate(0x200, {}, "below", From::top);
    EXPECT_EQ(hole, 0x2d00u);
    EXPECT_EQ(pool.allocate(0x40, {}, "bottom"), 0x1010u);
    pool.free(ring);
    EXPECT_EQ(pool.allocate(0x180, {}, "too large for the highest hole", From::top), 0x2b80u);
    EXPECT_EQ(pool.allocate(0x80, {0x80}, "fits it", From::top), 0x2f80u);
    EXPECT_EQ(pool.used_bytes(), 0x10u + 0x200 + 0x40 + 0x180 + 0x80);
}

TEST(Pool, aligns_and_reuses_the_padding) {
    Pool pool("p", {0x10, 0x2000});
    EXPECT_EQ(pool.allocate(1, {4096}, "aligned"), 0x1000u);
    EXPECT_EQ(pool.allocate(0x20, {}, "padding"), 0x10u);
    EXPECT_EQ(pool.free_bytes(), 0x2000u - 0x21);
}

TEST(Pool, exhaustion_says_who_how_much_and_what_is_left) {
    Pool pool("sip0.cube3.pe5.hbm", {0, 1000});
    const auto a = pool.allocate(300, {}, "a");
    pool.allocate(400, {}, "b");
    pool.free(a);
    EXPECT_EQ(error_of([&] { pool.allocate(500, {64}, "tensor 'weights'"); }),
              "sip0.cube3.pe5.hbm: out of memory: tensor 'weights' asks for 500 bytes aligned to 64; 600 bytes are "
              "free, largest hole 300");
    try {
        pool.allocate(500, {64}, "w");
        FAIL();
    } catch (const OutOfMemory& error) {
        EXPECT_EQ(error.details().requested, 500u);
        EXPECT_EQ(error.details().free, 600u);
        EXPECT_EQ(error.details().largest_hole, 300u);
    }
    EXPECT_EQ(pool.allocate(300, {}, "still usable"), 0u);
    EXPECT_EQ(pool.allocate(300, {}, "the rest"), 700u);
    EXPECT_EQ(pool.free_bytes(), 0u);
    EXPECT_THAT(error_of([&] { pool.allocate(1, {}, "x"); }), HasSubstr("0 bytes are free, largest hole 0"));
    EXPECT_THROW(pool.allocate(UINT64_MAX, {1ull << 63}, "huge"), OutOfMemory);
}

TEST(Pool, wrong_frees_are_told_apart) {
    Pool pool("p", {0x1000, 0x1000});
    const auto a = pool.allocate(0x100, {}, "a");
    EXPECT_EQ(error_of([&] { pool.free(a + 4); }), "p: free of 0x1004, which lies inside the allocation 0x1000+0x100");
    EXPECT_EQ(error_of([&] { pool.free(0x10); }), "p: free of 0x10, which is outside of the pool (0x1000..0x2000)");
    pool.free(a);
    EXPECT_EQ(error_of([&] { pool.free(a); }), "p: free of 0x1000, which is not allocated (freed twice?)");
    EXPECT_EQ(pool.free_bytes(), 0x1000u);
}

TEST(Pool, rejects_nonsense) {
    Pool pool("p", {0, 64});
    EXPECT_EQ(error_of([&] { pool.allocate(0, {}, "a"); }), "p: a asks for 0 bytes");
    EXPECT_EQ(error_of([&] { pool.allocate(1, {3}, "a"); }), "p: a asks for alignment 3, which is not a power of two");
    EXPECT_THROW(pool.allocate(1, {0}, "a"), std::invalid_argument);
    EXPECT_THROW(Pool("p", {UINT64_MAX, 2}), std::invalid_argument);
    EXPECT_THROW(Pool("empty", {0, 0}).allocate(1, {}, "a"), OutOfMemory);
}

TEST(Pool, random_use_never_overlaps_and_returns_everything) {
    std::mt19937_64 random(7);
    constexpr AddressRange range{0x4010, 1 << 16};
    Pool pool("p", range);
    std::map<std::uint64_t, std::uint64_t> live;
    std::uint64_t used = 0;
    int exhausted = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (live.empty() || random() % 5 < 3) {
            const std::uint64_t bytes = 1 + random() % 3000, alignment = 1ull << (random() % 10);
            try {
                const std::uint64_t at = pool.allocate(bytes, {alignment}, "random");
                ASSERT_EQ(at % alignment, 0u);
                ASSERT_TRUE(range.contains(at) && range.contains(at + bytes - 1));
                const auto next = live.lower_bound(at);
                ASSERT_TRUE(next == live.end() || at + bytes <= next->first);
                ASSERT_TRUE(next == live.begin() || std::prev(next)->first + std::prev(next)->second <= at);
                live.emplace(at, bytes);
                used += bytes;
            } catch (const OutOfMemory&) {
                ++exhausted;
            }
        } else {
            const auto victim = std::next(live.begin(), static_cast<std::ptrdiff_t>(random() % live.size()));
            pool.free(victim->first);
            used -= victim->second;
            live.erase(victim);
        }
        ASSERT_EQ(pool.used_bytes(), used);
        ASSERT_EQ(pool.allocations(), live.size());
    }
    EXPECT_GT(exhausted, 100);
    for (const auto& [at, bytes] : live) pool.free(at);
    EXPECT_EQ(pool.largest_hole(), range.bytes);
}

constexpr DeviceMemory device{.sips = 16,
                              .cubes = 16,
                              .pes = 8,
                              .hbm_slice = {6ull << 30},
                              .tcm = {16 << 20},
                              .tcm_reserved = {4 << 20},
                              .sram = {32 << 20}};

TEST(DevicePools, addresses_carry_their_place) {
    DevicePools pools(device);
    const PeCoord pe{SipId{15}, CubeId{3}, PeId{5}};
    EXPECT_EQ(to_string(pools.allocate_hbm(pe, 100, {256}, "t")), "sip15.cube3.hbm+0x780000000");
    EXPECT_EQ(to_string(pools.allocate_hbm(pe, 100, {256}, "t")), "sip15.cube3.hbm+0x780000100");
    EXPECT_EQ(to_string(pools.allocate_tcm(pe, 100, {}, "t")), "sip15.cube3.pe5.tcm+0x400000");
    EXPECT_EQ(to_string(pools.allocate_sram(SipId{15}, CubeId{3}, 100, {}, "t")), "sip15.cube3.sram+0x0");
    // Another PE has memory of its own.
    EXPECT_EQ(pools.hbm({SipId{15}, CubeId{3}, PeId{4}}).used_bytes(), 0u);
}

TEST(DevicePools, free_finds_the_pool) {
    DevicePools pools(device);
    const PeCoord pe{SipId{1}, CubeId{2}, PeId{7}};
    const PhysAddr hbm = pools.allocate_hbm(pe, 100, {}, "t"), tcm = pools.allocate_tcm(pe, 100, {}, "t");
    const PhysAddr sram = pools.allocate_sram(pe.sip, pe.cube, 100, {}, "t");
    pools.free(hbm);
    pools.free(tcm);
    pools.free(sram);
    EXPECT_EQ(pools.hbm(pe).used_bytes() + pools.tcm(pe).used_bytes() + pools.sram(pe.sip, pe.cube).used_bytes(), 0u);
    EXPECT_THAT(error_of([&] { pools.free(hbm); }),
                HasSubstr("sip1.cube2.pe7.hbm: free of 0x0, which is not allocated"));
    EXPECT_EQ(error_of([&] { pools.free(PhysAddr::pe_cpu(pe)); }),
              "free of sip1.cube2.pe7.cpu+0x0, which is in no pool");
}

TEST(DevicePools, the_scheduler_keeps_its_part_of_the_tcm) {
    DevicePools pools(device);
    EXPECT_EQ(pools.tcm({}).range(), (AddressRange{4 << 20, 12 << 20}));
    EXPECT_THAT(error_of([&] { pools.allocate_tcm({}, (12 << 20) + 1, {}, "ring"); }),
                HasSubstr("sip0.cube0.pe0.tcm: out of memory: ring asks for 12582913 bytes"));
    EXPECT_THROW(DevicePools({.tcm = {1}, .tcm_reserved = {2}}), std::invalid_argument);
}

TEST(DevicePools, places_that_do_not_exist_are_errors) {
    DevicePools pools(device);
    EXPECT_EQ(error_of([&] {
                  pools.hbm({SipId{0}, CubeId{0}, PeId{8}});
              }),
              "no sip0.cube0.pe8: the system has 16 SIPs of 16 cubes of 8 PEs");
    EXPECT_THROW(pools.tcm({SipId{16}, CubeId{0}, PeId{0}}), std::out_of_range);
    EXPECT_THROW(pools.sram(SipId{0}, CubeId{16}), std::out_of_range);
}

TEST(VirtualAllocator, hands_out_whole_pages) {
    VirtualAllocator va;
    EXPECT_EQ(va.allocate(1, "a"), (AddressRange{0x1'0000'0000, 1}));
    EXPECT_EQ(va.allocate(4096, "b"), (AddressRange{0x1'0000'1000, 4096}));
    EXPECT_EQ(va.allocate(4097, "c"), (AddressRange{0x1'0000'2000, 4097}));
    EXPECT_EQ(va.allocate(1, "d").base, 0x1'0000'4000u);
    va.free(0x1'0000'0000);
    EXPECT_EQ(va.allocate(100, "e").base, 0x1'0000'0000u);
    EXPECT_EQ(va.allocate(1, {1 << 20}, "f").base, 0x1'0010'0000u);
    EXPECT_THROW(va.free(0x1'0000'0010), BadFree);
}

TEST(VirtualAllocator, ends_after_64_GiB) {
    VirtualAllocator va;
    EXPECT_THROW(va.allocate(UINT64_MAX, "wraps when rounded"), OutOfMemory);
    va.allocate(64ull << 30, "all");
    EXPECT_EQ(error_of([&] { va.allocate(1, "tensor 'x'"); }),
              "virtual address space: out of memory: tensor 'x' asks for 4096 bytes aligned to 4096; 0 bytes are free, "
              "largest hole 0");
    EXPECT_THROW(VirtualAllocator(sim::Bytes{3000}), std::invalid_argument);
}

}  // namespace
}  // namespace ahbm::runtime
