// SPDX-License-Identifier: Apache-2.0
// The command as a user meets it: what it prints and writes.
#include "tests/scenarios/cli.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <regex>

namespace ahbm::test {
namespace {

using nlohmann::json;

TEST_F(Cli, TrafficOfAnotherSeedIsOther) {
    const std::string run = "run " AHBM_SOURCE_DIR "/configs/scenarios/noc_traffic.yaml --measured 50 --json ";
    ASSERT_EQ(ahbm(run + "a.json --seed 1").code, 0);
    ASSERT_EQ(ahbm(run + "b.json --seed 2").code, 0);
    const json a = json::parse(content(folder / "a.json")), b = json::parse(content(folder / "b.json"));
    EXPECT_NE(a["tables"], b["tables"]);
    for (const char* closed_form :
         {"saturation_bound_of_injection_bandwidth", "zero_load_latency_ns", "mean_hops_links_between_routers"})
        EXPECT_EQ(a["figures"].at(closed_form), b["figures"].at(closed_form)) << closed_form;
}

TEST_F(Cli, ResultsDescribeTheRun) {
    const Finished finished =
        ahbm("run gemm_single_pe --topology mini --out results --device sip:0 --op-log ops.jsonl");
    ASSERT_EQ(finished.code, 0) << finished.err;
    const json result = json::parse(content(folder / "results/result.json"));
    EXPECT_EQ(result["schema"], "ahbm-result");
    EXPECT_EQ(result["verifications"][0]["verdict"], "passed");
    EXPECT_NE(result["configuration"].get<std::string>().find("cube_mesh"), std::string::npos);
    EXPECT_FALSE(content(folder / "ops.jsonl").empty());
    EXPECT_EQ(ahbm("run gemm_single_pe --topology results/config.yaml").code, 0)
        << "the effective configuration can be run again";
    EXPECT_LT(std::count(finished.out.begin(), finished.out.end(), '\n'), 45) << "one screen";
}

TEST_F(Cli, WhatToAskNextIsWhatWasNotAsked) {
    const std::string run = "run gemm_single_pe --topology mini ";
    EXPECT_THAT(ahbm(run + "--json r--ledger.json").out,
                testing::HasSubstr("r--ledger.json --details (or --report run.html, --ledger)\n"));
    EXPECT_THAT(ahbm(run + "--ledger").out, testing::HasSubstr("--ledger --details (or --report run.html)\n"));
}

TEST_F(Cli, TheResultIsDocumented) {
    ASSERT_EQ(ahbm("run gemm_single_pe --topology mini --json r.json").code, 0);
    const std::string page = content(AHBM_SOURCE_DIR "/docs/result_json.md");
    const json result = json::parse(content(folder / "r.json"));
    const auto documented = [&](const std::string& key) {
        EXPECT_NE(page.find("`" + key + "`"), std::string::npos) << key;
    };
    for (const auto& [key, value] : result.items()) documented(key);
    for (const auto& [key, value] : result["launches"][0].items()) documented(key);
    for (const auto& [key, value] : result["fabric"].items()) documented(key);
    for (const auto& [key, value] : result["fabric"]["paths"][0].items())
        if (key != "access" && key != "path") documented(key);
    for (const auto& [key, value] : result["fabric"]["busiest_links"][0].items()) documented(key);
}

TEST_F(Cli, AWrongResultIsExitCode1) {
    // A scenario of the user's own, from a library, whose result differs from its reference in two places.
    const Finished finished =
        ahbm("run wrong_on_purpose --topology mini --scenarios " AHBM_WRONG_SCENARIO " --json r.json");
    EXPECT_EQ(finished.code, 1) << finished.err;
    EXPECT_NE(finished.out.find("FAILED       x against a reference that differs (2 of 32 elements differ)"),
              std::string::npos)
        << finished.out;
    EXPECT_NE(finished.out.find("MISMATCH x shape=(8, 4) max_diff=64 tolerance=exact over=2/32 nan=0 inf=0\n"
                                "  worst index=(5, 2) got=22 want=86 owner=sip0.cube2.pe0\n"
                                "  rows over tolerance 2/8  (1) 1/4 max 1 | (5) 1/4 max 64\n"
                                "  PEs over tolerance  2/4  sip0.cube0.pe0 1/8 max 1 | sip0.cube2.pe0 1/8 max 64\n"),
              std::string::npos)
        << finished.out;
    const json result = json::parse(content(folder / "r.json"));
    EXPECT_EQ(result["verifications"][0]["mismatch"]["worst"]["owner"], "sip0.cube2.pe0");
}

TEST_F(Cli, WavesShowTheScopeAndChangeNothing) {
    ASSERT_EQ(
        ahbm("run gemm_single_pe --topology mini --json with.json --vcd w.vcd --vcd-scope 'sip0.cube0.pe0.*'").code, 0);
    ASSERT_EQ(ahbm("run gemm_single_pe --topology mini --json without.json").code, 0);
    EXPECT_EQ(content(folder / "with.json"), content(folder / "without.json"));
    const std::string vcd = content(folder / "w.vcd");
    EXPECT_NE(vcd.find("$scope module pe0 $end"), std::string::npos);
    for (const char* signal : {" state ", " busy ", " data ", " commands "})
        EXPECT_NE(vcd.find(signal), std::string::npos) << signal;
    EXPECT_EQ(vcd.find("$scope module pe1 $end"), std::string::npos) << "out of scope";
    EXPECT_GT(std::count(vcd.begin(), vcd.end(), '#'), 100) << "time goes on";
    // Queue pairs come in the course of the run: that none of this name came is known at its end.
    const Finished finished =
        ahbm("run gemm_single_pe --topology mini --vcd q.vcd --vcd-scope 'sip0.launch,sip0.cube0.pe0.ipcq.*'");
    EXPECT_NE(finished.out.find("--vcd-scope sip0.cube0.pe0.ipcq.*: no queue pair had such a name"), std::string::npos)
        << finished.out;
    expect_refused("run gemm_single_pe --topology mini --vcd x.vcd --vcd-scope nothing.like.this",
                   "--vcd-scope: nothing.like.this: no signal has such a name; there are: "
                   "fabric, host, sip0");
}

TEST_F(Cli, TheLogsNumbersAreReadable) {
    const Finished finished = ahbm("run gemm_single_pe --topology mini --log-level debug");
    EXPECT_THAT(finished.err, testing::HasSubstr(" ns debug host: request 0: "));
    EXPECT_THAT(finished.err, testing::HasSubstr(" ns debug host: request 0 complete: "));
    EXPECT_FALSE(std::regex_search(finished.err, std::regex("\\d{15}"))) << finished.err.substr(0, 500);
}

TEST_F(Cli, TellsWhatThereIs) {
    EXPECT_EQ(ahbm("--help").code, 0);
    EXPECT_EQ(ahbm("run --help").code, 0);
    EXPECT_EQ(ahbm("run softmax_rows --help-parameters").code, 0);
    EXPECT_THAT(ahbm("run --help").out, testing::HasSubstr("Lists are in brackets: --rates '[0.1, 0.2]'"));
    EXPECT_THAT(ahbm("run noc_traffic --help-parameters").out,
                testing::HasSubstr("A list is given in brackets, quoted for the shell: --name '[first, second]'"));
    EXPECT_THAT(ahbm("run gemm_sharded --help-parameters").out, testing::Not(testing::HasSubstr("A list is")));
    EXPECT_EQ(ahbm("run wrong_on_purpose --help-parameters --scenarios " AHBM_WRONG_SCENARIO).code, 0);
    const Finished list = ahbm("list");
    for (const char* name : {"gemm_sharded", "softmax_rows", "torus6", "pe_gemm", "vector_add"})
        EXPECT_NE(list.out.find(name), std::string::npos) << name;
    const Finished topo = ahbm("topo --topology mini --dot t.dot");
    EXPECT_NE(topo.out.find("router                128"), std::string::npos) << topo.out;
    EXPECT_NE(content(folder / "t.dot").find("cube3"), std::string::npos);
    const Finished address = ahbm("addr sip1.cube3.pe5.tcm+0x1234");
    EXPECT_NE(address.out.find("TCM") == std::string::npos ? address.out.find("tcm") : 0, std::string::npos)
        << address.out;
    const std::string number = address.out.substr(0, address.out.find(' '));
    EXPECT_NE(ahbm("addr " + number).out.find("sip1.cube3.pe5.tcm+0x1234"), std::string::npos);
    const Finished probe = ahbm("probe --topology mini");
    EXPECT_EQ(probe.code, 0) << probe.err;
    EXPECT_NE(probe.out.find("PE_DMA read 16 KiB, own slice"), std::string::npos);
    const std::size_t ipcq = probe.out.find("IPCQ pe0 -> pe1, 256 B");
    ASSERT_NE(ipcq, std::string::npos);
    const std::string row = probe.out.substr(ipcq, probe.out.find('\n', ipcq) - ipcq);
    EXPECT_TRUE(std::regex_search(row, std::regex("32.6 +10.655 +-67.3%"))) << row;
}

TEST_F(Cli, ABlockIsReplacedByName) {
    const auto time = [&](const std::string& options) {
        const Finished finished = ahbm(
            "run gemm_single_pe --topology mini --m 128 --k 256 --n 128 --mode load_load --json r.json " + options);
        EXPECT_EQ(finished.code, 0) << finished.err;
        return json::parse(content(folder / "r.json"))["engines"]["GEMM"]["busiest_ps"].get<std::int64_t>();
    };
    const std::int64_t builtin = time(""), slow = time(std::string("--models ") + AHBM_SLOW_GEMM +
                                                       " --set sip.cube.pe.gemm.impl=test.slow_gemm");
    EXPECT_EQ(builtin, 64 * 16'384) << "64 tiles";
    EXPECT_EQ(slow, 2 * builtin);
    expect_refused("run gemm_single_pe --topology mini --set sip.cube.pe.gemm.impl=rtl.pe_gemm",
                   "sip.cube.pe.gemm.impl: no implementation is named 'rtl.pe_gemm'; known here: builtin.pe_gemm");
    EXPECT_NE(ahbm("list models").out.find("builtin.pe_math"), std::string::npos);
}

TEST_F(Cli, AnImpossibleUseEndsTheRun) {
    const Finished boastful = ahbm(std::string("run gemm_single_pe --topology mini --models ") + AHBM_SLOW_GEMM +
                                   " --set sip.cube.pe.gemm.impl=test.boastful_gemm --json r.json");
    EXPECT_EQ(boastful.code, 4);
    EXPECT_TRUE(boastful.err.starts_with("error: sip0.cube0.pe0 GEMM was used for ")) << boastful.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "r.json"));
}

TEST_F(Cli, ARunFasterThanItsBoundKeepsItsRecordings) {
    const Finished fast = ahbm(std::string("run too_fast_on_purpose --topology mini --scenarios ") +
                               AHBM_WRONG_SCENARIO + " --op-log o.jsonl --trace t.json --vcd w.vcd --out d");
    EXPECT_EQ(fast.code, 4);
    EXPECT_EQ(fast.err, "error: work of 2 ns took 1.999 ns, its bound is 2.000 ns: what it takes\n");
    EXPECT_NE(content(folder / "o.jsonl").find("\"end\""), std::string::npos);
    EXPECT_NE(content(folder / "t.json").find("traceEvents"), std::string::npos);
    EXPECT_EQ(content(folder / "w.vcd").find("partial"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder / "d"));
}

TEST_F(Cli, TheProbeEqualsTheClosedForm) {
    ASSERT_EQ(ahbm("run pe_dma_probe --json r.json").code, 0);
    std::size_t rows = 0;
    const json result = json::parse(content(folder / "r.json"));
    for (const json& table : result.at("tables")) {
        if (table.at("rows")[0].size() < 4 || table.at("rows")[0][3] != "closed form ns") continue;
        for (const json& row : table.at("rows")) {
            if (row[0] == "path") continue;
            ++rows;
            EXPECT_EQ(row[2], row[3]) << row[0] << " " << row[1];
        }
    }
    EXPECT_GT(rows, 20u);
}

}  // namespace
}  // namespace ahbm::test
