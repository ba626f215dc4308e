// SPDX-License-Identifier: Apache-2.0
// Windows, scopes and limits of a timeline leave out what they say, and the run is the same without it.
#include "tests/scenarios/timeline.h"

namespace ahbm::test::timeline {
namespace {

TEST_F(TimelineCli, TheRunIsTheSameAndTheFileIsTheSameTwice) {
    for (const std::string scenario : {"ccl_allreduce --topology mini", "gemm_sharded --topology mini --m 128 --n 128",
                                       "ccl_allreduce --topology mini --timing fast"}) {
        run(scenario + " --json without.json");
        run(scenario + " --json with.json --trace a.pftrace");
        run(scenario + " --json limited.json --trace b.json --trace-limit 50");
        EXPECT_EQ(content(folder / "with.json"), content(folder / "without.json")) << scenario;
        EXPECT_EQ(content(folder / "limited.json"), content(folder / "without.json")) << scenario;
        run(scenario + " --trace again.pftrace");
        EXPECT_EQ(content(folder / "again.pftrace"), content(folder / "a.pftrace")) << scenario;
        decode("a.pftrace");  // well-formed in both timings
    }
}

TEST_F(TimelineCli, WindowAndScopeSelect) {
    const std::string scenario = "ccl_allreduce --topology mini --trace ";
    run(scenario + "all.pftrace");
    const Timeline all = decode("all.pftrace");
    run(scenario + "window.pftrace --trace-window 700ns..0.9us");
    const Timeline window = decode("window.pftrace");
    const auto inside = [](const Slice& slice) { return slice.end >= 700'000 && slice.begin <= 900'000; };
    std::size_t want = 0;
    for (const Slice& slice : all.slices) want += slice.depth == 0 && inside(slice);
    std::size_t got = 0;
    for (const Slice& slice : window.slices) {
        got += slice.depth == 0;
        if (slice.depth == 0) {
            EXPECT_TRUE(inside(slice)) << slice.track << ' ' << slice.begin;
        }
    }
    EXPECT_GT(want, 10u);
    EXPECT_EQ(got, want);
    EXPECT_LT(window.slices.size(), all.slices.size());
    for (const auto& [name, samples] : window.counters)
        for (const auto& [at, value] : samples) EXPECT_TRUE(at >= 700 && at <= 900) << name << ' ' << at;

    run(scenario + "open.pftrace --trace-window ..0.9us");
    for (const Slice& slice : decode("open.pftrace").slices)
        EXPECT_TRUE(slice.begin <= 900'000 || slice.depth > 0) << slice.track;
    run(scenario + "scope.pftrace --trace-scope 'sip0.cube[01].pe0.*'");
    const Timeline scope = decode("scope.pftrace");
    EXPECT_EQ(scope.slices.size(), all.on("cube0.pe0.").size() + all.on("cube0.pe0.", 1).size() +
                                       all.on("cube1.pe0.").size() + all.on("cube1.pe0.", 1).size());
    for (const auto& [name, samples] : scope.counters)
        EXPECT_TRUE(name.starts_with("sip0.cube0.pe0.") || name.starts_with("sip0.cube1.pe0.")) << name;
}

TEST_F(TimelineCli, ALimitIsSaidAndCutsWhatIsUnderWay) {
    const std::string scenario = "gemm_sharded --topology mini --m 64 --k 128 --n 64 --trace ";
    run(scenario + "whole.pftrace");
    EXPECT_THAT(said, testing::Not(HasSubstr("--trace-limit")));
    run(scenario + "t.pftrace --trace-limit 1000");
    const std::string finding = "note         --trace-limit 1000 was reached: what ended from ";
    ASSERT_THAT(said, HasSubstr(finding));
    const auto stopped =
        static_cast<std::int64_t>(std::llround(std::stod(said.substr(said.find(finding) + finding.size())) * 1000));
    const auto texts = [&](const Timeline& timeline, std::int64_t until) {
        std::multiset<std::string> all;
        for (const Slice& slice : timeline.slices)
            if (slice.depth == 0 && slice.end < until)
                all.insert(fmt::format("{} {} {}..{}", slice.track, slice.name, slice.begin, slice.end));
        return all;
    };
    const Timeline whole = decode("whole.pftrace"), cut = decode("t.pftrace");
    EXPECT_EQ(texts(cut, stopped), texts(whole, stopped)) << "what ended before is all there";
    EXPECT_LT(cut.slices.size(), whole.slices.size());
    std::size_t running = 0;
    for (const Slice* kernel : whole.on(".kernel")) running += kernel->begin <= stopped && kernel->end > stopped;
    EXPECT_GT(running, 0u) << "the limit of this test is reached while kernels run";
    for (const Slice* kernel : cut.on(".kernel")) EXPECT_EQ(kernel->end, stopped);
    EXPECT_EQ(cut.on(".kernel").size(), running);
    EXPECT_EQ(cut.on("host.launches").size(), 1u);
}

TEST_F(TimelineCli, TheExampleOfTheDocsIsReal) {
    const std::string page = content(AHBM_SOURCE_DIR "/docs/timeline.md");
    const std::size_t command = page.find("ahbm run ") + 9;
    run(page.substr(command, page.find('\n', command) - command));
    const std::string line = said.substr(said.find("wrote "));
    EXPECT_THAT(page, HasSubstr(line)) << "as the program says it";
}

TEST_F(TimelineCli, AWindowAndAScopeWithNothingInThemAreSaid) {
    const auto said = [&](const std::string& options) {
        const Finished finished = ahbm("run gemm_single_pe --topology mini --trace t.json " + options);
        EXPECT_EQ(finished.code, 0) << finished.err;
        return finished.out;
    };
    EXPECT_THAT(said("--trace-window 99us.."),
                testing::ContainsRegex("\nnote         --trace-window 99us..: nothing happened there; the run ended at "
                                       "[0-9]+\\.[0-9]+ ns\n"));
    EXPECT_THAT(said("--trace-scope 'sip0.cube3.pe0.*'"),
                HasSubstr("\nnote         --trace-scope sip0.cube3.pe0.*: nothing happened there; the run ended at "));
    const std::string both = "--trace-scope sip0.cube0.pe0.gemm --trace-window 0ns..1ns";
    EXPECT_THAT(said(both), HasSubstr("\nnote         " + both + ": nothing happened there; "));
    EXPECT_EQ(
        ahbm("run gemm_single_pe --topology mini --trace t.json --trace-window 99us.. --json -").err.substr(0, 34),
        "note         --trace-window 99us..");
    EXPECT_THAT(said("--trace-window ..99us --trace-scope 'sip0.cube0.*'"), testing::Not(HasSubstr("finding")));
    const std::string one = said("--trace-scope 'sip0.cube0.*,sip0.cube3.pe0.*'");
    EXPECT_THAT(one, HasSubstr("\nnote         --trace-scope sip0.cube3.pe0.*: nothing happened there\n"));
    EXPECT_THAT(one, testing::Not(HasSubstr("--trace-scope sip0.cube0.*: nothing")));
    EXPECT_THAT(said("--log-scope sip7 --log-level debug"),
                HasSubstr("\nnote         --log-scope sip7: with --log-level debug, nobody whose name begins so had "
                          "anything to say\n"));
    EXPECT_THAT(said("--log-scope host --log-level debug"), testing::Not(HasSubstr("finding")));
}

TEST_F(TimelineCli, WhatCannotBeTracedIsRefused) {
    const auto refused = [&](const std::string& options, const std::string& message) {
        const Finished finished = ahbm("run ccl_allreduce --topology mini " + options);
        EXPECT_EQ(finished.code, 2) << options;
        EXPECT_EQ(finished.err, "error: " + message + "\n") << options;
        EXPECT_EQ(files(), 0u) << options;
    };
    refused("--trace t.txt",
            "--trace: t.txt: a name that ends in .pftrace, .perfetto-trace or .pb (Perfetto) or in .json (Chrome) is "
            "expected");
    refused("--trace no/t.pb", "--trace: no/t.pb: the folder " + (folder / "no").string() + " does not exist");
    refused("--trace-window 1us..2us", "--trace-window: is of no use without --trace");
    refused("--trace-scope sip0", "--trace-scope: is of no use without --trace");
    refused("--trace-limit 10000000", "--trace-limit: is of no use without --trace");
    refused("--trace t.pb --trace-window 2us",
            "--trace-window: 2us: FROM..TO is expected, as in 2us..4us, 2us.. or ..4us");
    refused("--trace t.pb --trace-window 4us..2us", "--trace-window: 4us..2us: ends before it begins");
    refused("--trace t.pb --trace-scope 'sip0.cube9.*'",
            "--trace-scope: sip0.cube9.*: nothing has such a name; in sip0 there are: cube0, cube1, cube2, cube3, io0, "
            "transactions");
    refused("--trace t.pb --trace-scope gemm",
            "--trace-scope: gemm: nothing has such a name; there are: fabric, host, sip0");
    const Finished wrong = ahbm("run ccl_allreduce --topology mini --trace t.pb --trace-window 2us..soon");
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("--trace-window: 2us..soon: "));
}

}  // namespace
}  // namespace ahbm::test::timeline
