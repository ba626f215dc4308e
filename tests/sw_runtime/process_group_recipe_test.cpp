// SPDX-License-Identifier: Apache-2.0
/// From an install plan to what is installed and launched.
#include "sw_runtime/context/context.h"
#include "sw_runtime/process_group/collective_shapes.h"
#include "sw_runtime/process_group/recipe.h"
#include "tests/sw_runtime/functional_machine.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

namespace ahbm::runtime::test {
namespace {

using testing::HasSubstr;

std::string shapes(CollectiveOp op, std::uint64_t in, std::uint64_t out, std::uint32_t participants,
                   std::uint32_t per_rank) {
    std::uint64_t elements = 0;
    const std::string error = error_of([&] {
        elements = elements_per_participant(op, {in, Dtype::f16}, {out, Dtype::f16}, participants, per_rank);
    });
    return error == "no error" ? std::to_string(elements) : error;
}

TEST(CollectiveShapes, TellTheElementsPerParticipantOrWhatWasExpected) {
    EXPECT_EQ(shapes(CollectiveOp::all_reduce, 64, 64, 8, 4), "16");
    EXPECT_EQ(shapes(CollectiveOp::all_gather, 64, 512, 8, 4), "16");
    EXPECT_EQ(shapes(CollectiveOp::reduce_scatter, 512, 64, 8, 4), "16");
    EXPECT_EQ(shapes(CollectiveOp::all_to_all, 512, 512, 8, 4), "16");
    EXPECT_THAT(shapes(CollectiveOp::all_gather, 64, 511, 8, 4),
                HasSubstr("512 elements of output are expected, not 511"));
    EXPECT_EQ(shapes(CollectiveOp::all_to_all, 72, 72, 8, 4),
              "all_to_all: 72 elements on each rank do not divide among 4 participants with 8 parts each");
    EXPECT_EQ(shapes(CollectiveOp::broadcast, 66, 66, 8, 4),
              "broadcast: 66 elements on each rank do not divide among 4 participants");
}

/// Two SIPs whose first two PEs send to the same PE of the other SIP.
InstallPlan plan_of_four(std::uint32_t slots) {
    InstallPlan plan;
    plan.algorithm = "pairs";
    plan.op = "broadcast";
    plan.kernel = "exchange";
    plan.validator = "multi_pe_sip_local";
    plan.policy.n_slots = slots;
    for (std::uint32_t sip = 0; sip < 2; ++sip) {
        SipLaunch launch{SipId{sip}, {}, std::vector<double>(collective_args)};
        for (std::uint32_t pe = 0; pe < 2; ++pe) {
            const PeCoord here{SipId{sip}, CubeId{0}, PeId{pe}}, there{SipId{1 - sip}, CubeId{0}, PeId{pe}};
            plan.pes.push_back(
                {here,
                 {{"global_E", there, "global_W", {}, 0, 0, 0, 0}, {"global_W", there, "global_E", {}, 0, 0, 0, 0}}});
            launch.pes.push_back(here);
        }
        const std::pair<CollectiveArg, double> known[] = {{CollectiveArg::participants, 4},
                                                          {CollectiveArg::participants_per_sip, 2},
                                                          {CollectiveArg::pes_per_cube, 2},
                                                          {CollectiveArg::sip, sip},
                                                          {CollectiveArg::chunk, 32}};
        for (const auto& [arg, value] : known) launch.scalars[static_cast<std::size_t>(arg)] = value;
        plan.launches.push_back(std::move(launch));
    }
    return plan;
}

TEST(PlannedRecipe, KeepsTheWiresAndFillsInTheCall) {
    FunctionalMachine machine;
    Context ctx(machine);
    ctx.set_device(SipId{0});
    // The group's first rank works on SIP 1.
    const Recipe recipe = recipe_of(plan_of_four(8), {SipId{1}, SipId{0}});
    EXPECT_EQ(recipe.wiring.n_slots, 8u);
    ASSERT_EQ(recipe.wiring.pairs.size(), 8u);
    for (const auto& [end, peer] : recipe.wiring.pairs) EXPECT_EQ(recipe.wiring.pairs.at(peer), end);
    EXPECT_EQ(recipe.participants_per_sip(), 2u);

    const Tensor x = ctx.zeros({2, 48}, Dtype::f16, {recipe.row_per_participant(), {}, "x"});
    const KernelCall call = recipe.kernel_call({CollectiveOp::broadcast, Dtype::f16, 96, ReduceOp::min, 0}, 1, {x});
    EXPECT_EQ(call.kernel, "exchange");
    EXPECT_EQ(call.sip, SipId{0});
    EXPECT_EQ(call.pes.size(), 2u);
    const auto scalar = [&](CollectiveArg arg) { return call.scalars.at(static_cast<std::size_t>(arg)); };
    EXPECT_EQ(scalar(CollectiveArg::elements), 48);
    EXPECT_EQ(scalar(CollectiveArg::redop), 2);
    EXPECT_EQ(scalar(CollectiveArg::root), 2) << "the first participant of SIP 1, where the group's first rank is";
    EXPECT_EQ(scalar(CollectiveArg::chunk), 32) << "as planned";
}

TEST(PlannedRecipe, RefusesTensorsThatOtherPesHold) {
    FunctionalMachine machine;
    Context ctx(machine);
    const Recipe recipe = recipe_of(plan_of_four(4), {SipId{0}, SipId{1}});
    const CollectiveCall call{CollectiveOp::broadcast, Dtype::f16, 96, {}, 0};
    const Tensor one = ctx.zeros({2, 48}, Dtype::f16, {{Split::replicate, Split::replicate, 1, 1}, {}, "one"});
    EXPECT_EQ(error_of([&] { recipe.kernel_call(call, 0, {one}); }),
              "broadcast by pairs: 'one' is not laid out as multi_pe_sip_local asks: sip0.cube0.pe1 takes part and has "
              "no shard");
    const Tensor uneven = ctx.zeros({3, 48}, Dtype::f16, {recipe.row_per_participant(), {}, "uneven"});
    EXPECT_THAT(error_of([&] { recipe.kernel_call(call, 0, {uneven}); }), HasSubstr("differ in size"));
}

TEST(MakeRecipe, AsksThePlannerForTheShapeOfTheMachineAndFallsBackToTheRing) {
    FunctionalMachine machine;
    ProcessGroupOptions options;
    options.algorithm = "pairs";
    const std::vector<SipId> sips{SipId{1}, SipId{0}};
    EXPECT_EQ(error_of([&] { make_recipe(CollectiveOp::broadcast, options, machine.machine(), sips); }),
              "process group: no algorithm is named 'pairs'; there is rank_ring");
    CollectiveMachine asked;
    options.planner = [&](CollectiveOp op, const CollectiveMachine& shape,
                          const RingAllocator&) -> std::optional<InstallPlan> {
        asked = shape;
        if (op != CollectiveOp::broadcast) return std::nullopt;
        return plan_of_four(4);
    };
    EXPECT_EQ(make_recipe(CollectiveOp::broadcast, options, machine.machine(), sips).wiring.name, "pairs");
    EXPECT_EQ(asked.sips, (std::vector<SipId>{SipId{0}, SipId{1}}));
    EXPECT_EQ(asked.cube_w * asked.cube_h, machine.machine().memory.cubes);
    EXPECT_EQ(asked.pes, machine.machine().memory.pes);
    EXPECT_EQ(make_recipe(CollectiveOp::reduce, options, machine.machine(), sips).wiring.name, "rank_ring");
    EXPECT_EQ(make_recipe(CollectiveOp::barrier, options, machine.machine(), sips).wiring.name, "rank_ring");
}

TEST(CollectiveMachine, IsTheGridOfAllSipsAndARingOfSome) {
    Machine machine;
    machine.memory.sips = 6;
    machine.sip_grid_w = 3;
    machine.sip_grid_h = 2;
    const std::vector<SipId> all{SipId{0}, SipId{1}, SipId{2}, SipId{3}, SipId{4}, SipId{5}};
    const auto shape = [&](const std::vector<SipId>& sips) {
        const CollectiveMachine found = collective_machine(machine, sips);
        return std::tuple(found.sip_w, found.sip_h, found.wiring);
    };
    EXPECT_EQ(shape(all), std::tuple(3u, 2u, SipWiring::torus));
    EXPECT_EQ(shape({SipId{4}, SipId{1}}), std::tuple(2u, 1u, SipWiring::ring));
    machine.sip_grid_w = 6;
    machine.sip_grid_h = 1;
    EXPECT_EQ(shape(all), std::tuple(6u, 1u, SipWiring::ring));
    machine.sip_grid_wraps = false;
    EXPECT_EQ(shape(all), std::tuple(6u, 1u, SipWiring::open_mesh)) << "the last is no neighbour of the first";
}

}  // namespace
}  // namespace ahbm::runtime::test
