// SPDX-License-Identifier: Apache-2.0
/// What init_process_group sends to the PEs, on a machine that only writes it down.
#include "sw_runtime/ranks/rank.h"
#include "tests/sw_runtime/functional_machine.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

namespace ahbm::runtime::test {
namespace {

using testing::ElementsAre;

struct Wired {
    Wired() : machine(config()) {}
    static FunctionalMachine::Config config() {
        FunctionalMachine::Config config;
        config.sips = 3;
        return config;
    }
    void run(const std::function<void(Rank&)>& program) {
        spawn(
            ctx,
            [&](Rank& rank) {
                rank.set_device(rank.rank());
                rank.init_process_group("ahbm");
                program(rank);
            },
            3);
    }
    FunctionalMachine machine;
    Context ctx{machine};
};

struct Ring {
    std::uint64_t base = 0, bytes = 0;
};

std::map<std::string, Ring> rings_of(const FunctionalMachine& machine) {
    std::map<std::string, Ring> rings;
    for (const abi::IpcqInit& init : machine.inits)
        for (const abi::QueuePairEntry& queue : init.queues)
            rings[std::to_string(init.header.sip) + std::string(abi::direction_of(queue))] = {
                queue.rx_base, std::uint64_t{queue.n_slots} * queue.slot_bytes};
    return rings;
}

TEST(Install, EveryEndKnowsTheRingOfItsPeer) {
    Wired bench;
    bench.run([](Rank&) {});
    ASSERT_EQ(bench.machine.inits.size(), 3u) << "one per PE";
    auto rings = rings_of(bench.machine);
    ASSERT_EQ(rings.size(), 6u);
    for (const abi::IpcqInit& init : bench.machine.inits) {
        EXPECT_EQ(init.header.cube_mask, 1);
        EXPECT_EQ(init.header.pe_mask, 1);
        for (const abi::QueuePairEntry& queue : init.queues) {
            const bool east = abi::direction_of(queue) == "E";
            EXPECT_EQ(queue.peer_sip, (init.header.sip + (east ? 1 : 2)) % 3);
            EXPECT_EQ(queue.peer_rx_base, rings[std::to_string(queue.peer_sip) + (east ? "W" : "E")].base);
        }
    }
}

TEST(Install, RingsLieAtTheTopOfTcmAndApart) {
    Wired bench;
    bench.run([](Rank&) {});
    const std::uint64_t tcm = bench.machine.machine().memory.tcm;
    for (const auto& [name, ring] : rings_of(bench.machine)) {
        const Domain place = decode(ring.base);
        EXPECT_TRUE(place.is(abi::PeResource::tcm)) << name;
        EXPECT_GE(place.offset, tcm / 2) << name;
        for (const auto& [other, another] : rings_of(bench.machine)) {
            if (name == other) continue;
            EXPECT_TRUE(ring.base + ring.bytes <= another.base || another.base + another.bytes <= ring.base);
        }
    }
}

TEST(Install, DestroyGivesTheRingsBackAndTheNextGroupGetsTheSame) {
    Wired bench;
    bench.run([](Rank& rank) {
        rank.destroy_process_group();
        rank.init_process_group("ahbm");
    });
    ASSERT_EQ(bench.machine.inits.size(), 6u);
    EXPECT_EQ(bench.machine.resets.size(), 6u) << "what the program forgot is removed at its end";
    std::vector<std::uint64_t> first, second;
    for (std::size_t i = 0; i < 6; ++i)
        for (const abi::QueuePairEntry& queue : bench.machine.inits[i].queues)
            (i < 3 ? first : second).push_back(queue.rx_base);
    EXPECT_THAT(second, testing::UnorderedElementsAreArray(first));
}

TEST(Install, SubgroupsHaveQueueGroupsOfTheirOwn) {
    Wired bench;
    bench.run([](Rank& rank) { rank.new_group({0, 2}); });
    std::vector<std::uint16_t> groups;
    for (const abi::IpcqInit& init : bench.machine.inits) groups.push_back(init.group);
    EXPECT_THAT(groups, ElementsAre(0, 0, 0, 1, 1));
    std::vector<std::uint64_t> bases;
    for (const abi::IpcqInit& init : bench.machine.inits)
        for (const abi::QueuePairEntry& queue : init.queues) bases.push_back(queue.rx_base);
    std::sort(bases.begin(), bases.end());
    EXPECT_EQ(std::adjacent_find(bases.begin(), bases.end()), bases.end()) << "no ring is shared";
}

TEST(Install, ARankThatFailsLeavesNoQueuesBehind) {
    Wired bench;
    EXPECT_EQ(error_of([&] {
                  bench.run([](Rank& rank) {
                      if (rank.rank() == 1) throw std::runtime_error("no");
                      rank.barrier();
                  });
              }),
              "rank 1: no");
    EXPECT_GE(bench.machine.inits.size(), 3u);
    EXPECT_EQ(bench.machine.resets.size(), bench.machine.inits.size());
    EXPECT_TRUE(bench.machine.launches.empty()) << "no barrier was launched";
}

}  // namespace
}  // namespace ahbm::runtime::test
