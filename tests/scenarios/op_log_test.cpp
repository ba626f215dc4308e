// SPDX-License-Identifier: Apache-2.0
// `ahbm log`: what an op log answers.
#include "tests/scenarios/cli.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

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
    write("bad.jsonl", "{\"schema\":\"ahbm-op-log\",\"version\":1}\n{\"record\":\"op\"}\n");
    expect_refused("log bad.jsonl", "bad.jsonl:2: a record that lacks something, or has it of another type");
    const std::string head = "{\"schema\":\"ahbm-op-log\",\"version\":1}\n{\"component\":\"a\",\"kind\":\"b\",";
    for (
        const std::string record :
        {R"("record":"constant","t_start_ps":0,"t_end_ps":1,"id":"1","bytes":1})",
         R"("record":"visible","t_visible_ps":1e300,"place":{"memory":"m","address":0},"length":1,"values":[[1,0,1]]})",
         R"("record":"visible","t_visible_ps":1,"place":{"memory":"m"},"length":1,"values":[[1]]})",
         R"("record":"wait","t_start_ps":-9223372036854775808,"t_end_ps":1,"ended_by":"c"})"}) {
        write("bad.jsonl", head + record + "\n");
        const std::string question = record.find("wait") != std::string::npos ? " --waits a" : " --at m";
        expect_refused("log bad.jsonl" + question,
                       "bad.jsonl:2: a record that lacks something, or has it of another type");
    }
    write("version.jsonl", "{\"schema\":1,\"version\":\"1\"}\n");
    EXPECT_EQ(ahbm("log version.jsonl").code, 2);
    write("other.jsonl", "{}\n");
    expect_refused("log other.jsonl",
                   "other.jsonl:1: no op log: {\"schema\": \"ahbm-op-log\", \"version\": 1} is expected");
}

TEST_F(Cli, TheLatestVisibleWriteCountsHoweverTheLogOrdersThem) {
    const auto visible = [](int value, int at_ps) {
        return fmt::format(
                   R"({{"record":"visible","component":"w{0}","kind":"visible","t_start_ps":{1},"t_visible_ps":{1},)"
                   R"("place":{{"memory":"m","address":0}},"length":4,"values":[[{0},0,4]]}})",
                   value, at_ps) +
               "\n";
    };
    write("order.jsonl", "{\"schema\":\"ahbm-op-log\",\"version\":1}\n" + visible(1, 3000) + visible(2, 2000) +
                             visible(3, 3000) + visible(4, 1000));
    EXPECT_THAT(ahbm("log order.jsonl --at m+0 --bytes 4").out, testing::HasSubstr("value #3 "));
    EXPECT_THAT(ahbm("log order.jsonl --at m+0 --bytes 4 --before 2ns").out, testing::HasSubstr("value #2 "));
}

}  // namespace
}  // namespace ahbm::test
