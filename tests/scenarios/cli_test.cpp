// SPDX-License-Identifier: Apache-2.0
// The command as a user meets it: results, and every way to get it wrong.
#include "sw_runtime/tensor/npy.h"
#include "tests/scenarios/process.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <regex>

namespace ahbm::test {
namespace {

using nlohmann::json;

class Cli : public InFolder {
protected:
    void write(const std::string& file, const std::string& text) const { std::ofstream(folder / file) << text; }
    void write_matrix(const std::string& file, std::uint32_t rows, std::uint32_t cols, Dtype dtype) const {
        std::vector<float> values(std::size_t{rows} * cols);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 13 % 37) / 32 - 0.5F;
        runtime::save_npy(folder / file, runtime::make_array({rows, cols}, dtype, values));
    }
    /// Bad input: exit code 2, one line on standard error, nothing on standard output and nothing written.
    void expect_refused(const std::string& arguments, const std::string& message) const {
        const std::size_t before = files();
        const Finished finished = ahbm(arguments);
        EXPECT_EQ(finished.code, 2) << arguments;
        EXPECT_EQ(finished.err, "error: " + message + "\n") << arguments;
        EXPECT_EQ(finished.out, "") << arguments;
        EXPECT_EQ(files(), before) << arguments << " left files behind";
    }
};

TEST_F(Cli, RefusesTrafficThatTheMeshHasNot) {
    const std::string run = "run noc_traffic --topology mini ";
    expect_refused(run + "--k 7", "k: 7: the mesh has 6 x 6 nodes");
    expect_refused(run + "--region sip --set sip.cube_mesh.h=1 --pattern transpose",
                   "pattern: a mesh of 1 x 2 nodes has no transpose: set k");
    expect_refused(run + "--packet 8KiB", "packet: at most 4096 B is expected (fabric.max_packet)");
    expect_refused(run + "--rates '[0.1, 0]'", "--rates [0.1, 0]: rates: more than 0 and at most 2 is expected");
    expect_refused(run + "--input x=x.npy", "--input x: no tensor of that name; there is none");
}

TEST_F(Cli, TrafficOfAnotherSeedIsOther) {
    const std::string run = "run " AHBM_SOURCE_DIR "/configs/scenarios/noc_traffic.yaml --measured 50 --json ";
    ASSERT_EQ(ahbm(run + "a.json --seed 1").code, 0);
    ASSERT_EQ(ahbm(run + "b.json --seed 2").code, 0);
    const json a = json::parse(content(folder / "a.json")), b = json::parse(content(folder / "b.json"));
    EXPECT_NE(a["tables"], b["tables"]);
    for (const char* closed_form : {"saturation_bound", "zero_load_latency", "mean_hops"})
        EXPECT_EQ(a["figures"][closed_form], b["figures"][closed_form]) << closed_form;
}

TEST_F(Cli, MultipliesTheUsersMatrices) {
    for (const auto& [dtype, name] : {std::pair{Dtype::f16, "f16"}, {Dtype::bf16, "bf16"}, {Dtype::f32, "f32"}}) {
        write_matrix("a.npy", 33, 70, dtype);
        write_matrix("b.npy", 70, 41, dtype);
        const Finished finished =
            ahbm("run gemm_sharded --topology mini --input a=a.npy --input b=b.npy --output c.npy --verify");
        ASSERT_EQ(finished.code, 0) << name << finished.err;
        EXPECT_NE(finished.out.find("VERIFIED"), std::string::npos);
        const runtime::Array c = runtime::load_npy(folder / "c.npy");
        EXPECT_EQ(c.shape, (Shape{33, 41}));
        EXPECT_EQ(c.dtype, dtype);
        double want = 0;
        const auto a = runtime::values_of(runtime::load_npy(folder / "a.npy")),
                   b = runtime::values_of(runtime::load_npy(folder / "b.npy"));
        for (std::size_t k = 0; k < 70; ++k) want += a[5 * 70 + k] * b[k * 41 + 7];
        EXPECT_NEAR(runtime::values_of(c)[5 * 41 + 7], want, 0.01 * std::abs(want) + 0.02);
    }
}

TEST_F(Cli, ProjectsTheUsersActivations) {
    write_matrix("x.npy", 9, 40, Dtype::bf16);
    for (const char* w : {"wq.npy", "wk.npy", "wv.npy"}) write_matrix(w, 40, 40, Dtype::bf16);
    const std::string inputs =
        "run gpt3_qkv --topology mini --input x=x.npy --input wq=wq.npy --input wk=wk.npy --input wv=wv.npy ";
    const Finished finished = ahbm(inputs + "--output q=q.npy --output v=v.npy");
    ASSERT_EQ(finished.code, 0) << finished.err;
    EXPECT_NE(finished.out.find("q = x wq, every element"), std::string::npos) << finished.out;
    EXPECT_EQ(runtime::load_npy(folder / "q.npy").shape, (Shape{9, 40}));
    EXPECT_EQ(runtime::load_npy(folder / "q.npy"), runtime::load_npy(folder / "v.npy")) << "the same weights";
    EXPECT_FALSE(std::filesystem::exists(folder / "k.npy"));
    write_matrix("wk.npy", 40, 41, Dtype::bf16);
    EXPECT_EQ(ahbm(inputs).code, 0) << "K may have another width";
    write_matrix("wk.npy", 41, 40, Dtype::bf16);
    expect_refused(inputs, "x (9, 40) bf16 and wk (41, 40) bf16 do not multiply");
    write_matrix("wk.npy", 40, 40, Dtype::f16);
    expect_refused(inputs, "x (9, 40) bf16 and wk (40, 40) f16 do not multiply");
}

TEST_F(Cli, TakesTheSoftmaxOfTheUsersRows) {
    write_matrix("x.npy", 11, 37, Dtype::f32);
    const Finished finished = ahbm("run softmax_rows --topology mini --input x=x.npy --output y.npy");
    ASSERT_EQ(finished.code, 0) << finished.err;
    const std::vector<double> y = runtime::values_of(runtime::load_npy(folder / "y.npy"));
    EXPECT_NEAR(std::accumulate(y.begin(), y.begin() + 37, 0.0), 1, 1e-5);
    const auto refused = [&](const Shape& shape, Dtype dtype, const std::string& as) {
        runtime::save_npy(folder / "bad.npy", runtime::make_array(shape, dtype, std::vector<float>(shape.elements())));
        expect_refused("run softmax_rows --topology mini --input x=bad.npy",
                       "--input x: a matrix of f16, bf16 or f32 is expected, not " + as);
    };
    refused({5}, Dtype::f16, "(5) f16");
    refused({2, 3, 4}, Dtype::f16, "(2, 3, 4) f16");
    refused({4, 4}, Dtype::i32, "(4, 4) i32");
    expect_refused("run softmax_rows --topology mini --input x=missing.npy", "missing.npy: no such file");
}

TEST_F(Cli, GemmOfAnyShapeLayoutAndMode) {
    for (const char* options :
         {"--m 1 --k 1 --n 1", "--m 7 --k 300 --n 5 --layout dense",
          "--m 100 --k 65 --n 33 --mode load_ref --dtype bf16", "--m 64 --k 64 --n 64 --mode load_load --dtype f32",
          "--m 90 --k 40 --n 70 --bias true --epilogue relu", "--m 50 --k 70 --n 30 --epilogue gelu --layout dense",
          "--m 40 --k 128 --n 40 --set sip.cube.pe.gemm.tile_m=16"}) {
        const Finished finished = ahbm(std::string("run gemm_sharded --topology mini ") + options);
        EXPECT_EQ(finished.code, 0) << options << '\n' << finished.err << finished.out;
    }
}

TEST_F(Cli, AGemmReachesItsBoundWhereOneResourceDominates) {
    const auto of_bound = [&](const std::string& options) {
        EXPECT_EQ(ahbm("run gemm_single_pe --topology mini --data off --json r.json " + options).code, 0) << options;
        const json result = json::parse(content(folder / "r.json"));
        return std::stod(result["figures"]["of_bound"]["value"].get<std::string>());
    };
    EXPECT_GE(of_bound("--m 512 --k 1024 --n 512"), 95) << "streamed operands: HBM";
    EXPECT_GE(of_bound("--m 512 --k 2048 --n 512 --set sip.cube.pe.gemm.rate='1 TFLOP/s'"), 95)
        << "a slow engine: GEMM";
    EXPECT_GE(of_bound("--m 512 --k 1024 --n 512 --set sip.cube.noc.link_bandwidth='64 GB/s'"), 95)
        << "a narrow port: PE link";
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

TEST_F(Cli, TheOpLogTellsWhyAWaitEnded) {
    // A ring of four, one slot per queue: receives wait for tiles, sends for slots.
    ASSERT_EQ(ahbm("run ccl_allreduce --algo ring_allreduce --elems 4096 --topology mini --set sips.count=1 "
                   "--device sip:0 --ccl-set algorithms.ring_allreduce.n_slots=1 --op-log log.jsonl")
                  .code,
              0);
    const Finished queues = ahbm("log log.jsonl --waits sip0.cube1.pe0.ipcq");
    EXPECT_TRUE(std::regex_search(
        queues.out, std::regex("[0-9.]+ ns \\+ +[0-9.]+ ns  sip0.cube1.pe0.ipcq recv: tile \\d+ from W is all there, "
                               "sent by sip0.cube0.pe\\d\n")))
        << queues.out;
    EXPECT_TRUE(std::regex_search(queues.out, std::regex("ipcq send: a credit: sip0.cube\\d.pe\\d has given back")))
        << queues.out;
    const Finished scheduler = ahbm("log log.jsonl --waits sip0.cube1.pe0.scheduler --before 1ms");
    EXPECT_TRUE(std::regex_search(scheduler.out, std::regex("scheduler [a-z_]+: command \\d+, [a-z_]+, is ")))
        << scheduler.out;
    EXPECT_EQ(ahbm("log log.jsonl --waits sip7").out, "nobody whose name begins so has waited\n");
}

TEST_F(Cli, TheOpLogAnswers) {
    // One tile of C = A B.
    ASSERT_EQ(ahbm("run gemm_single_pe --topology mini --m 32 --k 64 --n 32 --op-log log.jsonl").code, 0);
    const Finished overview = ahbm("log log.jsonl");
    EXPECT_EQ(overview.code, 0) << overview.err;
    EXPECT_NE(overview.out.find("op composite"), std::string::npos) << overview.out;
    // A is 4 KiB at offset 0 of the slice, B 4 KiB behind it, C 2 KiB behind that.
    const Finished c = ahbm("log log.jsonl --at sip0.cube0.hbm0+0x2000 --bytes 2048");
    std::smatch match;
    const std::regex line(
        "sip0.cube0.hbm0\\+0x2000..0x2800  value #(\\d+) from byte 0, visible at [0-9.]+ ns: matmul .composite. by "
        "sip0.cube0.pe0.scheduler, .*\n");
    ASSERT_TRUE(std::regex_match(c.out, match, line)) << c.out;
    EXPECT_EQ(ahbm("log log.jsonl --at sip0.cube0.hbm0+8192 --before 500ns").out, "nobody wrote there before\n");
    const Finished value = ahbm("log log.jsonl --value " + match[1].str());
    for (const char* text :
         {"made by    matmul (composite) by sip0.cube0.pe0.scheduler", "  from     sip0.cube0.pe0.tcm+0x",
          "visible    sip0.cube0.hbm0+0x2000, 2048 B, from ", "moved by   dma_write of sip0.cube0.pe0.dma"})
        EXPECT_NE(value.out.find(text), std::string::npos) << text << '\n' << value.out;
    const Finished inputs = ahbm("log log.jsonl --value 1");
    EXPECT_NE(inputs.out.find("used by    #" + match[1].str() + ": matmul"), std::string::npos) << inputs.out;

    expect_refused("log missing.jsonl", "missing.jsonl: no such file");
    expect_refused("log log.jsonl --value 999999", "--value 999999: the log has no such value");
    expect_refused("log log.jsonl --at sip0.cube0.hbm0+0xzz",
                   "--at sip0.cube0.hbm0+0xzz: MEMORY+OFFSET is expected, as in sip0.cube0.hbm0+0x1000");
    expect_refused("log log.jsonl --at x --value 1", "--at, --value and --waits are different questions: ask one");
    expect_refused("log log.jsonl --bytes 3", "--bytes belongs to --at");
    expect_refused("log log.jsonl --before 3ns", "--before belongs to --at or --waits");
    write("version.jsonl", "{\"schema\":1,\"version\":\"1\"}\n");
    EXPECT_EQ(ahbm("log version.jsonl").code, 2);
    write("other.jsonl", "{}\n");
    expect_refused("log other.jsonl",
                   "other.jsonl:1: no op log: {\"schema\": \"ahbm-op-log\", \"version\": 1} is expected");
}

/// Values 1 to `values`, and records, between a header and an end that fits.
std::string op_log(const std::string& records, int values = 1) {
    std::string text = "{\"schema\":\"ahbm-op-log\",\"version\":1}\n";
    for (int id = 1; id <= values; ++id)
        text += fmt::format(R"({{"record":"constant","component":"a","kind":"b","t_start_ps":0,"t_end_ps":1,"id":{},)"
                            R"("bytes":4}})",
                            id) +
                "\n";
    text += records;
    return text +
           fmt::format("{{\"record\":\"end\",\"records\":{}}}\n", std::count(text.begin(), text.end(), '\n') - 1);
}

TEST_F(Cli, EveryRecordOfAnOpLogIsCheckedWhateverTheQuestion) {
    const auto refused = [&](const std::string& log, const std::string& why) {
        write("bad.jsonl", log);
        for (const char* question : {"", " --at m", " --waits a", " --value 1"})
            expect_refused("log bad.jsonl" + std::string(question), "bad.jsonl:" + why);
    };
    const std::string lacks = "3: a record that lacks something, or has it of another type",
                      head = R"({"component":"a","kind":"b",)",
                      visible = head + R"("record":"visible","t_start_ps":0,"t_visible_ps":1,"place":)",
                      m = R"({"memory":"m","address":0})";
    refused(op_log("{\"record\":\"op\"}\n"), lacks);
    for (const std::string& record :
         {head + R"("record":"constant","t_start_ps":0,"t_end_ps":1,"id":"2","bytes":1})",
          head + R"("record":"visible","t_start_ps":0,"t_visible_ps":1e300,"place":)" + m +
              R"(,"length":1,"values":[[1,0,1]]})",
          visible + R"({"memory":"m"},"length":1,"values":[[1,0,1]]})",
          visible + m + R"(,"length":-5,"values":[[1,0,1]]})", visible + m + R"(,"length":1,"values":[[1,0,-5]]})",
          visible + m + R"(,"length":1,"values":[[1]]})", visible + m + R"(,"length":1})",
          head + R"("record":"wait","t_start_ps":-9223372036854775808,"t_end_ps":1,"ended_by":"c"})",
          head + R"("record":"wait","t_start_ps":0,"t_end_ps":1})",
          head + R"("record":"copy","t_start_ps":0,"t_end_ps":1,"id":2,"from":)" + m + R"(,"values":[]})"})
        refused(op_log(record + "\n"), lacks);
    refused(op_log(visible + m + R"(,"length":4,"values":[[7,0,4]]})" + "\n"), "3: value #7 has not been made");
    refused(op_log(visible + m + R"(,"length":5,"values":[[1,0,4]]})" + "\n"), "3: 4 bytes are said to be 5");
    refused(op_log(head + R"("record":"constant","t_start_ps":0,"t_end_ps":1,"id":1,"bytes":1})" + "\n"),
            "3: value #1 is made again");
    refused(op_log(head + R"("record":"wait","t_start_ps":2,"t_end_ps":1,"ended_by":"c"})" + "\n"),
            "3: a wait that ends before it begins");
    refused(op_log(head + R"("record":"other","t_start_ps":0,"t_end_ps":1,"id":2})" + "\n"),
            "3: no record is named 'other'");
}

TEST_F(Cli, AnOpLogThatWasCutOffIsRefusedAndAPartialOneSaysSo) {
    ASSERT_EQ(ahbm("run gemm_single_pe --topology mini --m 32 --k 64 --n 32 --op-log log.jsonl").code, 0);
    const std::string log = content(folder / "log.jsonl");
    const auto records = static_cast<std::size_t>(std::count(log.begin(), log.end(), '\n')) - 2;
    EXPECT_THAT(log, testing::EndsWith(fmt::format("\n{{\"record\":\"end\",\"records\":{}}}\n", records)));
    const std::string without_end = log.substr(0, log.rfind('\n', log.size() - 2) + 1);
    for (const char* question : {"", " --at sip0.cube0.hbm0", " --waits sip0", " --value 1"}) {
        write("cut.jsonl", without_end);
        expect_refused(
            "log cut.jsonl" + std::string(question),
            fmt::format("cut.jsonl:{}: the log was cut off: a last record 'end' or 'partial' is missing", records + 2));
        write("cut.jsonl", log.substr(0, log.find('\n') + 1) + log.substr(log.find('\n', log.find('\n') + 1) + 1));
        EXPECT_EQ(ahbm("log cut.jsonl" + std::string(question)).code, 2) << "its second line is missing";
        write("partial.jsonl",
              without_end + fmt::format("{{\"record\":\"partial\",\"records\":{},\"reason\":\"why\"}}\n", records));
        const Finished partial = ahbm("log partial.jsonl" + std::string(question));
        EXPECT_EQ(partial.code, 0) << partial.err;
        EXPECT_THAT(partial.out, testing::EndsWith("the log is partial: why\n"));
    }
    write("cut.jsonl", op_log("", 2).substr(0, op_log("", 2).rfind('{')) + "{\"record\":\"end\",\"records\":3}\n");
    expect_refused("log cut.jsonl", "cut.jsonl:4: 3 records are expected before it, not 2");
    write("long.jsonl", log + log.substr(log.find('\n') + 1));
    expect_refused("log long.jsonl", fmt::format("long.jsonl:{}: a line behind the log's end", records + 3));
    for (const char* nothing : {"--waits ''", "--at ''", "--before '' --at x"})
        EXPECT_THAT(ahbm("log log.jsonl " + std::string(nothing)).err, testing::HasSubstr("a value is expected"));
    expect_refused("log log.jsonl --value 0", "--value 0: the log has no such value");
    expect_refused("log log.jsonl --bytes 1", "--bytes belongs to --at");
    EXPECT_THAT(ahbm("log log.jsonl --at m --bytes 0").err,
                testing::HasSubstr("--bytes: 0: 1 to 18446744073709551615 is expected"));
    EXPECT_THAT(ahbm("log log.jsonl --at sip0.cube0.hbm0+1 --bytes 18446744073709551615").out,
                testing::StartsWith("sip0.cube0.hbm0+0x1.."))
        << "to the end, without wrapping around";
}

TEST_F(Cli, TheLatestVisibleWriteCountsHoweverTheLogOrdersThem) {
    const auto visible = [](int value, int at_ps) {
        return fmt::format(
                   R"({{"record":"visible","component":"w{0}","kind":"visible","t_start_ps":0,"t_visible_ps":{1},)"
                   R"("place":{{"memory":"m","address":0}},"length":4,"values":[[{0},0,4]]}})",
                   value, at_ps) +
               "\n";
    };
    write("order.jsonl", op_log(visible(1, 3000) + visible(2, 2000) + visible(3, 3000) + visible(4, 1000), 4));
    EXPECT_THAT(ahbm("log order.jsonl --at m+0 --bytes 4").out, testing::HasSubstr("value #3 "));
    EXPECT_THAT(ahbm("log order.jsonl --at m+0 --bytes 4 --before 2ns").out, testing::HasSubstr("value #2 "));
}

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
    for (const char* line : {"configuration differ\n  -         rate: 8 TFLOP/s\n  +         rate: 1 TFLOP/s\n",
                             "first divergence: launch 0 (gemm on sip0): exec_end ", "kernel_time ns", "GEMM"})
        EXPECT_NE(differs.out.find(line), std::string::npos) << line << differs.out;
    write("other.json", "{}");
    expect_refused("diff a other.json", "other.json: the schema 'ahbm-result', version 2, is expected");
    expect_refused("diff a missing.json", "missing.json: no such file");
    const std::string lacks = ": a result that lacks something, or has it of another type";
    write("empty.json", R"({"schema": "ahbm-result", "version": 2})");
    expect_refused("diff empty.json a", "empty.json" + lacks);
    write("types.json", R"({"schema": "ahbm-result", "version": 2, "digest": "x", "simulated_ps": 1e300})");
    expect_refused("diff types.json a", "types.json" + lacks);
    write("version.json", R"({"schema": "ahbm-result", "version": "1"})");
    expect_refused("diff version.json a", "version.json: the schema 'ahbm-result', version 2, is expected");
    write("deep.json", R"({"schema": "ahbm-result", "version": 2, "digest": )" + std::string(100000, '['));
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
             {"/figures/new", {{"value", "1"}, {"unit", "ns"}}, R"(figures/new/unit +- +"ns")"},
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
                                                                                {"/figures/kernel_time/value", "x"},
                                                                                {"/digest", 1}}) {
        json edited = original;
        edited[json::json_pointer(place)] = value;
        write("changed.json", edited.dump());
        for (const char* pair : {"r.json changed.json", "changed.json r.json", "changed.json changed.json"})
            expect_refused(std::string("diff ") + pair,
                           "changed.json: a result that lacks something, or has it of another type");
    }
}

TEST_F(Cli, TheLogsNumbersAreReadable) {
    const Finished finished = ahbm("run gemm_single_pe --topology mini --log-level debug");
    EXPECT_THAT(finished.err, testing::HasSubstr(" ns debug host: request 0: "));
    EXPECT_THAT(finished.err, testing::HasSubstr(" ns debug host: request 0 complete: "));
    EXPECT_FALSE(std::regex_search(finished.err, std::regex("\\d{15}"))) << finished.err.substr(0, 500);
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

TEST_F(Cli, BadInputGetsOneLineAndLeavesNothing) {
    expect_refused("run gpt3_qkv --topology mini --output f.npy",
                   "--output f.npy: which tensor? NAME=FILE with one of q, k, v is expected");
    expect_refused("run pe_dma_probe --topology mini --output f.npy", "--output f.npy: there is no tensor to write");
    expect_refused("run pe_dma_probe --device sip:1", "--device: the probe measures from sip0");
    expect_refused("run va_offset_verify --topology mini --rows 1 --cols 1",
                   "offset 3: the smallest shard has 1 elements");
    expect_refused("run gpt3_qkv --topology mini --input w=a.npy",
                   "--input w: no tensor of that name; there is x, wq, wk, wv");
    expect_refused("run gemm_sharded --topology mini --device all",
                   "--device all: gemm_sharded runs on one SIP: name it, as in sip:0");
    expect_refused("run pe_dma_probe --topology mini --input x=a.npy",
                   "--input x: no tensor of that name; there is none");
    expect_refused("run --topology mini --algo ring_alreduce",
                   "no algorithm of all_reduce is named 'ring_alreduce'; did you mean 'ring_allreduce'?");
    expect_refused("run --topology mini --algo ring_broadcast", "ring_broadcast does broadcast, not all_reduce");
    expect_refused("run --topology mini --ccl nowhere.yaml", "nowhere.yaml: no such file");
    expect_refused("run gemm_shardet", "no scenario named 'gemm_shardet'; did you mean 'gemm_sharded'?");
    expect_refused("run --topology nowhere", "no topology named 'nowhere'; known here: default, full16, mini, torus6");
    expect_refused("run --topology nowhere.yaml", "nowhere.yaml: no such file");
    expect_refused("run --topology 'no\nwhere.yaml'", "no\\nwhere.yaml: no such file");
    for (const auto& [path, value, message] :
         {std::tuple{"sip.cube.hbm.slice", "1048576TiB", "\"1048576TiB\" is too large: at most 128 GiB"},
          {"sip.cube.hbm.slice", "127GiB", "the slices of a cube exceed the 128 GiB HBM window"},
          {"sip.cube.hbm.slice", "0B", "\"0B\" is too small: at least 4 KiB"},
          {"sip.cube.pe.tcm.size", "65537KiB", "\"65537KiB\" is too large: at most 64 MiB"},
          {"sip.cube.sram.size", "16385MiB", "\"16385MiB\" is too large: at most 16 GiB"},
          {"sip.cube.noc.rows", "4294967295", "expected an integer from 1 to 32, got \"4294967295\""},
          {"sip.cube.noc.columns", "33", "expected an integer from 1 to 32, got \"33\""},
          {"sip.ucie.connections", "4294967295", "expected an integer from 1 to 64, got \"4294967295\""},
          {"sip.io_noc.phys", "17", "expected an integer from 1 to 16, got \"17\""}})
        expect_refused(fmt::format("run --set {}={}", path, value),
                       fmt::format("--set {}={}: {}: {}", path, value, path, message));
    expect_refused("run --set sip.cube_mash.w=2",
                   "--set sip.cube_mash.w=2: sip.cube_mash: unknown field; did you mean 'cube_mesh'?");
    expect_refused("run --set sip.ucie.port_overhead=8",
                   "--set sip.ucie.port_overhead=8: sip.ucie.port_overhead: missing unit: expected a time such as \"45 "
                   "ns\", got \"8\"");
    expect_refused("run gemm_sharded --topology mini --dtype f15",
                   "--dtype f15: dtype: expected one of f16, bf16, f32, got \"f15\"");
    expect_refused("run gemm_sharded --topology mini --device sip:7", "--device sip:7: the system has 1 SIP(s)");
    expect_refused("run gemm_sharded --topology mini --input a=missing.npy", "missing.npy: no such file");
    expect_refused("run gemm_sharded --topology mini --input x=a.npy",
                   "--input x: no tensor of that name; there is a, b, bias");
    expect_refused("run gemm_sharded --topology mini --json nowhere/r.json",
                   "--json: nowhere/r.json: the folder " + (folder / "nowhere").string() + " does not exist");
    expect_refused("run --topology mini --seeed 3", "unknown option --seeed; did you mean --seed?");
    expect_refused("run --topology mnii", "no topology named 'mnii'; did you mean 'mini'?");
    expect_refused("runn", "no command is named 'runn'; did you mean 'run'?");
    expect_refused("bench cll", "bench: no command is named 'cll'; did you mean 'ccl'?");
    expect_refused("topo --toplogy mini", "topo: unknown option --toplogy; did you mean --topology?");
    expect_refused("run gemm_sharded --topology mini --dtpye f16",
                   "--dtpye f16: dtpye: unknown field; did you mean 'dtype'?");
    expect_refused(
        "run --topology mini --ccl-set algorithms.ring_allreduce.op=all_reduc",
        "--ccl-set algorithms.ring_allreduce.op=all_reduc: algorithms.ring_allreduce.op: nothing has the name "
        "'all_reduc'; did you mean 'all_reduce'?");
    expect_refused(
        "run --topology mini --ccl-set algorithms.ring_broadcast.kernel=ring_brodcast",
        "--ccl-set algorithms.ring_broadcast.kernel=ring_brodcast: algorithms.ring_broadcast.kernel: nothing "
        "has the name 'ring_brodcast'; did you mean 'ring_broadcast'?");
    expect_refused("run gemm_single_pe --topology mini --vcd-scope 'sip0.*'",
                   "--vcd-scope: is of no use without --vcd");
    expect_refused("run gemm_single_pe --topology mini --dump-config --json r.json",
                   "--json r.json: is of no use with --dump-config, which runs nothing");
    expect_refused("run --topology mini --set sips.count=2 --device sip:1",
                   "--device sip:1: ccl_allreduce runs on all SIPs");
    expect_refused("run gemm_sharded --topology mini --data off --output c.npy",
                   "--output needs values: run with --data on");
    EXPECT_EQ(ahbm("addr sip0.cube99.pe0.tcm").code, 2);
    write_matrix("a.npy", 4, 5, Dtype::f16);
    write_matrix("b.npy", 6, 4, Dtype::f16);
    expect_refused("run gemm_sharded --topology mini --input a=a.npy --input b=b.npy",
                   "A (4, 5) f16 and B (6, 4) f16 do not multiply");
    write("broken.npy", "\x93NUMPY and nothing else");
    EXPECT_EQ(ahbm("run gemm_sharded --topology mini --input a=broken.npy").code, 2);
    write("file", "");
    EXPECT_EQ(ahbm("run gemm_sharded --topology mini --out file/inside").code, 2);
}

TEST_F(Cli, ExhaustedMemoriesAreBadInput) {
    const Finished tcm =
        ahbm("run gemm_single_pe --topology mini --m 4096 --k 4096 --n 64 --mode load_load --data off");
    EXPECT_EQ(tcm.code, 2) << tcm.err;
    EXPECT_NE(tcm.err.find("TCM exhausted"), std::string::npos) << tcm.err;
    const Finished hbm = ahbm("run gemm_single_pe --topology mini --set sip.cube.hbm.slice='64 KiB' --data off");
    EXPECT_EQ(hbm.code, 2) << hbm.err;
    EXPECT_NE(hbm.err.find("sip0.cube0.pe0.hbm"), std::string::npos) << hbm.err;
}

TEST_F(Cli, TellsWhatThereIs) {
    EXPECT_EQ(ahbm("--help").code, 0);
    EXPECT_EQ(ahbm("run --help").code, 0);
    EXPECT_EQ(ahbm("run softmax_rows --help-parameters").code, 0);
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

TEST_F(Cli, ALargeGemmRunsAtTheRateOfItsSlowestStage) {
    // pe.md's worked check: both operands streamed, a 32 x 64 x 32 tile moves 8 KiB at 256 GB/s, 32 ns; pinned, it
    // computes 131072 FLOP at 8 TFLOP/s, 16.384 ns.
    const auto figures = [&](const std::string& mode) {
        const Finished finished = ahbm(
            "run gemm_single_pe --topology mini --m 512 --k 1024 --n 512 --data off --mode " + mode + " --json r.json");
        EXPECT_EQ(finished.code, 0) << finished.err;
        std::map<std::string, double> all;
        const json result = json::parse(content(folder / "r.json"));
        for (const auto& [name, figure] : result.at("figures").items())
            all[name] = std::stod(figure.at("value").get<std::string>());
        return all;
    };
    const double tiles = 512.0 / 32 * 1024 / 64 * 512 / 32;
    auto streamed = figures("ref_ref");
    EXPECT_NEAR(streamed["kernel_time"] / tiles, 32, 0.05 * 32);
    auto pinned = figures("load_load");
    const double loading = 2.0 * 512 * 1024 * 2 / 256;
    EXPECT_NEAR((pinned["kernel_time"] - loading) / tiles, 16.384, 0.05 * 16.384);
    for (const char* mode : {"ref_ref", "load_ref", "load_load"}) {
        auto of = figures(mode);
        EXPECT_LE(of["of_bound"], 100) << mode;
        EXPECT_GE(of["of_bound"], 95) << mode;
    }
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

TEST_F(Cli, GemmsOfRandomShapesAreRight) {
    std::uint64_t state = 12345;
    const auto draw = [&](std::uint64_t below) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (state >> 40) % below;
    };
    const char* const modes[] = {"ref_ref", "load_ref", "load_load"};
    const char* const dtypes[] = {"f16", "bf16", "f32"};
    const char* const epilogues[] = {"none", "relu", "gelu"};
    for (int i = 0; i < 12; ++i) {
        std::string arguments = "run gemm_sharded --topology mini --seed " + std::to_string(i);
        for (const char* extent : {"m", "k", "n"})
            arguments += std::string(" --") + extent + " " + std::to_string(1 + draw(200));
        arguments += std::string(" --mode ") + modes[draw(3)] + " --dtype " + dtypes[draw(3)] + " --epilogue " +
                     epilogues[draw(3)];
        const Finished finished = ahbm(arguments);
        EXPECT_EQ(finished.code, 0) << arguments << "\n" << finished.err;
        EXPECT_NE(finished.out.find("VERIFIED"), std::string::npos) << arguments;
    }
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
