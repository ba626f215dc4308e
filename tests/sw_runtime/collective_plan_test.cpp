// SPDX-License-Identifier: Apache-2.0
// From ccl.yaml to queue pairs, without a platform.
#include "sim/config/config.h"
#include "sw_runtime/collectives/plan_text.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace ahbm::runtime::test {
namespace {

using ::testing::HasSubstr;

PeCoord pe(std::uint32_t sip, std::uint32_t cube, std::uint32_t number) {
    return {SipId{sip}, CubeId{cube}, PeId{number}};
}

CclConfig shipped(const std::vector<std::string>& overrides = {}) {
    return config::load_file<CclConfig>(AHBM_SOURCE_DIR "/configs/ccl.yaml", overrides);
}

CollectiveMachine machine(std::uint32_t sips, SipWiring wiring = SipWiring::ring, std::uint32_t w = 0,
                          std::uint32_t h = 1) {
    CollectiveMachine machine;
    for (std::uint32_t s = 0; s < sips; ++s) machine.sips.push_back(SipId{s});
    machine.sip_w = w == 0 ? sips : w;
    machine.sip_h = h;
    machine.wiring = wiring;
    machine.cube_w = machine.cube_h = 4;
    machine.pes = 8;
    return machine;
}

RingAllocator bump() {
    return [end = std::uint64_t{0}](PeCoord, abi::BufferKind, std::uint64_t bytes) mutable {
        return (end += bytes) - bytes;
    };
}

InstallPlan plan_of(const std::string& algorithm, const CollectiveMachine& on,
                    const std::vector<std::string>& overrides = {}) {
    return build_install_plan(shipped(overrides), algorithm, on, bump());
}

/// direction -> peer and the direction by which the peer knows us.
std::map<std::string, std::pair<PeCoord, std::string>> neighbours(const InstallPlan& plan, PeCoord at) {
    std::map<std::string, std::pair<PeCoord, std::string>> all;
    for (const PePlan& each : plan.pes)
        if (each.at == at)
            for (const QueuePairPlan& queue : each.queues) all[queue.direction] = {queue.peer, queue.peer_direction};
    return all;
}

/// What every plan must keep: both ends agree on their rings, and rings are apart.
void expect_sound(const InstallPlan& plan) {
    std::map<std::pair<PeCoord, std::string>, const QueuePairPlan*> ends;
    for (const PePlan& each : plan.pes)
        for (const QueuePairPlan& queue : each.queues) ends[{each.at, queue.direction}] = &queue;
    std::set<std::uint64_t> rings;
    for (const auto& [end, queue] : ends) {
        const auto other = ends.find({queue->peer, queue->peer_direction});
        ASSERT_NE(other, ends.end());
        EXPECT_EQ(other->second->peer, end.first);
        EXPECT_EQ(other->second->peer_direction, end.second);
        EXPECT_EQ(other->second->rx_base, queue->peer_rx_base);
        EXPECT_TRUE(rings.insert(queue->rx_base).second) << "a ring of its own";
    }
}

TEST(CollectivePlan, ARingOfTwoHasTheSamePeerInBothDirectionsEachWithItsOwnRing) {
    const InstallPlan plan =
        plan_of("ring_allreduce", machine(2), {"algorithms.ring_allreduce.cubes=1", "algorithms.ring_allreduce.pes=1"});
    expect_sound(plan);
    const auto left = neighbours(plan, pe(0, 0, 0));
    EXPECT_EQ(left.at("E"), (std::pair{pe(1, 0, 0), std::string("W")}));
    EXPECT_EQ(left.at("W"), (std::pair{pe(1, 0, 0), std::string("E")}));
}

TEST(CollectivePlan, RingsOfEverySizeClose) {
    for (const auto& [cubes, pes, sips] :
         {std::array{1u, 2u, 1u}, {1u, 3u, 1u}, {1u, 4u, 1u}, {1u, 8u, 1u}, {2u, 8u, 1u}, {16u, 8u, 2u}}) {
        const InstallPlan plan = plan_of("ring_allreduce", machine(sips),
                                         {"algorithms.ring_allreduce.cubes=" + std::to_string(cubes),
                                          "algorithms.ring_allreduce.pes=" + std::to_string(pes)});
        expect_sound(plan);
        std::set<PeCoord> seen;
        for (PeCoord at = pe(0, 0, 0); seen.insert(at).second;) at = neighbours(plan, at).at("E").first;
        EXPECT_EQ(seen.size(), cubes * pes * sips);
        EXPECT_EQ(plan.pes.size(), seen.size());
    }
}

TEST(CollectivePlan, CornerInteriorAndRootCubesKnowTheirNeighbours) {
    const InstallPlan plan = plan_of("intercube_allreduce", machine(2));
    expect_sound(plan);
    const auto names = [&](PeCoord at) {
        std::string all;
        for (const auto& [direction, peer] : neighbours(plan, at)) all += direction + " ";
        return all;
    };
    EXPECT_EQ(names(pe(0, 0, 0)), "E S global_E global_W ");
    EXPECT_EQ(names(pe(0, 5, 0)), "E N S W global_E global_W ");
    EXPECT_EQ(names(pe(1, 15, 0)), "N W global_E global_W ");
    EXPECT_EQ(neighbours(plan, pe(0, 5, 0)).at("S").first, pe(0, 9, 0));
    EXPECT_EQ(neighbours(plan, pe(0, 10, 0)).at("global_E").first, pe(1, 10, 0))
        << "every cube has its own way between SIPs";
}

TEST(CollectivePlan, TheRootIsWhereTheConfigurationSaysAndElseWhereItCostsLeast) {
    const auto root = [](unsigned sips, const std::string& place, std::uint32_t io_columns = 0, std::uint32_t w = 4,
                         std::uint32_t h = 4) {
        CollectiveMachine of = machine(sips);
        of.io_columns = io_columns;
        of.cube_w = w;
        of.cube_h = h;
        std::vector<std::string> overrides;
        if (!place.empty()) overrides.push_back("algorithms.intercube_allreduce.root=" + place);
        return plan_of("intercube_allreduce", of, overrides)
            .launches.at(0)
            .scalars.at(static_cast<std::size_t>(CollectiveArg::root));
    };
    EXPECT_EQ(root(1, ""), 10) << "nobody to exchange with: the centre, column 2 of row 2";
    EXPECT_EQ(root(4, "auto"), 2) << "SIPs exchange: column 2 of the row that faces the IO chiplet";
    EXPECT_EQ(root(4, "beside_io"), 2);
    EXPECT_EQ(root(2, "centre"), 10);
    EXPECT_EQ(root(2, "corner"), 0) << "the first cube";
    EXPECT_EQ(root(2, "far_corner"), 15) << "the predecessor's corner";
    EXPECT_EQ(root(2, "beside_io", 2), 1) << "two columns have a PHY";
    EXPECT_EQ(root(2, "beside_io", 4, 16, 1), 3);
    EXPECT_EQ(root(2, "far_corner", 0, 2, 3), 5);
    EXPECT_THAT([&] { root(2, "center"); },
                testing::ThrowsMessage<ConfigError>(testing::HasSubstr("auto, beside_io, centre, corner, far_corner")));
}

TEST(CollectivePlan, TheRootFollowsTheSizeOfACall) {
    // Slots of 4 KiB: 2048 elements of f16 or 1024 of f32 are a tile.
    const auto root = [](unsigned sips, std::uint64_t elements, std::uint64_t element_bytes) {
        return plan_of("intercube_allreduce", machine(sips),
                       {"algorithms.intercube_allreduce.slot_size=4 KiB", "algorithms.intercube_allreduce.n_slots=4"})
            .root.cube(elements, element_bytes);
    };
    for (const unsigned sips : {1u, 2u, 4u}) {
        EXPECT_EQ(root(sips, 4097, 2), 0) << "three tiles stream: a corner";
        EXPECT_EQ(root(sips, 2049, 4), 0);
    }
    EXPECT_EQ(root(2, 4 * 2048 + 1, 2), 10) << "a long stream waits for slots";
    EXPECT_EQ(root(4, 8 * 2048, 2), 0);
    EXPECT_EQ(root(1, 8 * 2048, 2), 10);
    EXPECT_EQ(root(1, 4096, 2), 10) << "two tiles pay latency: the centre is nearest to all";
    EXPECT_EQ(root(2, 32, 2), 2) << "small: each crossing of the exchange counts";
    EXPECT_EQ(root(2, 2048, 2), 10) << "a whole tile: each hop between cubes counts more";
    EXPECT_EQ(root(4, 2048, 2), 2) << "more rounds";
    EXPECT_EQ(root(3, 2048, 2), 10);
    EXPECT_EQ(root(3, 4096, 2), 2) << "each round for each tile";
}

TEST(CollectivePlan, TheRootFollowsWhatAHopCosts) {
    const auto root = [](unsigned sips, const CubeHop& hop, std::uint64_t elements) {
        CollectiveMachine of = machine(sips);
        of.cube_hop = hop;
        return plan_of("intercube_allreduce", of, {"algorithms.intercube_allreduce.slot_size=4 KiB"})
            .root.cube(elements, 2);
    };
    const CubeHop slow_ports{.crossing_ps = 80'000}, slow_link{.link_ps_per_kib = 64'000};
    EXPECT_EQ(root(2, {}, 2048), 10);
    EXPECT_EQ(root(2, slow_ports, 2048), 2) << "crossings of the exchange cost more";
    EXPECT_EQ(root(2, {}, 3 * 2048), 0);
    // Four slots of 256 ns of work at the centre are fewer than (6 + 4) hops of 148 ns; eight are more.
    const auto slots = [](unsigned n) {
        return plan_of("intercube_allreduce", machine(2),
                       {"algorithms.intercube_allreduce.slot_size=4 KiB",
                        "algorithms.intercube_allreduce.n_slots=" + std::to_string(n)})
            .root.cube(24 * 2048, 2);
    };
    EXPECT_EQ(slots(4), 10);
    EXPECT_EQ(slots(8), 0);
    EXPECT_EQ(root(2, slow_link, 3 * 2048), 10) << "the way takes longer than the sum: the fewest hops";
}

TEST(CollectivePlan, SipsAreWiredOnAllCubesAsTheyAreConnected) {
    struct Case {
        SipWiring wiring;
        std::uint32_t w, h;
        std::size_t ends;  ///< global_ queue ends per cube
    };
    for (const Case& c : {Case{SipWiring::ring, 2, 1, 4},
                          {SipWiring::torus, 2, 2, 16},
                          {SipWiring::torus, 3, 2, 24},
                          {SipWiring::open_mesh, 2, 2, 8},
                          {SipWiring::open_mesh, 3, 2, 14}}) {
        const InstallPlan plan = plan_of("intercube_allreduce", machine(c.w * c.h, c.wiring, c.w, c.h));
        expect_sound(plan);
        std::map<CubeId, std::size_t> ends;
        for (const PePlan& each : plan.pes)
            for (const QueuePairPlan& queue : each.queues)
                if (queue.direction.starts_with("global_")) ++ends[each.at.cube];
        EXPECT_EQ(ends.size(), 16u);
        for (const auto& [cube, count] : ends) EXPECT_EQ(count, c.ends) << c.w << " x " << c.h;
    }
}

TEST(CollectivePlan, TreesHaveOneRootAndReachEverybody) {
    for (const std::uint32_t pes : {2u, 3u, 4u, 5u, 6u, 7u, 8u}) {
        const std::string p = "algorithms.tree_allreduce.";
        const InstallPlan plan = plan_of("tree_allreduce", machine(1),
                                         {p + "mapper=all_pes", p + "cubes=1", p + "pes=" + std::to_string(pes)});
        expect_sound(plan);
        std::size_t parents = 0;
        for (std::uint32_t i = 0; i < pes; ++i) parents += neighbours(plan, pe(0, 0, i)).contains("parent");
        EXPECT_EQ(parents, pes - 1);
    }
    const InstallPlan twice = plan_of("double_tree_allreduce", machine(1));
    expect_sound(twice);
    for (std::uint32_t cube = 0; cube < 16; ++cube) {
        const auto of = neighbours(twice, pe(0, cube, 0));
        EXPECT_FALSE(of.contains("child_left") && of.contains("b_child_left")) << "nobody is inside both trees";
    }
}

TEST(CollectivePlan, HierarchyWiresPesCubesAndSips) {
    const InstallPlan plan = plan_of("hierarchical_allreduce", machine(2));
    expect_sound(plan);
    EXPECT_EQ(neighbours(plan, pe(0, 3, 7)).at("intra_E").first, pe(0, 3, 0));
    EXPECT_EQ(neighbours(plan, pe(0, 3, 0)).at("E").first, pe(0, 7, 0))
        << "the walk over cubes turns at the end of a row";
    EXPECT_EQ(neighbours(plan, pe(0, 7, 0)).at("E").first, pe(0, 6, 0));
    expect_sound(plan_of("hierarchical_allreduce", machine(1)));
}

TEST(CollectivePlan, WiresMustHaveAWayBackAndANameOfTheirOwn) {
    const std::vector<Wire> alone{{pe(0, 0, 0), "E", pe(0, 0, 1)}};
    EXPECT_EQ(error_of([&] { pair_wires(alone); }), "sip0.cube0.pe0 reaches sip0.cube0.pe1 by E, but has no wire back");
    const std::vector<Wire> twice{{pe(0, 0, 0), "E", pe(0, 0, 1)}, {pe(0, 0, 0), "E", pe(0, 0, 2)}};
    EXPECT_EQ(error_of([&] { pair_wires(twice); }), "sip0.cube0.pe0 has two wires in direction E");
    EXPECT_TRUE(are_opposite("global_N", "global_S"));
    EXPECT_TRUE(are_opposite("b_parent", "b_child_right"));
    EXPECT_FALSE(are_opposite("global_N", "S"));
}

TEST(CollectivePlan, WhatDoesNotExistIsNamedWithWhatDoes) {
    EXPECT_THAT(error_of([] { plan_of("nonsense", machine(1)); }),
                HasSubstr("no algorithm is named 'nonsense'; known here: double_tree_allreduce"));
    EXPECT_THAT(error_of([] { plan_of("tree_allreduce", machine(1), {"algorithms.tree_allreduce.topology=star"}); }),
                HasSubstr("no topology is named 'star'"));
    EXPECT_THAT(error_of([] { plan_of("tree_allreduce", machine(1), {"algorithms.tree_allreduce.mapper=odd"}); }),
                HasSubstr("no mapper is named 'odd'; known here: all_pes"));
    EXPECT_THAT(error_of([] { plan_of("tree_allreduce", machine(1), {"algorithms.tree_allreduce.validator=x"}); }),
                HasSubstr("no validator is named 'x'"));
    EXPECT_THAT(error_of([] { plan_of("tree_allreduce", machine(1), {"algorithms.tree_allreduce.pes=2"}); }),
                HasSubstr("16 cubes with 2 PEs are asked for, 16 with 1 can take part"));
    EXPECT_THAT(error_of([] { plan_of("tree_allreduce", machine(1), {"algorithms.tree_allreduce.cubes=6"}); }),
                HasSubstr("6 cubes are not whole rows of the 4 x 4 mesh"));
    EXPECT_THAT(error_of([] { shipped({"defaults.n_slot=3"}); }), HasSubstr("n_slot"));
    EXPECT_THAT(error_of([] { config::load_text<CclConfig>("defaults: {n_slots: 0}", "my.yaml"); }),
                HasSubstr("my.yaml:1:"));
}

TEST(CollectivePlan, OverlappingRingsAreRefused) {
    EXPECT_THAT(error_of([] {
                    build_install_plan(shipped(), "ring_reduce", machine(2),
                                       [](PeCoord, abi::BufferKind, std::uint64_t) { return std::uint64_t{4096}; });
                }),
                HasSubstr("overlap at 0x1000"));
}

TEST(CollectivePlan, AnAlgorithmsSettingComesBeforeTheDefaults) {
    EXPECT_EQ(plan_of("ring_allreduce", machine(1)).policy.n_slots, 4u);
    EXPECT_EQ(plan_of("ring_allreduce_bw", machine(1)).policy.n_slots, 8u);
    EXPECT_EQ(plan_of("ring_allreduce_bw", machine(1), {"defaults.n_slots=2"}).policy.n_slots, 8u);
    EXPECT_EQ(plan_of("ring_allreduce", machine(1), {"defaults.n_slots=2"}).policy.n_slots, 2u);
}

TEST(CollectivePlan, ConfigurationAndPlanSurviveTheirText) {
    const CclConfig config = shipped();
    EXPECT_EQ(config::load_text<CclConfig>(config::dump(config), "dumped"), config);
    for (const auto& [name, algorithm] : config.algorithms) {
        const InstallPlan plan = plan_of(name, machine(2));
        EXPECT_EQ(plan_from_json(to_json(plan)), plan) << name;
        EXPECT_THAT(to_text(plan), HasSubstr(name));
        EXPECT_THAT(to_dot(plan), HasSubstr("digraph"));
    }
}

TEST(Validators, SayWhatIsWrongWithALayout) {
    const auto& validators = builtin_collectives().validators;
    const std::vector<PeCoord> two{pe(0, 0, 0), pe(0, 1, 0)};
    const auto shard = [](PeCoord at, std::uint64_t rows, std::uint64_t cols) {
        return ShardSpec{at, 0, 0, 0, 0, rows, cols, 0};
    };
    const std::vector<ShardSpec> good{shard(two[0], 1, 8), shard(two[1], 1, 8)},
        uneven{shard(two[0], 1, 8), shard(two[1], 1, 7)}, tall{shard(two[0], 2, 8), shard(two[1], 2, 8)},
        foreign{shard(two[0], 1, 8), shard(pe(0, 2, 0), 1, 8)};
    EXPECT_EQ(validators.at("row_per_cube").validate(good, two), "");
    EXPECT_THAT(validators.at("row_per_cube").validate(tall, two), HasSubstr("has 2 rows"));
    EXPECT_EQ(validators.at("multi_pe_sip_local").validate(tall, two), "");
    EXPECT_THAT(validators.at("multi_pe_sip_local").validate(uneven, two), HasSubstr("differ in size"));
    EXPECT_THAT(validators.at("multi_pe_sip_local").validate(foreign, two),
                HasSubstr("sip0.cube2.pe0 has a shard too many"));
    EXPECT_THAT(validators.at("single_shard_per_rank").validate(good, two), HasSubstr("2 shards"));
}

}  // namespace
}  // namespace ahbm::runtime::test
