// SPDX-License-Identifier: Apache-2.0
// The report as a user gets it: what is in it, that it changes nothing, and every way to get it wrong.
#include "tests/scenarios/process.h"

#include <nlohmann/json.hpp>

namespace ahbm::test {
namespace {

using nlohmann::json;

class Report : public InFolder {
protected:
    json document(const std::string& file) const { return json::parse(content(folder / file)); }
    /// What a report shows.
    json data(const std::string& file) const {
        const std::string html = content(folder / file), begin = "<script type=\"application/json\" id=\"data\">";
        const std::size_t from = html.find(begin) + begin.size();
        return json::parse(html.substr(from, html.find("</script>", from) - from));
    }
    void expect_refused(const std::string& arguments, const std::string& message) const {
        const std::size_t before = files();
        const Finished finished = ahbm(arguments);
        EXPECT_EQ(finished.code, 2) << arguments;
        EXPECT_EQ(finished.err, "error: " + message + "\n") << arguments;
        EXPECT_EQ(files(), before) << arguments << " left files behind";
    }
};

TEST_F(Report, HoldsTheResultAndDoesNotChangeIt) {
    const std::string run = "run ccl_allreduce --topology mini ";
    ASSERT_EQ(ahbm(run + "--json plain.json").code, 0);
    const Finished finished = ahbm(run + "--out results --report run.html");
    ASSERT_EQ(finished.code, 0) << finished.err;
    EXPECT_NE(finished.out.find("wrote run.html\n"), std::string::npos);
    EXPECT_EQ(content(folder / "results/result.json"), content(folder / "plain.json"));
    const json shown = data("run.html");
    EXPECT_EQ(shown["result"], document("plain.json"));
    EXPECT_EQ(shown["activity"]["command"], "ahbm run ccl_allreduce --topology mini --out results --report run.html");
    EXPECT_EQ(shown["activity"], document("results/activity.json"));
    EXPECT_EQ(shown["activity"]["work"].size(), shown["result"]["launches"].size());
    // Every kernel of this collective says its phases: their time is that of the kernels.
    EXPECT_FALSE(shown["activity"]["phases"].empty());

    ASSERT_EQ(ahbm("report results -o again.html").code, 0);
    EXPECT_EQ(content(folder / "again.html"), content(folder / "run.html"));
    ASSERT_EQ(ahbm("report results").code, 0);
    EXPECT_EQ(content(folder / "results/report.html"), content(folder / "run.html"));
}

TEST_F(Report, CountsWhatALaunchComputesAndMoves) {
    ASSERT_EQ(ahbm("run gemm_sharded --topology mini --m 128 --k 256 --n 64 --report run.html").code, 0);
    const json shown = data("run.html");
    ASSERT_EQ(shown["activity"]["work"].size(), 1u);
    const json& sum = shown["activity"]["work"][0]["sum"];
    EXPECT_EQ(sum["gemm_flop"], 2u * 128 * 256 * 64);
    EXPECT_EQ(sum["written_own_slice"], 128u * 64 * 2);
    EXPECT_GE(sum["read_own_slice"], (128u * 256 + 256 * 64) * 2);
    for (const auto& [name, most] : shown["activity"]["work"][0]["most"].items()) EXPECT_LE(most, sum[name]) << name;
}

TEST_F(Report, OfAFolderWithoutActivitySaysSo) {
    ASSERT_EQ(ahbm("run gemm_single_pe --topology mini --out results").code, 0);
    ASSERT_EQ(ahbm("report results -o run.html").code, 0);
    EXPECT_TRUE(data("run.html")["activity"].is_null());
    EXPECT_EQ(data("run.html")["result"], document("results/result.json"));
}

TEST_F(Report, TextCannotEndTheElementItIsIn) {
    const std::string command = "run gemm_single_pe --topology mini --report '<!--<script>.html'";
    ASSERT_EQ(ahbm(command).code, 0);
    std::filesystem::rename(folder / "<!--<script>.html", folder / "run.html");
    EXPECT_EQ(content(folder / "run.html").find("<!--<script>"), std::string::npos);
    EXPECT_EQ(data("run.html")["activity"]["command"], "ahbm " + command);
}

TEST_F(Report, RefusesWhatItCannotReadOrWrite) {
    expect_refused("run gemm_single_pe --topology mini --report nowhere/run.html",
                   "--report: nowhere/run.html: the folder " + (folder / "nowhere").string() + " does not exist");
    expect_refused("report nowhere", "nowhere/result.json: no such file");
    ASSERT_EQ(ahbm("run gemm_single_pe --topology mini --out results --report run.html").code, 0);
    ASSERT_EQ(ahbm("run gemm_single_pe --topology mini --seed 2 --out others").code, 0);
    std::filesystem::rename(folder / "others/result.json", folder / "results/result.json");
    expect_refused("report results",
                   "results/activity.json: of another run than results/result.json: run again with --out and --report, "
                   "or remove it");
    ASSERT_EQ(ahbm("run gemm_single_pe --topology mini --out edited --report e.html").code, 0);
    json edited = document("edited/activity.json");
    edited["command"] = "another";
    std::ofstream(folder / "edited/activity.json") << edited.dump();
    expect_refused("report edited",
                   "edited/activity.json: was changed after the run: its digest is not that of its contents");
    json changed = document("results/result.json");
    changed["seed"] = 3;
    std::ofstream(folder / "results/result.json") << changed.dump();
    expect_refused("report results",
                   "results/result.json: was changed after the run: its digest is not that of its contents");
    std::ofstream(folder / "results/result.json") << "{}";
    expect_refused("report results",
                   "results/result.json: the schema 'ahbm-result', version 3, is expected, not none, version none");
}

TEST_F(Report, OfAProgramWithoutItsPageIsRefusedAndAllElseWorks) {
    const std::string without =
                          "ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=" AHBM_EMPTY_PAGE " " AHBM_PROGRAM " ",
                      run = without + "run gemm_single_pe --topology mini --out results";
    const auto refused = [&](const std::string& command, const std::string& who) {
        const Finished finished = shell(command);
        EXPECT_EQ(finished.code, 2) << finished.out;
        EXPECT_EQ(finished.err,
                  "error: " + who +
                      ": this program was built without the HTML report: Node.js and npm were missing, or npm could "
                      "not fetch its charts (docs/dependencies.md)\n");
    };
    refused(run + " --report run.html", "--report");
    EXPECT_EQ(files(), 0u);
    EXPECT_EQ(shell(run).code, 0);
    refused(without + "report results", "report");
}

TEST_F(Report, OfSixteenSipsIsSmallerThan20Megabytes) {
    const Finished finished =
        ahbm("run ccl_allreduce --topology full16 --algo hierarchical_allreduce --data off --report run.html");
    ASSERT_EQ(finished.code, 0) << finished.err;
    EXPECT_LT(std::filesystem::file_size(folder / "run.html"), 20'000'000u);
    const json shape = data("run.html")["activity"]["shape"];
    EXPECT_EQ(shape["sips"], 16);
}

}  // namespace
}  // namespace ahbm::test
