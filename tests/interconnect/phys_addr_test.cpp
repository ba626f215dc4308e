// SPDX-License-Identifier: Apache-2.0
#include "interconnect/protocol/phys_addr.h"
#include "interconnect/protocol/address_reference.h"
#include "interconnect/protocol/pseudo_channels.h"

#include <gmock/gmock.h>

#include <random>
#include <set>
#include <unordered_set>

namespace ahbm {
namespace {

using abi::WindowKind;
using testing::HasSubstr;

template <class Action>
std::string error_of(Action&& action) {
    try {
        action();
    } catch (const PhysAddrError& error) {
        return error.what();
    }
    return "no error";
}

/// Values at which a field of this many values may go wrong.
std::vector<std::uint64_t> extremes(std::uint64_t count) {
    const std::set<std::uint64_t> values{0, std::min<std::uint64_t>(1, count - 1), count / 2, count - 1};
    return {values.begin(), values.end()};
}

std::uint64_t bytes_of(const abi::Window& window, std::uint64_t resource) {
    const std::uint64_t bytes = window.resources.empty() ? 0 : window.resources[resource].bytes;
    return bytes != 0 ? bytes : window.offset.max() + 1;
}

Domain make(const abi::Window& window, const abi::Fields& f) {
    const bool cube = window.die == abi::DieKind::cube;
    const auto die = static_cast<std::uint32_t>(f.die);
    return {.sip = SipId{static_cast<std::uint32_t>(f.sip)},
            .window = window.kind,
            .cube = CubeId{cube ? die : 0},
            .io = IoChipletId{cube ? 0 : die},
            .pe = PeId{static_cast<std::uint32_t>(f.pe)},
            .resource = static_cast<std::uint8_t>(f.resource),
            .offset = f.offset};
}

void expect_round_trip(const Domain& domain) {
    const PhysAddr address = PhysAddr::encode(domain);
    ASSERT_EQ(address.raw() >> 51, 0u);
    ASSERT_EQ(decode(address.raw()), domain) << to_string(domain);
    ASSERT_EQ(address.domain(), domain);
    ASSERT_EQ(PhysAddr::parse(to_string(address)), address) << to_string(domain);
}

TEST(PhysAddr, bits_are_those_of_the_specification) {
    const PeCoord pe{SipId{1}, CubeId{3}, PeId{5}};
    const std::uint64_t sip1 = 1ull << 47, cube3 = 3ull << 42, io2 = 18ull << 42;
    EXPECT_EQ(PhysAddr::hbm(SipId{1}, CubeId{3}, 0x42).raw(), sip1 | cube3 | 1ull << 37 | 0x42);
    EXPECT_EQ(PhysAddr::pe_tcm(pe, 0x1234).raw(), sip1 | cube3 | 5ull << 30 | 0x1234);
    EXPECT_EQ(PhysAddr::pe_ipcq(pe, 8).raw(), sip1 | cube3 | 5ull << 30 | 6ull << 26 | 8);
    EXPECT_EQ(PhysAddr::mcpu(SipId{1}, CubeId{3}, abi::McpuResource::mailbox).raw(),
              sip1 | cube3 | 1ull << 34 | 1ull << 26);
    EXPECT_EQ(PhysAddr::cube_sem(SipId{1}, CubeId{3}, 16).raw(), sip1 | cube3 | 1ull << 34 | 4ull << 26 | 16);
    EXPECT_EQ(PhysAddr::cube_sram(SipId{1}, CubeId{3}, 7).raw(), sip1 | cube3 | 2ull << 34 | 7);
    EXPECT_EQ(PhysAddr::iocpu(SipId{1}, IoChipletId{2}, abi::IocpuResource::completion, 4).raw(),
              sip1 | io2 | 3ull << 32 | 4);
    EXPECT_EQ(PhysAddr::pcie_ep(SipId{1}, IoChipletId{2}).raw(), sip1 | io2 | 1ull << 36);
    EXPECT_EQ(PhysAddr::host_aperture(SipId{1}, IoChipletId{2}, 9).raw(), sip1 | io2 | 8ull << 36 | 9);
}

TEST(PhysAddr, firmware_encoders_agree_with_the_factories) {
    const PeCoord pe{SipId{15}, CubeId{15}, PeId{15}};
    EXPECT_EQ(abi::encode_pe_local({.sip = 15, .cube = 15, .pe = 15}, abi::PeResource::math, 12),
              PhysAddr::pe_local(pe, abi::PeResource::math, 12).raw());
    EXPECT_EQ(abi::encode_hbm({.sip = 2, .cube = 1}, 99), PhysAddr::hbm(SipId{2}, CubeId{1}, 99).raw());
    EXPECT_EQ(abi::encode_mcpu_local({.sip = 2, .cube = 1}, abi::McpuResource::cube_sem, 32),
              PhysAddr::cube_sem(SipId{2}, CubeId{1}, 32).raw());
    EXPECT_EQ(abi::encode_cube_sram({.sip = 2, .cube = 1}, 5), PhysAddr::cube_sram(SipId{2}, CubeId{1}, 5).raw());
    EXPECT_EQ(abi::encode_iocpu_local({.sip = 2, .io = 4}, abi::IocpuResource::csr, 5),
              PhysAddr::iocpu(SipId{2}, IoChipletId{4}, abi::IocpuResource::csr, 5).raw());
    EXPECT_EQ(abi::encode_host_aperture({.sip = 2, .io = 4}, 5),
              PhysAddr::host_aperture(SipId{2}, IoChipletId{4}, 5).raw());
}

TEST(PhysAddr, round_trips_at_every_extreme) {
    for (const abi::Window& w : abi::windows)
        for (std::uint64_t sip : extremes(16))
            for (std::uint64_t die : extremes(abi::die_of(w.die).count))
                for (std::uint64_t pe : extremes(w.pe.max() + 1))
                    for (std::uint64_t r = 0; r < std::max<std::size_t>(w.resources.size(), 1); ++r)
                        for (std::uint64_t offset : extremes(bytes_of(w, r)))
                            expect_round_trip(
                                make(w, {.sip = sip, .die = die, .pe = pe, .resource = r, .offset = offset}));
}

TEST(PhysAddr, round_trips_at_random) {
    std::mt19937_64 random(51);
    for (int i = 0; i < 100'000; ++i) {
        const abi::Window& w = abi::windows[random() % abi::windows.size()];
        const std::uint64_t r = w.resources.empty() ? 0 : random() % w.resources.size();
        expect_round_trip(make(w, {.sip = random() % 16,
                                   .die = random() % abi::die_of(w.die).count,
                                   .pe = random() % (w.pe.max() + 1),
                                   .resource = r,
                                   .offset = random() % bytes_of(w, r)}));
    }
}

TEST(PhysAddr, any_integer_decodes_to_what_encodes_back_or_faults) {
    std::mt19937_64 random(64);
    int decoded = 0;
    for (int i = 0; i < 200'000; ++i) {
        // Every width, so that not all draws exceed 51 bits; sparse bits, so that reserved fields are often 0.
        const std::uint64_t raw = (i % 2 == 0 ? random() : random() & random() & random()) >> (random() % 64);
        const auto result = try_decode(raw);
        if (const auto* domain = std::get_if<Domain>(&result)) {
            ++decoded;
            ASSERT_EQ(PhysAddr::encode(*domain).raw(), raw);
        } else {
            ASSERT_FALSE(to_string(std::get<AddressFault>(result)).empty());
            ASSERT_THROW(PhysAddr::from_raw(raw), PhysAddrError);
        }
    }
    EXPECT_GT(decoded, 10'000);
}

TEST(PhysAddr, decode_names_the_wrong_field) {
    const auto fault = [](std::uint64_t raw) { return error_of([&] { decode(raw); }); };
    EXPECT_EQ(fault(1ull << 51), "address 0x8000000000000: more than 51 bits");
    EXPECT_EQ(fault(23ull << 42), "address 0x5c0000000000: die_id 23 is reserved (highest valid 20)");
    EXPECT_THAT(fault(1ull << 39), HasSubstr("local_offset[41:38] 2 is not populated (highest valid 0)"));
    EXPECT_THAT(fault(16ull << 42 | 1ull << 41), HasSubstr("local_offset[41:40] 2 is not populated"));
    EXPECT_THAT(fault(5ull << 34), HasSubstr("window 5 is reserved (highest valid 2)"));
    EXPECT_THAT(fault(16ull << 42 | 5ull << 36), HasSubstr("unit 5 is reserved (highest valid 8)"));
    EXPECT_THAT(fault(10ull << 26), HasSubstr("resource 10 is reserved (highest valid 9)"));
    EXPECT_THAT(fault(1ull << 34 | 7ull << 26), HasSubstr("resource 7 is reserved (highest valid 6)"));
    EXPECT_THAT(fault(16ull << 42 | 4ull << 32), HasSubstr("resource 4 is reserved (highest valid 3)"));
    EXPECT_THAT(fault(1ull << 34 | 3ull << 30), HasSubstr("mcpu_local[33:30] 3 is reserved (highest valid 0)"));
    EXPECT_THAT(fault(1ull << 34 | 4ull << 26 | 0x4000),
                HasSubstr("offset 0x4000 is not populated (highest valid 0x3fff)"));
}

TEST(PhysAddr, decode_knows_what_the_configuration_populates) {
    const MemoryMap map{.sips = 2,
                        .cubes = 4,
                        .io_chiplets = 1,
                        .pes = 8,
                        .hbm_slice = {6ull << 30},
                        .tcm = {16 << 20},
                        .sram = {32 << 20}};
    const auto fault = [&](PhysAddr address) { return error_of([&] { decode(address.raw(), map); }); };
    EXPECT_THAT(fault(PhysAddr::hbm(SipId{2}, CubeId{0}, 0)), HasSubstr("sip_id 2 is not populated (highest valid 1)"));
    EXPECT_THAT(fault(PhysAddr::hbm(SipId{1}, CubeId{4}, 0)), HasSubstr("cube 4 is not populated (highest valid 3)"));
    EXPECT_THAT(fault(PhysAddr::pcie_ep(SipId{1}, IoChipletId{1})), HasSubstr("io 1 is not populated"));
    EXPECT_THAT(fault(PhysAddr::pe_cpu({SipId{1}, CubeId{3}, PeId{8}})), HasSubstr("pe_id 8 is not populated"));
    EXPECT_THAT(fault(PhysAddr::pe_tcm({}, 16 << 20)), HasSubstr("offset 0x1000000 is not populated"));
    EXPECT_THAT(fault(PhysAddr::cube_sram({}, {}, 32 << 20)), HasSubstr("offset 0x2000000 is not populated"));
    EXPECT_THAT(fault(PhysAddr::hbm({}, {}, 48ull << 30)), HasSubstr("offset 0xc00000000 is not populated"));
    const PhysAddr last = PhysAddr::hbm(SipId{1}, CubeId{3}, (48ull << 30) - 1);
    EXPECT_EQ(decode(last.raw(), map), last.domain());
    EXPECT_EQ(map.hbm_owner(last.domain().offset), PeId{7});
    EXPECT_EQ(map.hbm_slice_offset(last.domain().offset), (6ull << 30) - 1);
    EXPECT_EQ(PhysAddr::pe_hbm({SipId{1}, CubeId{3}, PeId{7}}, map.hbm_slice, (6ull << 30) - 1), last);
}

TEST(PhysAddr, factories_reject_what_has_no_address) {
    EXPECT_EQ(error_of([] { PhysAddr::hbm(SipId{16}, CubeId{0}, 0); }),
              "HBM address: sip_id 16 is out of range (highest valid 15)");
    EXPECT_EQ(error_of([] { PhysAddr::cube_sram(SipId{0}, CubeId{16}, 0); }),
              "CUBE_SRAM address: cube 16 is out of range (highest valid 15)");
    EXPECT_EQ(error_of([] { PhysAddr::pcie_ep(SipId{0}, IoChipletId{5}); }),
              "PCIE_EP address: io 5 is out of range (highest valid 4)");
    EXPECT_EQ(error_of([] {
                  PhysAddr::pe_cpu({SipId{0}, CubeId{0}, PeId{16}});
              }),
              "PE_LOCAL address: pe_id 16 is out of range (highest valid 15)");
    EXPECT_EQ(error_of([] { PhysAddr::pe_tcm({}, 1 << 26); }),
              "PE_LOCAL address: offset 0x4000000 is out of range (highest valid 0x3ffffff)");
    EXPECT_EQ(error_of([] { PhysAddr::cube_sem({}, {}, 0x4000); }),
              "MCPU_LOCAL address: offset 0x4000 is not populated (highest valid 0x3fff)");
    EXPECT_EQ(error_of([] { PhysAddr::pe_hbm({}, sim::Bytes{0x1000}, 0x1000); }),
              "HBM slice address: offset 0x1000 is not populated (highest valid 0xfff)");
    EXPECT_EQ(error_of([] {
                  PhysAddr::pe_hbm({{}, {}, PeId{16}}, sim::Bytes{0x1000}, 0);
              }),
              "HBM slice address: pe_id 16 is out of range (highest valid 15)");
    EXPECT_THAT(error_of([] {
                    PhysAddr::pe_hbm({{}, {}, PeId{15}}, sim::Bytes{1ull << 37}, 0);
                }),
                HasSubstr("HBM address: offset 0x1e000000000 is out of range"));
    EXPECT_EQ(error_of([] { PhysAddr::encode({.window = WindowKind::hbm, .pe = PeId{3}}); }),
              "HBM address: pe_id 3 is out of range (highest valid 0)");
    EXPECT_EQ(error_of([] { PhysAddr::encode({.window = WindowKind::pcie_ep, .cube = CubeId{3}}); }),
              "PCIE_EP address: cube 3 is out of range (highest valid 0)");
}

TEST(PhysAddr, plus_stays_within_the_resource) {
    const PhysAddr base = PhysAddr::pe_tcm({}, 0x100);
    EXPECT_EQ(base.plus(0x20), PhysAddr::pe_tcm({}, 0x120));
    EXPECT_THAT(error_of([&] { base.plus(1 << 26); }), HasSubstr("offset 0x4000100 is out of range"));
    EXPECT_THAT(error_of([&] { base.plus(UINT64_MAX); }), HasSubstr("out of range"));
}

TEST(PhysAddr, prints_and_parses) {
    EXPECT_EQ(to_string(PhysAddr::pe_tcm({SipId{1}, CubeId{3}, PeId{5}}, 0x1234)), "sip1.cube3.pe5.tcm+0x1234");
    EXPECT_EQ(to_string(PhysAddr::hbm(SipId{1}, CubeId{3}, 0)), "sip1.cube3.hbm+0x0");
    EXPECT_EQ(to_string(PhysAddr::cube_sem(SipId{0}, CubeId{15}, 64)), "sip0.cube15.m_cpu.cube_sem+0x40");
    EXPECT_EQ(to_string(PhysAddr::iocpu(SipId{0}, IoChipletId{4}, abi::IocpuResource::mailbox)),
              "sip0.io4.io_cpu.mailbox+0x0");
    EXPECT_EQ(to_string(PhysAddr::host_aperture(SipId{0}, IoChipletId{0}, 1)), "sip0.io0.host+0x1");

    const PhysAddr tcm = PhysAddr::pe_tcm({SipId{1}, CubeId{3}, PeId{5}}, 0x10);
    EXPECT_EQ(PhysAddr::parse("system.sip1.cube3.pe5.tcm+16"), tcm);
    EXPECT_EQ(PhysAddr::parse("0x8c0140000010"), tcm);
    EXPECT_EQ(PhysAddr::parse("sip1.cube3.sram"), PhysAddr::cube_sram(SipId{1}, CubeId{3}, 0));
    EXPECT_EQ(PhysAddr::parse("sip1.cube3.pe5.hbm+0x10", {.hbm_slice = {0x1000}}),
              PhysAddr::hbm(SipId{1}, CubeId{3}, 0x5010));
}

TEST(PhysAddr, parse_says_what_it_expected) {
    const auto fault = [](std::string_view text) { return error_of([&] { PhysAddr::parse(text); }); };
    EXPECT_EQ(fault(""), "address '': '' found, expected sip<n>");
    EXPECT_EQ(fault("sip1"), "address 'sip1': '' found, expected cube<n> or io<n>");
    EXPECT_THAT(fault("sip1.cube3.flash+0x0"), HasSubstr("'flash' found, expected one of hbm, pe<n>, m_cpu, sram"));
    EXPECT_THAT(fault("sip1.io0.hbm+0x0"), HasSubstr("expected one of io_cpu, pcie_ep, io_noc, io_ucie, host"));
    EXPECT_THAT(fault("sip1.cube3.pe5.dmma+0x0"), HasSubstr("'dmma' found, expected one of tcm, scratch, "));
    EXPECT_THAT(fault("sip1.cube3.pe5.hbm+0x0"), HasSubstr("expected a known slice size"));
    EXPECT_THAT(fault("sip1.cube3.sram+"), HasSubstr("'' found, expected an offset"));
    EXPECT_THAT(fault("sip1.cube3.sram+0x1g"), HasSubstr("'0x1g' found, expected an offset"));
    EXPECT_THAT(fault("sip1.cube3.sram+0x10000000000000000"), HasSubstr("expected an offset"));
    EXPECT_THAT(fault("sip1.cube3.sram.x+0x1"), HasSubstr("'x' found, expected '+'"));
    EXPECT_THAT(fault("sip1.cube3.sram.+0x1"), HasSubstr("expected no '.' at the end"));
    EXPECT_THAT(fault("sip1.cube16.sram+0x1"), HasSubstr("cube 16 is out of range"));
    EXPECT_THAT(fault("sip99999999999.cube1.sram+0x1"), HasSubstr("expected sip<n>"));
    EXPECT_THAT(fault("0xzz"), HasSubstr("not a 64-bit hexadecimal number"));
    EXPECT_THAT(fault("0x8000000000000"), HasSubstr("more than 51 bits"));
}

TEST(PhysAddr, is_an_ordered_hashable_value) {
    const PhysAddr low = PhysAddr::pe_tcm({}, 1), high = PhysAddr::pe_tcm({SipId{1}, {}, {}}, 0);
    EXPECT_LT(low, high);
    EXPECT_NE(low, high);
    EXPECT_EQ((std::unordered_set<PhysAddr>{low, high, low}.size()), 2u);
    EXPECT_EQ(PhysAddr{}, PhysAddr::pe_tcm({}, 0));
    EXPECT_TRUE(low.domain().is(abi::PeResource::tcm));
    EXPECT_FALSE(low.domain().is(abi::McpuResource::sram));
}

TEST(AddressReference, lists_every_row_of_the_table) {
    const std::string page = address_reference_markdown();
    EXPECT_THAT(page, HasSubstr("| die_id | 46:42 |"));
    EXPECT_THAT(page, HasSubstr("| io | 16..20 | 41:40 |"));
    EXPECT_THAT(page, HasSubstr("| cube | HBM | `hbm` | 37 = 1 |  |  | 36:0 | 128 GiB |"));
    EXPECT_THAT(page, HasSubstr("MCPU_LOCAL | `m_cpu.<resource>` | 37:34 = 1, 33:30 = 0 |  | 29:26 | 25:0 | 64 MiB |"));
    EXPECT_THAT(page, HasSubstr("| 4 | cube_sem | 16 KiB | semaphore flag block |"));
    for (const abi::Window& w : abi::windows) {
        EXPECT_THAT(page, HasSubstr(std::string(w.title)));
        for (const abi::Resource& r : w.resources) EXPECT_THAT(page, HasSubstr("| " + std::string(r.name) + " |"));
    }
}

TEST(PseudoChannels, stripe_bursts) {
    const PseudoChannels channels(sim::Bytes{256}, 8);
    EXPECT_EQ(channels.channel_of(0), 0u);
    EXPECT_EQ(channels.channel_of(255), 0u);
    EXPECT_EQ(channels.channel_of(256), 1u);
    EXPECT_EQ(channels.channel_of(7 * 256), 7u);
    EXPECT_EQ(channels.channel_of(8 * 256), 0u);
    EXPECT_EQ(channels.channel_of((1ull << 40) + 3 * 256 + 17), 3u);
}

TEST(PseudoChannels, reject_what_is_no_power_of_two) {
    for (std::uint64_t burst : {0, 3, 255})
        EXPECT_THROW(PseudoChannels(sim::Bytes{burst}, 8), std::invalid_argument) << burst;
    for (std::uint32_t count : {0u, 6u, 7u})
        EXPECT_THROW(PseudoChannels(sim::Bytes{256}, count), std::invalid_argument) << count;
}

}  // namespace
}  // namespace ahbm
