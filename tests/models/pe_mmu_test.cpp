// SPDX-License-Identifier: Apache-2.0
// PeMmu and PageTable: mappings of any size, one look-up at a time, 0.5 ns each by default.
#include "models/pe_contract/translation.h"
#include "models/pe_mmu/pe_mmu.h"
#include "tests/support/sim_test.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <map>
#include <optional>
#include <random>

namespace ahbm::test {
namespace {

using abi::MmuError;
using namespace sim::literals;

constexpr std::uint64_t kib = 1024;

// --- the table ----------------------------------------------------------------------------------------------------

TEST(PageTable, FindsEveryByteOfAMappingAndNoOther) {
    PageTable table(16);
    EXPECT_EQ(table.map({0x1001, 0x9003, 5}), MmuError::none) << "any size, any alignment";
    EXPECT_FALSE(table.find(0x1000));
    ASSERT_TRUE(table.find(0x1001));
    EXPECT_EQ(table.find(0x1001)->physical_address, 0x9003u);
    EXPECT_EQ(table.find(0x1001)->bytes, 5u);
    EXPECT_EQ(table.find(0x1005)->physical_address, 0x9007u);
    EXPECT_EQ(table.find(0x1005)->bytes, 1u);
    EXPECT_FALSE(table.find(0x1006));
}

TEST(PageTable, TakesTheSameMappingAgainAndNoOtherOfItsBytes) {
    PageTable table(16);
    EXPECT_EQ(table.map({0x1000, 0x9000, 256}), MmuError::none);
    EXPECT_EQ(table.map({0x1000, 0x9000, 256}), MmuError::none);
    EXPECT_EQ(table.map({0x1080, 0x9080, 128}), MmuError::none) << "a part of it";
    EXPECT_EQ(table.map({0x1080, 0x9081, 128}), MmuError::overlap);
    EXPECT_EQ(table.map({0x10FF, 0xA000, 1}), MmuError::overlap);
    EXPECT_EQ(table.map({0x0FFF, 0xA000, 2}), MmuError::overlap);
    EXPECT_EQ(table.map({0x1080, 0x9080, 129}), MmuError::overlap) << "beyond its end";
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.find(0x1080)->physical_address, 0x9080u) << "a refused mapping changes nothing";
}

TEST(PageTable, JoinsWhatContinuesAMapping) {
    PageTable table(1);
    EXPECT_EQ(table.map({0x1000, 0x9000, 256}), MmuError::none);
    EXPECT_EQ(table.map({0x1100, 0x9100, 256}), MmuError::none);
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.find(0x1000)->bytes, 512u);
    EXPECT_EQ(table.map({0x1200, 0xA000, 256}), MmuError::table_full) << "it lies elsewhere: a mapping of its own";
}

TEST(PageTable, UnmapsAnyPartOfWhatIsMapped) {
    PageTable table(16);
    table.map({0x1000, 0x9000, 256});
    table.map({0x1100, 0x5000, 256});
    EXPECT_EQ(table.unmap(0x1040, 256), MmuError::none) << "parts of two";
    EXPECT_EQ(table.find(0x103F)->bytes, 1u);
    EXPECT_FALSE(table.find(0x1040));
    EXPECT_FALSE(table.find(0x113F));
    EXPECT_EQ(table.find(0x1140)->physical_address, 0x5040u);
    EXPECT_EQ(table.find(0x1140)->bytes, 192u);
    EXPECT_EQ(table.unmap(0x1000, 65), MmuError::not_mapped) << "one byte of it is not";
    EXPECT_TRUE(table.find(0x1000)) << "and nothing is unmapped then";
}

TEST(PageTable, RefusesEmptyRangesAndThoseBeyondTheAddressSpace) {
    PageTable table(16);
    EXPECT_EQ(table.map({0x1000, 0x9000, 0}), MmuError::bad_command);
    EXPECT_EQ(table.map({UINT64_MAX - 1, 0x9000, 4}), MmuError::bad_command);
    EXPECT_EQ(table.unmap(0x1000, 0), MmuError::bad_command);
    EXPECT_EQ(table.unmap(UINT64_MAX - 1, 4), MmuError::bad_command);
}

TEST(PageTable, KnowsTheNearestMapping) {
    PageTable table(16);
    EXPECT_FALSE(table.nearest(0));
    table.map({0x1000, 0x9000, 0x100});
    table.map({0x2000, 0xA000, 0x100});
    EXPECT_EQ(table.nearest(0)->virtual_address, 0x1000u);
    EXPECT_EQ(table.nearest(0x1101)->virtual_address, 0x1000u);
    EXPECT_EQ(table.nearest(0x1F00)->virtual_address, 0x2000u);
    EXPECT_EQ(table.nearest(0x9999)->virtual_address, 0x2000u);
}

TEST(PageTable, IsAsAMapOfSingleBytesWouldBe) {
    std::mt19937 random(1);
    PageTable table(SIZE_MAX);
    std::map<std::uint64_t, std::uint64_t> bytes;
    for (int i = 0; i < 3000; ++i) {
        const std::uint64_t at = random() % 64, size = 1 + random() % 12, to = at + 1000 * (random() % 2);
        bool all = true, clash = false;
        for (std::uint64_t b = 0; b < size; ++b) {
            const auto found = bytes.find(at + b);
            all &= found != bytes.end();
            clash |= found != bytes.end();
        }
        if (random() % 2 != 0) {
            ASSERT_EQ(table.unmap(at, size), all ? MmuError::none : MmuError::not_mapped);
            for (std::uint64_t b = 0; all && b < size; ++b) bytes.erase(at + b);
        } else if (!clash) {
            ASSERT_EQ(table.map({at, to, size}), MmuError::none);
            for (std::uint64_t b = 0; b < size; ++b) bytes[at + b] = to + b;
        }
        for (std::uint64_t b = 0; b < 80; ++b) {
            const auto hit = table.find(b);
            ASSERT_EQ(hit.has_value(), bytes.contains(b)) << b;
            if (hit) {
                ASSERT_EQ(hit->physical_address, bytes[b]) << b;
            }
        }
    }
}

// --- the unit -----------------------------------------------------------------------------------------------------

struct MmuBench {
    struct User : sc_core::sc_module {
        tlm_utils::simple_initiator_socket<User> translate{"translate"}, registers{"registers"};
        explicit User(const sc_core::sc_module_name& name) : sc_module(name) {}
    };
    PeMmu mmu;
    User user{"user"};
    explicit MmuBench(const PeMmuConfig& config = {}) : mmu("mmu", config) {
        user.translate.bind(mmu.translate);
        user.registers.bind(mmu.registers);
    }
    struct Result {
        bool ok;
        sim::Time end;  ///< counted from now
        Translation translation;
    };
    Result look_up(std::uint64_t address, sim::Time start = {}) {
        Result result{};
        tlm::tlm_generic_payload payload;
        payload.set_address(address);
        payload.set_extension(&result.translation);
        sc_core::sc_time delay = sim::to_sc_time(start);
        user.translate->b_transport(payload, delay);
        payload.clear_extension(&result.translation);
        result.ok = payload.is_response_ok();
        result.end = sim::from_sc_time(delay);
        return result;
    }
    template <class T>
    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t offset, T& data,
                                    std::size_t bytes = sizeof(T)) {
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(offset);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
        payload.set_data_length(static_cast<unsigned>(bytes));
        sc_core::sc_time delay;
        user.registers->b_transport(payload, delay);
        EXPECT_EQ(delay, sc_core::SC_ZERO_TIME);
        return payload.get_response_status();
    }
    bool command(abi::MmuCommand command) {
        return access(tlm::TLM_WRITE_COMMAND, abi::mmu_command_offset, command) == tlm::TLM_OK_RESPONSE;
    }
    bool map(std::uint64_t from, std::uint64_t to, std::uint64_t bytes) {
        return command({.virtual_address = from, .physical_address = to, .bytes = bytes});
    }
    abi::MmuRefusal refusal() {
        abi::MmuRefusal refusal;
        EXPECT_EQ(access(tlm::TLM_READ_COMMAND, abi::mmu_refusal_offset, refusal), tlm::TLM_OK_RESPONSE);
        return refusal;
    }
};

TEST(PeMmu, LooksUpOneAddressAtATime) {
    MmuBench bench({.lookup = 2_ns});
    simulate([&] {
        bench.map(0, 0, 64 * kib);
        EXPECT_EQ(bench.look_up(0).end, 2_ns);
        EXPECT_EQ(bench.look_up(0).end, 4_ns) << "the same one again takes as long: there is no cache";
        EXPECT_EQ(bench.look_up(0, 3_ns).end, 6_ns);
        EXPECT_EQ(bench.look_up(0, 10_ns).end, 12_ns);
        EXPECT_EQ(bench.look_up(1u << 30, 10_ns).end, 14_ns) << "a fault is found no faster";
        sc_core::wait(20, sc_core::SC_NS);
        EXPECT_EQ(bench.look_up(0).end, 2_ns);
    });
    EXPECT_EQ(bench.mmu.lookups(), 6u);
}

TEST(PeMmu, TranslationEndsWithThePageOrTheMapping) {
    MmuBench bench;
    simulate([&] {
        bench.map(0x1800, 0x100, 6 * kib);  // until 0x3000
        const auto first = bench.look_up(0x1900);
        EXPECT_TRUE(first.ok);
        EXPECT_EQ(first.translation.physical_address, 0x200u);
        EXPECT_EQ(first.translation.bytes, 0x700u) << "the page of 4 KiB ends at 0x2000";
        EXPECT_EQ(bench.look_up(0x2000).translation.bytes, 4 * kib);
        EXPECT_EQ(bench.look_up(0x2FFF).translation.bytes, 1u);
        bench.map(0x3000, 0x7000, 16);
        EXPECT_EQ(bench.look_up(0x3004).translation.bytes, 12u) << "the mapping ends before the page";
    });
}

TEST(PeMmu, FaultNamesTheAddressAndTheNearestMapping) {
    MmuBench bench;
    simulate([&] {
        EXPECT_FALSE(bench.look_up(0x42).ok);
        EXPECT_EQ(bench.look_up(0x42).translation.fault, "virtual address 0x42 is not mapped; nothing is mapped");
        bench.map(0x1000, 0, 0x100);
        EXPECT_EQ(bench.look_up(0x1100).translation.fault,
                  "virtual address 0x1100 is not mapped; the nearest mapping is [0x1000, 0x1100)");
    });
}

TEST(PeMmu, RegistersMapAndUnmap) {
    MmuBench bench;
    simulate([&] {
        EXPECT_TRUE(bench.map(0x1000, 0x2000, 512));
        EXPECT_TRUE(bench.command({.virtual_address = 0x1100, .bytes = 256, .operation = abi::MmuOperation::unmap}));
        EXPECT_TRUE(bench.look_up(0x10FF).ok);
        EXPECT_FALSE(bench.look_up(0x1100).ok);
        EXPECT_EQ(bench.refusal().error, MmuError::none);
    });
}

TEST(PeMmu, KeepsTheFirstRefusalUntilItIsRead) {
    MmuBench bench({.entries = 1});
    simulate([&] {
        EXPECT_FALSE(bench.command({.virtual_address = 0x50, .bytes = 1, .operation = abi::MmuOperation::unmap}));
        EXPECT_TRUE(bench.map(0x1000, 0x2000, 512));
        EXPECT_FALSE(bench.map(0x1000, 0x3000, 512));
        const abi::MmuRefusal first = bench.refusal();
        EXPECT_EQ(first.error, MmuError::not_mapped);
        EXPECT_EQ(first.virtual_address, 0x50u);
        EXPECT_EQ(bench.refusal().error, MmuError::none) << "reading clears it";
        EXPECT_FALSE(bench.map(0x1100, 0x3000, 512));
        EXPECT_EQ(bench.refusal().error, MmuError::overlap);
        EXPECT_FALSE(bench.map(0x8000, 0x9000, 1));
        EXPECT_EQ(bench.refusal().error, MmuError::table_full);
        EXPECT_FALSE(bench.map(0x8000, UINT64_MAX, 1));
        EXPECT_EQ(bench.refusal().error, MmuError::physical_address);
        EXPECT_FALSE(bench.command({.bytes = 1, .operation = abi::MmuOperation{7}}));
        EXPECT_EQ(bench.refusal().error, MmuError::bad_command);
    });
}

TEST(PeMmu, RefusesOtherAccessesToItsRegisters) {
    MmuBench bench;
    simulate([&] {
        abi::MmuCommand command{.bytes = 1};
        EXPECT_EQ(bench.access(tlm::TLM_WRITE_COMMAND, abi::mmu_command_offset, command, 31),
                  tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(bench.refusal().error, MmuError::bad_command) << "wrong size";
        EXPECT_EQ(bench.access(tlm::TLM_WRITE_COMMAND, 8, command), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(bench.access(tlm::TLM_READ_COMMAND, abi::mmu_command_offset, command),
                  tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(bench.mmu.table().size(), 0u);
    });
}

TEST(PeMmu, ForgetsMappingsAndRefusalWithAReset) {
    MmuBench bench;
    simulate([&] {
        bench.map(0x1000, 0x2000, 512);
        bench.map(0x1000, 0x3000, 512);
        bench.mmu.reset();
        EXPECT_EQ(bench.mmu.table().size(), 0u);
        EXPECT_EQ(bench.refusal().error, MmuError::none);
        EXPECT_FALSE(bench.look_up(0x1000).ok);
    });
}

}  // namespace
}  // namespace ahbm::test
