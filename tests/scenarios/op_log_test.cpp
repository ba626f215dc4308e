// SPDX-License-Identifier: Apache-2.0
// `ahbm log`: what an op log answers.
#include "tests/scenarios/cli.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <regex>

namespace ahbm::test {
namespace {

TEST_F(Cli, TheOpLogTellsWhyAWaitEnded) {
    // A ring of four, one slot per queue: receives wait for tiles, sends for slots.
    ASSERT_EQ(ahbm("run ccl_allreduce --algo ring_allreduce --elems 4096 --topology mini --set sips.count=1 "
                   "--ccl-set algorithms.ring_allreduce.n_slots=1 --op-log log.jsonl")
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
    EXPECT_EQ(ahbm("log log.jsonl --waits host").out, "no wait of host has ended; one that lasts is not in the log\n");
    expect_refused("log log.jsonl --waits sip7", "--waits sip7: no component of the log has a name that begins so");
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
    expect_refused("log .", ".: a file is expected, not a folder");
    const std::string whole = content(folder / "log.jsonl");
    std::ofstream(folder / "cut.jsonl") << whole.substr(0, whole.find('\n') + 20);
    expect_refused("log cut.jsonl", "cut.jsonl:2: the log was cut off in this line");
    std::ofstream(folder / "back.jsonl") << std::regex_replace(
        whole, std::regex(R"("t_start_ps":\d+)"), R"("t_start_ps":999999999)", std::regex_constants::format_first_only);
    expect_refused("log back.jsonl", "back.jsonl:2: a constant that ends before it begins");
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

}  // namespace
}  // namespace ahbm::test
