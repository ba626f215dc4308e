// SPDX-License-Identifier: Apache-2.0
// `ahbm diff`: what two results differ in.
#include "tests/scenarios/cli.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

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
    expect_refused("diff a other.json", "other.json: the schema 'ahbm-result', version 3, is expected");
    expect_refused("diff a missing.json", "missing.json: no such file");
    const std::string lacks = " or a: a result that lacks something, or has it of another type";
    write("empty.json", R"({"schema": "ahbm-result", "version": 3})");
    expect_refused("diff empty.json a", "empty.json" + lacks);
    write("types.json", R"({"schema": "ahbm-result", "version": 3, "digest": "x", "simulated_ps": 1e300})");
    expect_refused("diff types.json a", "types.json" + lacks);
    json bad = json::parse(content(folder / "slow.json"));
    bad["configuration"] = "[no: {map";
    write("yaml.json", bad.dump());
    expect_refused("diff yaml.json a", "yaml.json" + lacks);
    write("version.json", R"({"schema": "ahbm-result", "version": "1"})");
    expect_refused("diff version.json a", "version.json: the schema 'ahbm-result', version 3, is expected");
    write("deep.json", R"({"schema": "ahbm-result", "version": 3, "digest": )" + std::string(100000, '['));
    expect_refused("diff deep.json a", "deep.json: nested too deeply");
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

TEST_F(Cli, EveryScenarioWithCollectivesSaysWhichAndNoOtherDoes) {
    const auto collectives = [&](const std::string& run) {
        EXPECT_EQ(ahbm("run " + run + " --topology mini --data off --json r.json").code, 0) << run;
        return json::parse(content(folder / "r.json"))["collectives"].get<std::string>();
    };
    EXPECT_EQ(collectives("gemm_single_pe"), "");
    EXPECT_THAT(collectives("ccl_barrier"), testing::HasSubstr("algorithm: rank_ring"));
    EXPECT_THAT(collectives("ccl_all_gather"), testing::HasSubstr("kernel: ring_all_gather"));
    EXPECT_THAT(collectives("ccl_hello_send --set sips.count=2"), testing::HasSubstr("algorithm: intercube_allreduce"));
    EXPECT_THAT(collectives("stress --steps 3"), testing::HasSubstr("ring_broadcast"));
}

}  // namespace
}  // namespace ahbm::test
