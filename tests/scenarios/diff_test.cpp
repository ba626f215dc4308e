// SPDX-License-Identifier: Apache-2.0
// `ahbm diff`: what two results differ in.
#include "tests/scenarios/cli.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <regex>
#include <tuple>

namespace ahbm::test {
namespace {

using nlohmann::json;

TEST_F(Cli, TwoResultsAreCompared) {
    const std::string run = "run gemm_single_pe --topology mini ";
    ASSERT_EQ(ahbm(run + "--out a").code, 0);
    ASSERT_EQ(ahbm(run + "--json same.json").code, 0);
    ASSERT_EQ(ahbm(run + "--json slow.json --set sip.cube.pe.gemm.rate='1 TFLOP/s'").code, 0);
    const Finished equal = ahbm("diff a same.json");
    EXPECT_EQ(equal.code, 0) << equal.out;
    EXPECT_EQ(equal.out.substr(0, 7), "equal: ");
    const Finished differs = ahbm("diff a slow.json");
    EXPECT_EQ(differs.code, 1);
    for (const char* line : {"configuration differ\n  sip.cube.pe.gemm.rate: 8 TFLOP/s -> 1 TFLOP/s\n",
                             "first divergence: launch 0 (gemm on sip0): exec_end ", "kernel_time_ns", "GEMM"})
        EXPECT_NE(differs.out.find(line), std::string::npos) << line << differs.out;
    write("other.json", "{}");
    expect_refused("diff a other.json",
                   "other.json: the schema 'ahbm-result', version 3, is expected, not none, version none");
    expect_refused("diff a missing.json", "missing.json: no such file");
    const std::string lacks = ": a result that lacks something, or has it of another type";
    write("empty.json", R"({"schema": "ahbm-result", "version": 3})");
    expect_refused("diff empty.json a", "empty.json" + lacks);
    write("types.json", R"({"schema": "ahbm-result", "version": 3, "digest": "x", "simulated_ps": 1e300})");
    expect_refused("diff types.json a", "types.json" + lacks);
    json bad = json::parse(content(folder / "slow.json"));
    bad["configuration"] = "[no: {map";
    write("yaml.json", bad.dump());
    expect_refused("diff yaml.json a", "yaml.json" + lacks);
    write("version.json", R"({"schema": "ahbm-result", "version": "1"})");
    expect_refused(
        "diff version.json a",
        "version.json: the schema 'ahbm-result', version 3, is expected, not \"ahbm-result\", version \"1\"");
    write("cut.json", content(folder / "slow.json").substr(0, 300));
    EXPECT_THAT(ahbm("diff cut.json a").err, testing::StartsWith("error: cut.json: no JSON: parse error at line "));
    write("twice.json", R"({"schema": "ahbm-result", "version": 3, "seed": 1, "fabric": {"seed": 2}, "seed": 2})");
    expect_refused("diff twice.json a", "twice.json: the key \"seed\" is there twice");
    write("deep.json", R"({"schema": "ahbm-result", "version": 3, "digest": )" + std::string(100000, '['));
    expect_refused("diff deep.json a", "deep.json: nested too deeply");
}

TEST_F(Cli, WhateverIsChangedInAResultIsSeen) {
    ASSERT_EQ(ahbm("run gemm_single_pe --topology mini --json r.json").code, 0);
    ASSERT_EQ(ahbm("run gemm_single_pe --topology mini --json ledger.json --ledger").code, 0);
    const Finished looked_on = ahbm("diff r.json ledger.json");
    EXPECT_EQ(looked_on.code, 0) << looked_on.out;
    EXPECT_EQ(looked_on.out.substr(0, 7), "equal: ") << "both digests fit";
    const json original = json::parse(content(folder / "r.json"));
    const std::string changed = "changed.json: was changed after the run: its digest is not that of its contents\n";
    for (const auto& [place, value, line] : std::vector<std::tuple<const char*, json, const char*>>{
             {"/verifications/0/verdict", "failed", R"(verifications/0/verdict +"passed" +"failed")"},
             {"/launches/0/execution_ps", 1, R"(launches/0/execution_ps +\d+ +1\n)"},
             {"/seed", 7, "seed: 1 -> 7\n"},
             {"/engines/GEMM/mean_ps", 5, R"(engines/GEMM/mean_ps +\d+ +5\n)"},
             {"/engines/NEW", {{"busiest_ps", 5}}, R"(engines/NEW/busiest_ps +- +5\n)"},
             {"/fabric/transactions", 1, R"(fabric/transactions +\d+ +1\n)"},
             {"/findings", {"something"}, R"(findings/0 +- +"something")"},
             {"/notes/0", "another", R"("another")"},
             {"/why", "another", R"(why +1 +why +".*\.\.\. +"another")"},
             {"/measured/0/name", "another", R"("another")"},
             {"/tables", {{{"title", "t"}, {"rows", json::array()}}}, R"(tables/0/title +- +"t")"},
             {"/kernels/run", 7.0, R"(kernels/run +\d+ +7\.0)"},
             {"/figures/new_ns", 1.5, R"(figures/new_ns +- +1\.5)"},
             {"/unknown", 1, "unknown +- +1\n"},
             {"/digest", "other", R"(digest +".*" +"other")"}}) {
        json edited = original;
        edited[json::json_pointer(place)] = value;
        write("changed.json", edited.dump());
        const Finished seen = ahbm("diff r.json changed.json");
        EXPECT_EQ(seen.code, 1) << place;
        EXPECT_EQ(seen.out.substr(0, changed.size()), changed) << place;
        EXPECT_TRUE(std::regex_search(seen.out, std::regex(line))) << place << seen.out;
        const Finished itself = ahbm("diff changed.json changed.json");
        EXPECT_EQ(itself.code, 0) << place << itself.err;
        EXPECT_EQ(itself.out.substr(0, changed.size()), changed) << place;
    }
    for (const auto& [place, value] : std::vector<std::pair<const char*, json>>{{"/fabric", json::array()},
                                                                                {"/engines", "x"},
                                                                                {"/seed", -1},
                                                                                {"/seed", 1.0},
                                                                                {"/launches/0/execution_ps", "1"},
                                                                                {"/measured/0/times_ps/0", 0.5},
                                                                                {"/findings/0", 1},
                                                                                {"/figures/kernel_time_ns", "x"},
                                                                                {"/configuration", "[no: {map"},
                                                                                {"/digest", 1}}) {
        json edited = original;
        edited[json::json_pointer(place)] = value;
        write("changed.json", edited.dump());
        for (const char* pair : {"r.json changed.json", "changed.json r.json", "changed.json changed.json"})
            expect_refused(std::string("diff ") + pair,
                           "changed.json: a result that lacks something, or has it of another type");
    }
}

TEST_F(Cli, SettingsOfCollectivesAreInTheResultAndDiffNamesThem) {
    const std::string run = "run ccl_allreduce --topology mini --algo ring_allreduce ";
    ASSERT_EQ(ahbm(run + "--out standard").code, 0);
    ASSERT_EQ(ahbm(run + "--out more --ccl-set algorithms.ring_allreduce.n_slots=8").code, 0);
    const Finished differs = ahbm("diff standard more");
    EXPECT_EQ(differs.code, 1);
    EXPECT_THAT(differs.out,
                testing::StartsWith("collectives differ\n  algorithms.ring_allreduce.n_slots: 4 -> 8\nsimulated "));
    // The same by an option of the scenario: the parameters differ, what the algorithm runs with does not.
    ASSERT_EQ(ahbm(run + "--out option --n_slots 8").code, 0);
    const auto result = [&](const std::string& name) { return json::parse(content(folder / name / "result.json")); };
    EXPECT_THAT(result("option")["collectives"].get<std::string>(), testing::HasSubstr("n_slots: 8"));
    EXPECT_EQ(result("option")["launches"], result("more")["launches"]);
    // What is written down can be run again, and is a part of --out.
    EXPECT_EQ(content(folder / "more/ccl.yaml"), result("more")["collectives"]);
    ASSERT_EQ(ahbm("run ccl_allreduce --topology more/config.yaml --ccl more/ccl.yaml --json again.json").code, 0);
    const json again = json::parse(content(folder / "again.json"));
    EXPECT_EQ(again["collectives"], result("more")["collectives"]);
    EXPECT_EQ(again["launches"], result("more")["launches"]);
}

/// Nothing but the operation itself is set up, so what --out writes down is all there is to it; and ranks start every
/// call together, so the first one takes as long as the others.
TEST_F(Cli, EveryCollectiveRunsAgainFromWhatItWroteDown) {
    for (const std::string scenario : {"ccl_allreduce", "ccl_all_gather", "ccl_reduce_scatter", "ccl_broadcast",
                                       "ccl_reduce", "ccl_all_to_all", "ccl_barrier", "ccl_hello_send"}) {
        const std::string out = "run " + scenario + (scenario == "ccl_barrier" ? "" : " --elems 100");
        ASSERT_EQ(ahbm(out + " --topology mini --set sips.count=3 --n_slots 2 --out " + scenario).code, 0) << scenario;
        const std::string from = " --topology " + scenario + "/config.yaml --ccl " + scenario + "/ccl.yaml";
        const Finished again = ahbm(out + from + " --out again");
        ASSERT_EQ(again.code, 0) << scenario << again.err;
        const json first = json::parse(content(folder / scenario / "result.json")),
                   second = json::parse(content(folder / "again/result.json"));
        for (const char* same : {"launches", "figures", "collectives", "fabric", "why", "simulated_ps"})
            EXPECT_EQ(first[same], second[same]) << scenario << ' ' << same;
        if (scenario != "ccl_hello_send") {
            EXPECT_EQ(first["measured"][0]["times_ps"][0], first["measured"][0]["times_ps"][1]) << scenario;
        }
    }
    expect_refused(
        "run ccl_broadcast --topology mini --ccl-set defaults.algorithm=mesh_allreduce",
        "--ccl-set defaults.algorithm=mesh_allreduce: changes nothing: ccl_broadcast runs by ring_broadcast, "
        "and a setting is the command line's, else the algorithm's, else the default");
}

TEST_F(Cli, EveryScenarioWithCollectivesSaysWhichAndNoOtherDoes) {
    const auto collectives = [&](const std::string& run) {
        EXPECT_EQ(ahbm("run " + run + " --topology mini --data off --json r.json").code, 0) << run;
        return json::parse(content(folder / "r.json"))["collectives"].get<std::string>();
    };
    EXPECT_EQ(collectives("gemm_single_pe"), "");
    EXPECT_THAT(collectives("ccl_barrier"), testing::HasSubstr("algorithm: rank_ring"));
    EXPECT_THAT(collectives("ccl_all_gather"), testing::HasSubstr("kernel: ring_all_gather"));
    const std::string sends = collectives("ccl_hello_send --set sips.count=2 --n_slots 2");
    EXPECT_THAT(sends, testing::HasSubstr("mapper: cube_leaders")) << "who takes part";
    EXPECT_THAT(sends, testing::HasSubstr("n_slots: 2"));
    EXPECT_THAT(collectives("stress --steps 3"), testing::HasSubstr("ring_broadcast"));
}

}  // namespace
}  // namespace ahbm::test
