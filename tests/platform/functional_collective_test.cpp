// SPDX-License-Identifier: Apache-2.0
// Both runners agree bit for bit: every algorithm that ships, on the simulated platform and in the functional runner.
#include "experiments/scenarios/functional_collective.h"

#include "app/ccl_command.h"
#include "experiments/configs.h"
#include "experiments/scenarios/ccl_common.h"
#include "experiments/scenarios/reference.h"
#include "sw_runtime/process_group/planner.h"
#include "tests/platform/session_test.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

namespace ahbm::test {
namespace {

using runtime::Array;
using runtime::CollectiveOp;
using runtime::ReduceOp;
using scenarios::CclCase;

struct Algorithm {
    const char* name;
    CollectiveOp op;
    unsigned sips = 2;
};
void PrintTo(const Algorithm& algorithm, std::ostream* out) { *out << algorithm.name; }

class Runners : public SessionTest, public ::testing::WithParamInterface<Algorithm> {
protected:
    static std::vector<Array> inputs_of(const CclCase& ccl) {
        std::vector<Array> inputs;
        for (std::uint32_t rank = 0; rank < ccl.ranks; ++rank)
            inputs.push_back(scenarios::random_array(scenarios::rows_of(ccl, ccl.input_elements()), ccl.dtype, 11,
                                                     "rank" + std::to_string(rank)));
        return inputs;
    }
    /// The results of all cases, by case and rank.
    std::vector<std::vector<Array>> simulated(const PlatformConfig& config, const std::vector<CclCase>& cases) {
        std::vector<std::vector<Array>> results(cases.size(), std::vector<Array>(cases.front().ranks));
        auto session = make(config);
        session->run([&] {
            runtime::Context context(session->port());
            runtime::spawn(
                context,
                [&](runtime::Rank& rank) {
                    rank.set_device(rank.rank());
                    rank.init_process_group(
                        "ahbm", runtime::group_options(load_ccl("ccl", {}), GetParam().op, GetParam().name, {}));
                    const runtime::DPPolicy policy = rank.group().participation(GetParam().op).policy;
                    for (std::size_t i = 0; i < cases.size(); ++i) {
                        const CclCase& ccl = cases[i];
                        const auto [input, output] = scenarios::make_tensors(rank.context(), ccl, rank.rank(), policy,
                                                                             inputs_of(ccl)[rank.rank()]);
                        scenarios::call_collective(rank, ccl, output, input);
                        if (ccl.has_result(rank.rank()))
                            results[i][rank.rank()] = scenarios::result_in(ccl, rank.rank(), output.to_host());
                    }
                    rank.destroy_process_group();
                },
                cases.front().ranks);
        });
        return results;
    }
};

TEST_P(Runners, AgreeBitForBit) {
    cli::CclOptions options;
    options.algorithm = GetParam().name;
    options.topology = "mini";
    options.overrides = {"sips.count=" + std::to_string(GetParam().sips)};
    Registries registries = builtin_registries();
    const PlatformConfig config = cli::platform_of(options);
    const runtime::InstallPlan plan = cli::plan_of(options, config, registries);
    std::vector<CclCase> cases;
    for (const Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32})
        for (const ReduceOp redop : {ReduceOp::sum, ReduceOp::max, ReduceOp::min, ReduceOp::avg}) {
            cases.push_back(scenarios::case_of(plan, GetParam().op, redop, dtype, GetParam().sips - 1, 333));
            if (!runtime::CollectiveCall{GetParam().op}.reduces()) break;
        }
    cases.push_back(scenarios::case_of(plan, GetParam().op, ReduceOp::sum, Dtype::f16, 0, 2049));  // more than a slot
    for (const std::uint32_t elements : {333u, 2049u}) {
        cases.push_back(scenarios::case_of(plan, GetParam().op, ReduceOp::sum, Dtype::f32, 0, elements));
        cases.back().in_place = !cases.back().in_place;
    }

    const std::vector<std::vector<Array>> platform = simulated(config, cases);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const std::vector<Array> inputs = inputs_of(cases[i]);
        const scenarios::FunctionalResult functional =
            scenarios::run_functional(plan, cases[i], inputs, registries.kernels, config.sip.cube.pe.tcm.size.value);
        for (std::uint32_t rank = 0; rank < cases[i].ranks; ++rank) {
            if (!cases[i].has_result(rank)) continue;
            EXPECT_EQ(functional.outputs[rank], platform[i][rank]) << "case " << i;
        }
        EXPECT_TRUE(functional.unreceived.empty());
        EXPECT_EQ(scenarios::compare_ranks(cases[i], inputs, functional.outputs).mismatches, 0u) << "case " << i;
    }
}

const std::vector<Algorithm> algorithms{{"intercube_allreduce", CollectiveOp::all_reduce},
                                        {"hierarchical_allreduce", CollectiveOp::all_reduce},
                                        {"ring_allreduce", CollectiveOp::all_reduce},
                                        {"ring_allreduce_bw", CollectiveOp::all_reduce},
                                        {"mesh_allreduce", CollectiveOp::all_reduce, 1},
                                        {"tree_allreduce", CollectiveOp::all_reduce},
                                        {"double_tree_allreduce", CollectiveOp::all_reduce},
                                        {"ring_all_gather", CollectiveOp::all_gather},
                                        {"ring_reduce_scatter", CollectiveOp::reduce_scatter},
                                        {"ring_broadcast", CollectiveOp::broadcast},
                                        {"ring_reduce", CollectiveOp::reduce},
                                        {"ring_all_to_all", CollectiveOp::all_to_all}};
const std::vector<Algorithm> algorithms_on_any_number{{"ring_allreduce", CollectiveOp::all_reduce},
                                                      {"ring_allreduce_bw", CollectiveOp::all_reduce},
                                                      {"tree_allreduce", CollectiveOp::all_reduce},
                                                      {"ring_all_gather", CollectiveOp::all_gather},
                                                      {"ring_reduce_scatter", CollectiveOp::reduce_scatter},
                                                      {"ring_broadcast", CollectiveOp::broadcast},
                                                      {"ring_reduce", CollectiveOp::reduce},
                                                      {"ring_all_to_all", CollectiveOp::all_to_all}};
INSTANTIATE_TEST_SUITE_P(Algorithms, Runners, ::testing::ValuesIn(algorithms),
                         [](const auto& test) { return std::string(test.param.name); });

/// Without time, so that many ranks are cheap: 2 to 8 ranks of one participant, in place and not.
TEST(FunctionalCollectives, InPlaceOrNotOnTwoToEightRanks) {
    Registries registries = builtin_registries();
    for (unsigned ranks = 2; ranks <= 8; ++ranks)
        for (const Algorithm& algorithm : algorithms_on_any_number) {
            cli::CclOptions options;
            options.algorithm = algorithm.name;
            options.topology = "mini";
            options.overrides = {"sips.count=" + std::to_string(ranks)};
            options.ccl_overrides = {fmt::format("algorithms.{}.pes=1", algorithm.name),
                                     fmt::format("algorithms.{}.cubes=1", algorithm.name)};
            const PlatformConfig config = cli::platform_of(options);
            const runtime::InstallPlan plan = cli::plan_of(options, config, registries);
            for (const bool in_place : {true, false}) {
                CclCase ccl = scenarios::case_of(plan, algorithm.op, ReduceOp::sum, Dtype::f32, ranks - 1, 2500);
                ccl.in_place = in_place;
                std::vector<Array> inputs;
                for (std::uint32_t rank = 0; rank < ranks; ++rank)
                    inputs.push_back(scenarios::random_array(scenarios::rows_of(ccl, ccl.input_elements()), ccl.dtype,
                                                             5, std::to_string(rank)));
                const auto got =
                    scenarios::run_functional(plan, ccl, inputs, registries.kernels, config.sip.cube.pe.tcm.size.value);
                EXPECT_EQ(scenarios::compare_ranks(ccl, inputs, got.outputs).mismatches, 0u)
                    << algorithm.name << ", " << ranks << " ranks" << (in_place ? ", in place" : "");
            }
        }
}

TEST(RunnersList, EveryAlgorithmThatShipsIsInIt) {
    std::set<std::string> shipped, tested;
    for (const auto& [name, algorithm] : load_ccl("ccl", {}).algorithms) shipped.insert(name);
    for (const Algorithm& algorithm : algorithms) tested.insert(algorithm.name);
    EXPECT_EQ(tested, shipped);
}

}  // namespace
}  // namespace ahbm::test
