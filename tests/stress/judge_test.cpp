// SPDX-License-Identifier: Apache-2.0
// What the directed fuzz reads from the program, draws, and calls a finding.
#include "tests/stress/judge.h"
#include "tests/stress/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace ahbm::stress {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

json sound() {
    return json::parse(R"({"findings": [], "figures": {"of_bound_percent": 99.9}, "tables": [],
        "simulated_ps": 100,
        "verifications": [{"verdict": "passed"}],
        "launches": [
            {"submitted_ps": 1, "target_start_ps": 2, "exec_start_ps": 2, "exec_end_ps": 5, "completed_ps": 6}],
        "fabric": {"paths": [{"access": "read", "path": "host", "latency_ps": 7, "max_latency_ps": 4,
                              "parts_ps": {"queueing": 3, "noc": 4}}],
                   "busiest_links": [{"port": "a", "busy_ps": 100}], "top_contenders": []},
        "engines": {"busy_pes": 1, "GEMM": {"mean_ps": 5, "busiest_ps": 100}}})");
}

Ending of(const Outcome& outcome, const json& result = {}) {
    const Case run{"copy", {}, {{"--set", "sips.count=9"}}};
    return judge(run, {"count", "scheduler_reserved"}, outcome, result.is_null() ? "" : result.dump()).ending;
}

TEST(Fields, AreReadFromTheProgramsTables) {
    const auto fields = fields_of(
        "## Defaults: `defaults` of ccl.yaml\n\n| field | type | default | description |\n|---|---|---|---|\n"
        "| `sips` | group |  | them |\n| `a.b` | unsigned integer | `2` | one \\| two, 1..16 |\n");
    ASSERT_EQ(fields.size(), 1u);
    EXPECT_EQ(fields[0].group, "defaults");
    EXPECT_EQ(fields[0].path, "a.b");
    EXPECT_EQ(fields[0].standard, "2");
    EXPECT_EQ(fields[0].doc, "one | two, 1..16");
    unsigned long long low = 0, high = 0;
    EXPECT_TRUE(range_in(fields[0].doc, low, high));
    EXPECT_EQ(low, 1u);
    EXPECT_EQ(high, 16u);
    EXPECT_FALSE(range_in("0.5..1.5", low, high));
}

TEST(Values, AreDrawnByTypeAndTheSameForOneSeed) {
    EXPECT_THAT(elements_of("[[1 mm, 2 mm], 3]"), ElementsAre("[1 mm, 2 mm]", "3"));
    const Field bandwidth{"", "link", "bandwidth", "64 GB/s", ""}, unknown{"", "x", "colour", "red", ""};
    Dice dice(1, 2), again(1, 2);
    for (unsigned i = 0; i < 100; ++i)
        EXPECT_EQ(draw_value(bandwidth, dice, Reach::any, {}), draw_value(bandwidth, again, Reach::any, {}));
    const Field ranged{"", "burst", "size, 1 B to 64 KiB", "256 B", ""};
    unsigned sizes = 0;
    for (unsigned i = 0; i < 100; ++i) sizes += draw_value(ranged, dice, Reach::any, {}).ends_with(" B") ? 1 : 0;
    EXPECT_GT(sizes, 90u) << "but for some nonsense";
    EXPECT_THROW(
        {
            for (unsigned i = 0; i < 100; ++i) draw_value(unknown, dice, Reach::any, {});
        },
        std::runtime_error);
}

TEST(Judge, TakesWhatIsVerifiedRefusedOrExplained) {
    EXPECT_EQ(of({0, 0, "", ""}, sound()), Ending::verified);
    EXPECT_EQ(of({2, 0, "", "error: --set:1:1: sips.count: at most 4\n"}), Ending::refused);
    EXPECT_EQ(of({2, 0, "", "error: no room: scheduler_reserved is 5\n"}), Ending::refused);
    json measured = sound();
    measured["verifications"][0]["verdict"] = "not_run";
    measured["scenario"] = "noc_traffic";
    EXPECT_EQ(of({0, 0, "", ""}, measured), Ending::measured);
    measured["scenario"] = "gemm_sharded";
    EXPECT_EQ(of({0, 0, "", ""}, measured), Ending::finding) << "has something to verify";
    EXPECT_EQ(of({3, 0, "", "error: hang at 5 ns: sip0.cube0.pe1 waits for rank 2\nmore\n"}), Ending::hang);
}

TEST(Judge, FindsEverythingElse) {
    EXPECT_EQ(of({0, 0, "", ""}), Ending::finding) << "no result";
    EXPECT_EQ(of({0, 0, "", "warning\n"}, sound()), Ending::finding);
    EXPECT_EQ(of({1, 0, "", ""}, sound()), Ending::finding);
    EXPECT_EQ(of({4, 0, "", "error: an invariant\n"}), Ending::finding);
    EXPECT_EQ(of({2, 0, "", "error: --set: no\nand more\n"}), Ending::finding) << "two lines";
    EXPECT_EQ(of({2, 0, "", "error: stoul\n"}), Ending::finding) << "names nothing";
    EXPECT_EQ(of({3, 0, "", "error: hang at 5 ns: the host program waits\n"}), Ending::finding) << "for whom?";
    EXPECT_EQ(of({-1, SIGSEGV, "", ""}), Ending::finding);
    EXPECT_EQ(of({-1, SIGXCPU, "", ""}), Ending::finding);
    EXPECT_EQ(of({2, 0, "", "error: --set: x\nx.cpp:1: runtime error: overflow\n"}), Ending::finding);
    EXPECT_EQ(judge({}, {}, {4, 0, "", "a warning\nerror: an invariant\n"}, "").what, "exit 4: error: an invariant");
    json unverified = sound();
    unverified["verifications"][0]["verdict"] = "failed";
    EXPECT_EQ(of({0, 0, "", ""}, unverified), Ending::finding);
    json raced = sound();
    raced["findings"] = {"a read of bytes that nobody wrote"};
    EXPECT_EQ(of({0, 0, "", ""}, raced), Ending::finding);
}

TEST(Judge, KnowsWhatCannotBe) {
    EXPECT_EQ(impossible_in(sound()), "");
    const auto with = [](const char* pointer, const json& value) {
        json result = sound();
        result[json::json_pointer(pointer)] = value;
        return impossible_in(result);
    };
    EXPECT_THAT(with("/figures/of_bound_percent", 158.2), HasSubstr("158.2 %"));
    EXPECT_THAT(with("/figures/time_ns", nullptr), HasSubstr("not a number"));
    EXPECT_THAT(with("/figures/time_ns", -3.5), HasSubstr("-3.5"));
    EXPECT_THAT(with("/notes", {"nan"}), HasSubstr("nan"));
    EXPECT_THAT(with("/notes", {"GEMM is busy for 420 % of the time"}), HasSubstr("420 %"));
    EXPECT_EQ(with("/notes", {"99.9 % of 1 GB/s, 30 times"}), "");
    EXPECT_THAT(with("/simulated_ps", nullptr), HasSubstr("not a number"));
    EXPECT_THAT(with("/fabric/paths/0/latency_ps", 8), HasSubstr("do not sum"));
    EXPECT_THAT(with("/launches/0/completed_ps", 4), HasSubstr("completed_ps is before"));
    EXPECT_THAT(with("/fabric/busiest_links/0/busy_ps", 101), HasSubstr("longer than the run"));
    EXPECT_THAT(with("/engines/GEMM/busiest_ps", 101), HasSubstr("longer than the run"));
    EXPECT_THAT(with("/engines/GEMM/mean_ps", 101), HasSubstr("longer than the run"));
}

}  // namespace
}  // namespace ahbm::stress
