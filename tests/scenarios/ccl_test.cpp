// SPDX-License-Identifier: Apache-2.0
// Every collective algorithm on the platform as a user runs it: every element of every participant, random data.
#include "tests/scenarios/process.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::test {
namespace {

using ::testing::HasSubstr;

class Algorithms : public InFolder, public ::testing::WithParamInterface<std::string> {};
class CclCommand : public InFolder {};

/// The options of `run` as those of `kernel test`; empty for what has no kernel of an algorithm of its own.
std::string for_functional_runner(const std::string& run) {
    std::istringstream words(run);
    std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
    const std::map<std::string, std::string> defaults{{"ccl_allreduce", "intercube_allreduce"},
                                                      {"ccl_all_gather", "ring_all_gather"},
                                                      {"ccl_reduce_scatter", "ring_reduce_scatter"},
                                                      {"ccl_broadcast", "ring_broadcast"},
                                                      {"ccl_reduce", "ring_reduce"},
                                                      {"ccl_all_to_all", "ring_all_to_all"}};
    const auto scenario = defaults.find(all.front());
    if (scenario == defaults.end()) return {};
    std::string algorithm = scenario->second, options = run.find("--elems") == std::string::npos ? " --elems 1024" : "";
    for (std::size_t i = 1; i + 1 < all.size(); i += 2)
        if (all[i] == "--algo") algorithm = all[i + 1];
    for (std::size_t i = 1; i + 1 < all.size(); i += 2) {
        const std::string &name = all[i], &value = all[i + 1];
        if (name == "--n_slots" || name == "--slot_size")
            options += " --ccl-set algorithms." + algorithm + "." + name.substr(2) + "=" + value;
        if (name == "--op") options += " --redop " + value;
        for (const char* same : {"--topology", "--set", "--ccl-set", "--elems", "--dtype", "--root"})
            if (name == same) options += " " + name + " " + value;
        // Where rings lie, how credits travel, how often a call is made: the platform's business.
    }
    return "kernel test " + algorithm + options;
}

TEST_P(Algorithms, VerifyOnEveryElement) {
    const Finished finished = ahbm("run " + GetParam());
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("VERIFIED"));
    if (const std::string test = for_functional_runner(GetParam()); !test.empty()) {
        const Finished functional = ahbm(test);
        EXPECT_EQ(functional.code, 0) << test << functional.out << functional.err;
    }
}

/// Short: a folder is named after the test. What it runs is its parameter.
std::string name_of(const ::testing::TestParamInfo<std::string>& test) { return "run" + std::to_string(test.index); }

/// So many cubes of one SIP of the default platform and so many PEs of each.
std::string participants(const std::string& algorithm, int cubes, int pes) {
    const std::string set = " --ccl-set algorithms." + algorithm + ".";
    return "ccl_allreduce --algo " + algorithm + " --set sips.count=1" + set + "mapper=all_pes" + set +
           "cubes=" + std::to_string(cubes) + set + "pes=" + std::to_string(pes);
}
std::vector<std::string> rings() {
    std::vector<std::string> all;
    for (const char* kind : {"tcm", "hbm", "sram"}) {
        for (const auto& [cubes, pes] : {std::pair{1, 2}, {1, 3}, {1, 4}, {1, 8}, {2, 8}})
            all.push_back(participants("ring_allreduce", cubes, pes) + " --elems 2051 --buffer_kind " + kind);
        all.push_back("ccl_allreduce --algo ring_allreduce --elems 8 --repeats 1 --buffer_kind " +
                      std::string(kind));  // 256
    }
    for (const char* slots : {"1", "2", "4", "8"})  // and tiles of exactly a slot
        all.push_back(participants("ring_allreduce", 1, 4) + " --elems 4096 --n_slots " + slots);
    return all;
}
std::vector<std::string> trees() {
    std::vector<std::string> all;
    for (const char* algorithm : {"tree_allreduce", "double_tree_allreduce"}) {
        for (int n = 2; n <= 8; ++n) all.push_back(participants(algorithm, 1, n) + " --elems 100");
        all.push_back(participants(algorithm, 3, 3) + " --elems 100");
        all.push_back(participants(algorithm, 3, 5) + " --elems 2500");
    }
    return all;
}
std::vector<std::string> meshes() {
    return {participants("mesh_allreduce", 1, 4) + " --elems 3000", participants("mesh_allreduce", 3, 3) + " --elems 7",
            participants("mesh_allreduce", 2, 8) + " --elems 500 --op max"};
}

INSTANTIATE_TEST_SUITE_P(Rings, Algorithms, ::testing::ValuesIn(rings()), name_of);
INSTANTIATE_TEST_SUITE_P(Trees, Algorithms, ::testing::ValuesIn(trees()), name_of);
INSTANTIATE_TEST_SUITE_P(Meshes, Algorithms, ::testing::ValuesIn(meshes()), name_of);

INSTANTIATE_TEST_SUITE_P(
    Ring, Algorithms,
    ::testing::Values(
        "ccl_allreduce --algo ring_allreduce --topology mini --n_slots 2 --dtype bf16",
        "ccl_allreduce --algo ring_allreduce --topology mini --n_slots 8 --dtype f32 --op avg",
        "ccl_allreduce --algo ring_allreduce --elems 8 --repeats 1 --buffer_kind hbm --data background",
        "ccl_allreduce --algo ring_allreduce --topology mini --ccl-set algorithms.ring_allreduce.direction=west "
        "--elems 2048",
        "ccl_allreduce --algo ring_allreduce_bw --topology mini --set sips.count=2 --elems 1",
        "ccl_allreduce --algo ring_allreduce_bw --topology mini --set sips.count=2 --elems 7",
        "ccl_allreduce --algo ring_allreduce_bw --topology mini --set sips.count=2 --elems 2049 --n_slots 1",
        "ccl_allreduce --algo ring_allreduce_bw --elems 100000 --op max --dtype f32",
        "ccl_allreduce --algo ring_allreduce_bw --topology mini --ccl-set algorithms.ring_allreduce_bw.direction=west "
        "--elems 5000"),
    name_of);
INSTANTIATE_TEST_SUITE_P(
    MeshAndTree, Algorithms,
    ::testing::Values(
        "ccl_allreduce --algo mesh_allreduce --topology mini --elems 5001 --op min",
        "ccl_allreduce --algo tree_allreduce --set sips.count=2 --ccl-set algorithms.tree_allreduce.cubes=1",
        "ccl_allreduce --algo tree_allreduce --set sips.count=1 --ccl-set algorithms.tree_allreduce.mapper=all_pes "
        "--ccl-set algorithms.tree_allreduce.cubes=3 --ccl-set algorithms.tree_allreduce.pes=3 --elems 9000 --n_slots "
        "1",
        "ccl_allreduce --algo double_tree_allreduce --topology mini --ccl-set "
        "algorithms.double_tree_allreduce.mapper=all_pes --elems 9001",
        "ccl_allreduce --algo double_tree_allreduce --elems 1"),
    name_of);
INSTANTIATE_TEST_SUITE_P(
    Hierarchy, Algorithms,
    ::testing::Values(
        "ccl_allreduce --algo hierarchical_allreduce --topology mini --elems 20000",
        "ccl_allreduce --algo hierarchical_allreduce --topology mini --set sips.count=2 --ccl-set "
        "algorithms.hierarchical_allreduce.cubes=2",
        "ccl_allreduce --algo hierarchical_allreduce --set sips.count=1",
        "ccl_allreduce --algo hierarchical_allreduce --elems 100 --op avg --dtype f32",
        "ccl_allreduce --algo hierarchical_allreduce --topology torus6 --elems 64 --repeats 1", "ccl_allreduce",
        "ccl_allreduce --topology torus6 --elems 3000 --n_slots 1",
        "ccl_allreduce --topology torus6 --set sips.topology=mesh_2d_no_wrap --elems 3000",
        "ccl_allreduce --topology mini --set sips.count=4 --set sips.topology=torus_2d --set sips.w=2 --set sips.h=2",
        "ccl_allreduce --topology mini --set sips.count=4 --set sips.topology=mesh_2d_no_wrap --set sips.w=2 --set "
        "sips.h=2 --elems 10243",
        "ccl_allreduce --topology mini --set sips.count=4 --set sips.topology=mesh_2d_no_wrap --set sips.w=2 --set "
        "sips.h=2 --timing fast",
        "ccl_allreduce --topology mini --set sips.count=3 --set sips.topology=mesh_2d_no_wrap --set sips.w=3 --set "
        "sips.h=1 --elems 3000",
        "ccl_allreduce --ccl-set algorithms.intercube_allreduce.root=corner --dtype bf16 --elems 2048",
        "ccl_allreduce --credit on_recv --elems 9000", "ccl_allreduce --credit_path fabric --elems 9000",
        "ccl_allreduce --backpressure poll --poll_interval 10ns --elems 9000",
        "ccl_allreduce --topology full16 --elems 8 --repeats 1"),
    name_of);
INSTANTIATE_TEST_SUITE_P(
    Others, Algorithms,
    ::testing::Values(
        "ccl_all_gather --elems 777", "ccl_all_gather --topology mini --elems 3000 --buffer_kind hbm",
        "ccl_reduce_scatter --elems 777 --op avg", "ccl_reduce_scatter --topology mini --elems 3 --dtype f32",
        "ccl_broadcast --elems 9000 --root 1", "ccl_broadcast --topology torus6 --elems 5 --root 4",
        "ccl_reduce --elems 9000 --root 1", "ccl_reduce --topology torus6 --elems 2049 --root 5 --op max",
        "ccl_all_to_all --topology mini --set sips.count=2 --elems 500",
        "ccl_all_to_all --topology mini --elems 2049 --n_slots 1",
        "ccl_all_to_all --topology mini --set sips.count=4 --elems 1 --buffer_kind sram --credit on_recv",
        "ccl_all_to_all --topology mini --set sips.count=4 --elems 1 --buffer_kind hbm --credit on_recv",
        "ccl_allreduce --algo ring_allreduce --topology mini --set sips.count=4 --elems 100 --buffer_kind "
        "sram --credit on_recv --n_slots 8 --slot_size 256B",
        "ccl_barrier --topology full16", "ccl_hello_send --elems 777"),
    name_of);

class BenchCcl : public InFolder {};
TEST_F(BenchCcl, ComparesUnlessItIsToldNotTo) {
    const std::string bench = "bench ccl --topology mini --set sips.count=2 -b 64 -e 64";
    for (const char* asked : {"", " -c", " --check"})
        EXPECT_THAT(ahbm(bench + asked).out, testing::HasSubstr("# Out of bounds values : 0 OK")) << asked;
    for (const char* not_asked : {" --no-check", " --data off"})
        EXPECT_THAT(ahbm(bench + not_asked).out, testing::HasSubstr("N/A not checked")) << not_asked;
}

/// The first figure of each row of `--json`, and the whole table.
class BenchCclFigures : public InFolder {
protected:
    nlohmann::json rows(const std::string& options, unsigned bytes = 64) {
        const Finished finished = ahbm("bench ccl --topology mini --json r.json --csv r.csv " + options +
                                       fmt::format(" -b {0} -e {0}", bytes));
        EXPECT_EQ(finished.code, 0) << finished.err;
        table = finished.out;
        return nlohmann::json::parse(content(folder / "r.json"))["rows"];
    }
    std::string table;
};
TEST_F(BenchCclFigures, OneParticipantHasNoBoundAndTheBusBandwidthOfNcclTests) {
    const auto reduced = rows("--op all_reduce --algo rank_ring")[0];
    EXPECT_TRUE(reduced["bound"]["time_us"].is_null());
    EXPECT_TRUE(reduced["in_place"]["of_bound_percent"].is_null());
    EXPECT_EQ(reduced["in_place"]["busbw_gb_per_s"], 0) << "2 (n - 1) / n";
    EXPECT_GT(reduced["in_place"]["algbw_gb_per_s"], 0);
    EXPECT_THAT(table, testing::ContainsRegex(" 0.00 +0 +N/A "));
    EXPECT_THAT(content(folder / "r.csv"), testing::HasSubstr("\n64,64,32,f16,sum,-1,1,0.0,,,,,"));
    const auto sent = rows("--op broadcast --algo rank_ring")[0];
    EXPECT_EQ(sent["in_place"]["busbw_gb_per_s"], sent["in_place"]["algbw_gb_per_s"]) << "1";
    EXPECT_TRUE(sent["bound"]["time_us"].is_null());
    EXPECT_GT(rows("--op all_reduce")[0]["bound"]["time_us"], 0) << "four participants have one";
}
TEST_F(BenchCclFigures, TheRootIsTheTablesEverywhere) {
    for (const auto& [options, root] :
         {std::pair{"--op all_reduce", -1}, {"--op all_gather", -1}, {"--op reduce --set sips.count=2 -r 1", 1}}) {
        EXPECT_EQ(rows(options)[0]["root"], root);
        EXPECT_THAT(table, testing::ContainsRegex("(sum|none) +" + std::to_string(root) + " "));
        EXPECT_THAT(content(folder / "r.csv"), testing::ContainsRegex("(sum|none)," + std::to_string(root) + ","));
    }
}
TEST_F(BenchCclFigures, ASizeThatIsNoWholeElementsForAllIsRoundedAndSaysSo) {
    // 4 participants of f16: all_gather moves multiples of 8 B, all_reduce of 2 B.
    const auto gathered = rows("--op all_gather", 100)[0];
    EXPECT_EQ(gathered["asked_bytes"], 100);
    EXPECT_EQ(gathered["size_bytes"], 96);
    EXPECT_EQ(gathered["count"], 12);
    EXPECT_THAT(table, testing::HasSubstr("# Sizes rounded        : 100 to 96: whole elements for each participant"));
    EXPECT_EQ(rows("--op all_gather", 1)[0]["size_bytes"], 8) << "at least one element";
    EXPECT_EQ(rows("--op all_reduce", 100)[0]["size_bytes"], 100);
    EXPECT_THAT(table, testing::Not(testing::HasSubstr("rounded")));
}
TEST_F(BenchCclFigures, SayWhatTheyWereMeasuredOn) {
    rows("--op all_reduce --ccl-set algorithms.intercube_allreduce.n_slots=7 --set sip.cube.hbm.channels=4");
    const auto document = nlohmann::json::parse(content(folder / "r.json"));
    EXPECT_THAT(document["collectives"].get<std::string>(), testing::HasSubstr("n_slots: 7"));
    EXPECT_THAT(document["configuration"].get<std::string>(), testing::HasSubstr("channels: 4"));
}

class Credits : public InFolder {};
TEST_F(Credits, AreAsLargeAsIsSaidOnEitherPath) {
    for (const char* path : {"fast", "fabric"}) {
        double small = 0;
        for (const char* bytes : {"16B", "4KiB"}) {
            ASSERT_EQ(ahbm("run ccl_allreduce --topology mini --n_slots 1 --elems 9000 --json r.json --credit_path " +
                           std::string(path) + " --credit_bytes " + bytes)
                          .code,
                      0);
            const auto figures = nlohmann::json::parse(content(folder / "r.json"))["figures"];
            const double time = figures["kernel_time_ns"].get<double>();
            if (small == 0)
                small = time;
            else
                EXPECT_GT(time, small) << path;
        }
    }
}

/// Sizes around a slot and around all slots, every type, every reduction: what only shows when slots are used again.
class Kernels : public InFolder, public ::testing::WithParamInterface<std::string> {};
TEST_P(Kernels, PassTheSweepOfTheFunctionalRunner) {
    const Finished finished = ahbm("kernel test --topology mini " + GetParam());
    EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
}
std::vector<std::string> sweeps() {
    std::vector<std::string> all{"mesh_allreduce"};
    for (const char* algorithm : {"intercube_allreduce", "hierarchical_allreduce"})
        for (const char* wiring : {"torus_2d", "mesh_2d_no_wrap"})
            for (const char* grid : {"4", "4 --set sips.w=2 --set sips.h=2", "6 --set sips.w=3 --set sips.h=2"})
                all.push_back(std::string(algorithm) + " --set sips.topology=" + wiring + " --set sips.count=" + grid);
    for (const char* algorithm : {"intercube_allreduce", "hierarchical_allreduce", "ring_allreduce",
                                  "ring_allreduce_bw", "tree_allreduce", "double_tree_allreduce", "ring_all_gather",
                                  "ring_reduce_scatter", "ring_broadcast", "ring_reduce", "ring_all_to_all"})
        all.push_back(std::string(algorithm) + " --set sips.count=2");
    return all;
}
INSTANTIATE_TEST_SUITE_P(Sweeps, Kernels, ::testing::ValuesIn(sweeps()), name_of);

TEST_F(CclCommand, NobodyIsNotTested) {
    for (const char* algorithm : {"ring_broadcast", "ring_reduce"}) {
        const Finished finished = ahbm(fmt::format("kernel test {} --topology mini", algorithm));
        EXPECT_EQ(finished.code, 2);
        EXPECT_EQ(finished.out, "");
        EXPECT_EQ(
            finished.err,
            fmt::format("error: {}: nothing to test with one participant; more SIPs (--set sips.count=2), cubes or "
                        "PEs give it others\n",
                        algorithm));
    }
    EXPECT_EQ(ahbm("kernel test ring_allreduce --topology mini --ccl-set algorithms.ring_allreduce.cubes=1 --ccl-set "
                   "algorithms.ring_allreduce.pes=1")
                  .code,
              2);
}

TEST_F(CclCommand, AKernelThatCannotServeTheTopologyIsRefusedBeforeAnythingRuns) {
    for (const auto& [setting, why] :
         {std::pair{"ring_allreduce.topology=tree_binary",
                    "algorithms.ring_allreduce.topology: the kernel ring_allreduce works on hierarchical_3level, "
                    "intracube_pe_ring, ring_1d, ring_1d_unidir, torus_2d, not on tree_binary"},
          {"tree_allreduce.topology=ring_1d",
           "algorithms.tree_allreduce.topology: the kernel tree_allreduce works on tree_binary, tree_double, not on "
           "ring_1d"},
          {"double_tree_allreduce.topology=tree_binary", "works on tree_double, not on tree_binary"},
          {"mesh_allreduce.topology=mesh_2d_no_wrap", "works on mesh_2d, torus_2d, not on mesh_2d_no_wrap"},
          {"intercube_allreduce.topology=none", "not on none"},
          {"ring_allreduce.kernel=softmax_rows",
           "algorithms.ring_allreduce.kernel: 'softmax_rows' is no kernel of a collective"}})
        for (const char* command : {"ccl plan", "kernel test", "bench ccl", "run ccl_allreduce"}) {
            const Finished finished = ahbm(fmt::format("{} --topology mini --ccl-set algorithms.{}", command, setting));
            EXPECT_EQ(finished.code, 2) << command << " " << setting;
            EXPECT_EQ(finished.out, "");
            EXPECT_THAT(finished.err, ::testing::AllOf(::testing::StartsWith(fmt::format(
                                                           "error: --ccl-set algorithms.{}: algorithms.", setting)),
                                                       ::testing::EndsWith(std::string(why) + "\n")));
        }
}

/// What is unusual and works is not refused.
TEST_F(CclCommand, AKernelMayHaveAnotherTopologyThatSuitsIt) {
    for (const char* algorithm :
         {"ring_allreduce 2 topology=torus_2d mapper=leader_only", "ring_broadcast 4 topology=mesh_2d_no_wrap",
          "ring_allreduce 1 topology=hierarchical_3level mapper=cube_leaders",
          "ring_all_to_all 2 topology=ring_1d_unidir", "tree_allreduce 2 topology=tree_double",
          "mesh_allreduce 4 topology=torus_2d", "intercube_allreduce 2 topology=hierarchical_3level mapper=leader_only",
          "intercube_allreduce 1 topology=mesh_2d_no_wrap",
          "hierarchical_allreduce 2 topology=intercube_multisip mapper=leader_only"}) {
        std::istringstream words(algorithm);
        std::string name, sips, options;
        words >> name >> sips;
        for (std::string setting; words >> setting;) options += " --ccl-set algorithms." + name + "." + setting;
        const Finished finished =
            ahbm("kernel test " + name + " --topology mini --elems 40 --set sips.count=" + sips + options);
        EXPECT_EQ(finished.code, 0) << algorithm << finished.out << finished.err;
    }
}

TEST_F(CclCommand, ALargeRingReachesItsBound) {
    const Finished finished = ahbm(
        "run ccl_allreduce --algo ring_allreduce_bw --ccl-set algorithms.ring_allreduce_bw.cubes=1 --elems 262144 "
        "--json r.json");
    ASSERT_EQ(finished.code, 0) << finished.err;
    const auto result = nlohmann::json::parse(content(folder / "r.json"));
    const double of_bound = result["figures"]["of_bound_percent"].get<double>();
    EXPECT_GE(of_bound, 97);
    EXPECT_LE(of_bound, 100);
}

TEST_F(CclCommand, ABadMeshIsRefused) {
    const Finished finished = ahbm(
        "run ccl_allreduce --algo mesh_allreduce --set sips.count=1 --ccl-set algorithms.mesh_allreduce.cubes=1 "
        "--ccl-set algorithms.mesh_allreduce.pes=5");
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr("5 participants do not form a square mesh"));
}

}  // namespace
}  // namespace ahbm::test
