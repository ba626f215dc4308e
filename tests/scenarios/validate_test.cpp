// SPDX-License-Identifier: Apache-2.0
// `ahbm validate`: its figures are those of the docs, hold what the platform promises, and an excess is found.
#include "tests/scenarios/process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace ahbm::test {
namespace {

using nlohmann::json;

class Validate : public InFolder {
protected:
    json read(const std::string& file) const { return json::parse(content(folder / file)); }
    /// Every line of `text`, up to `end`, is one of the page.
    static void expect_on_the_page(const std::string& text, const std::string& end = "") {
        const std::string page = '\n' + content(AHBM_SOURCE_DIR "/docs/validation_figures.md");
        std::istringstream lines(end.empty() ? text : text.substr(0, text.find(end)));
        for (std::string line; std::getline(lines, line);)
            EXPECT_NE(page.find('\n' + line + '\n'), std::string::npos) << line << "\nbench/validation writes the page";
    }
};

TEST_F(Validate, FiguresAreThoseOfTheDocs) {
    const Finished finished = ahbm("validate --markdown --json v.json");
    ASSERT_EQ(finished.code, 0) << finished.out << finished.err;
    expect_on_the_page(finished.out);

    unsigned exact = 0, saturating = 0;
    const json document = read("v.json");
    for (const json& entry : document["cases"]) {
        const std::string name = entry["case"];
        const double form = entry["closed_form"];
        ASSERT_EQ(entry["timings"].size(), 3u) << name;
        for (const auto& [timing, of] : entry["timings"].items()) {
            const double figure = of["figure"];
            EXPECT_NEAR(of["error_percent"].get<double>(), 100 * (figure - form) / form, 1e-9) << name;
            if (name.ends_with("at zero load") || entry["group"] == "links") {
                EXPECT_NEAR(figure, form, 0.0005) << name << ", " << timing << ": to the picosecond";
                ++exact;
            }
            if (timing == "flit" && name.starts_with("uniform") && name.ends_with("saturation throughput")) {
                EXPECT_GE(figure / form, 0.70) << name;
                EXPECT_LE(figure / form, 0.95) << name;
                ++saturating;
            }
        }
    }
    EXPECT_EQ(exact, 3u * (4 + 6));
    EXPECT_EQ(saturating, 2u) << "on a full mesh and on the cube with its hole";
}

/// Forms follow the configuration; what they leave out is a reason.
TEST_F(Validate, FormsHoldOnOtherTopologies) {
    for (const char* other : {"sip.cube.hbm.channel_bandwidth='7 GB/s'", "sip.cube.hbm.channels=16",
                              "sip.cube.noc.link_bandwidth='100 GB/s'", "sip.cube.noc.router_overhead='3 ns'",
                              "sip.cube.hbm.row_miss='30 ns'", "fabric.max_outstanding=1"}) {
        const Finished finished =
            ahbm(std::string("validate --topology mini --only incast,hbm,gemm --json v.json --set ") + other);
        EXPECT_EQ(finished.code, 0) << other << finished.out;
        EXPECT_EQ(finished.out.find("EXCEEDS"), std::string::npos) << other << finished.out;
    }
    EXPECT_THAT(content(folder / "v.json"), testing::HasSubstr("the form leaves out fabric.max_outstanding"));
}

TEST_F(Validate, TimingsAgreeAsTheDocsSay) {
    const Finished finished = ahbm("validate --modes --markdown --json m.json");
    ASSERT_EQ(finished.code, 0) << finished.out << finished.err;
    expect_on_the_page(finished.out, "### cost");
    EXPECT_NE(finished.out.find("| hop | fast | flit |"), std::string::npos) << "what they cost: " << finished.out;

    const std::string text = content(folder / "m.json");
    EXPECT_EQ(text.find("cpu"), std::string::npos) << "equal platforms write equal bytes";
    const json scenarios = json::parse(text)["scenarios"];
    for (const auto& file : std::filesystem::directory_iterator(AHBM_SOURCE_DIR "/configs/scenarios")) {
        const std::string name = file.path().stem();
        ASSERT_TRUE(scenarios.contains(name)) << name;
        const json& timings = scenarios[name]["timings"];
        const double hop = timings["hop"]["makespan_ns"], flit = timings["flit"]["makespan_ns"];
        EXPECT_NEAR(hop, flit, 0.05 * flit) << name;
        EXPECT_EQ(scenarios[name]["exceeds"], false) << name;
    }
}

TEST_F(Validate, AnExcessWithoutAReasonFails) {
    // The forms count one look-up of a transfer; such long ones bind.
    const Finished finished =
        ahbm("validate --topology mini --only hbm --set 'sip.cube.pe.mmu.lookup=100 ns' --json v.json");
    EXPECT_EQ(finished.code, 5);
    EXPECT_NE(finished.out.find("EXCEEDS ITS BOUND"), std::string::npos) << finished.out;
    EXPECT_NE(finished.out.find("without a reason"), std::string::npos) << finished.out;
    EXPECT_EQ(read("v.json")["cases"][0]["timings"]["hop"]["exceeds"], true);
}

TEST_F(Validate, FollowsTheUsersTopology) {
    // Half the bandwidth: the form and the figure are twice as long.
    ASSERT_EQ(ahbm("validate --only links --json a.json").code, 0);
    ASSERT_EQ(ahbm("validate --only links --json b.json").code, 0);
    EXPECT_EQ(content(folder / "a.json"), content(folder / "b.json")) << "byte by byte";
    ASSERT_EQ(ahbm("validate --only links --set 'sip.cube.noc.link_bandwidth=128 GB/s' --json slow.json").code, 0);
    const json whole = read("a.json")["cases"][0], half = read("slow.json")["cases"][0];
    EXPECT_NEAR(half["closed_form"].get<double>() - whole["closed_form"].get<double>(), 16, 1e-9);
    EXPECT_NEAR(half["timings"]["flit"]["figure"].get<double>(), half["closed_form"].get<double>(), 1e-9);
}

TEST_F(Validate, RefusesWhatItCannotDo) {
    for (const auto& [arguments, message] :
         {std::pair{"--only bogus",
                    "--only: bogus: expected one of links, incast, mesh, hbm, io, predecessor, collectives, gemm "
                    "(ahbm --help shows what there is)"},
          {"--modes --only hbm", "--only excludes --modes (ahbm --help shows what there is)"},
          {"--defaults", "--defaults requires --modes (ahbm --help shows what there is)"},
          {"--json /nowhere/v.json", "--json: /nowhere/v.json: the folder /nowhere does not exist"},
          {"--modes --json /nowhere/v.json", "--json: /nowhere/v.json: the folder /nowhere does not exist"},
          {"--topology nope", "no topology named 'nope'; known here: default, full16, mini, torus6"},
          {"--set sip.cube.noc.row=3",
           "--set sip.cube.noc.row=3: sip.cube.noc.row: unknown field; did you mean 'rows'?"}}) {
        const Finished finished = ahbm(std::string("validate ") + arguments);
        EXPECT_EQ(finished.code, 2) << arguments;
        EXPECT_EQ(finished.err, std::string("error: ") + message + "\n") << arguments;
        EXPECT_EQ(finished.out, "") << arguments;
    }
}

TEST_F(Validate, AMeasurementThatTheUsersValuesForbidIsNamed) {
    // Right as a configuration, but three matrices do not fit.
    const Finished finished = ahbm("validate --topology mini --only gemm --set 'sip.cube.hbm.slice=256 KiB'");
    EXPECT_EQ(finished.code, 2);
    EXPECT_TRUE(finished.err.starts_with("error: gemm, hop: ")) << finished.err;
    EXPECT_EQ(finished.out, "");
}

}  // namespace
}  // namespace ahbm::test
