// SPDX-License-Identifier: Apache-2.0
// Pages that come from code equal what the code says now; the README's commands work.
#include "tests/scenarios/process.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace ahbm::test {
namespace {

class Docs : public InFolder {
protected:
    static std::string page(const std::string& name) { return content(std::string(AHBM_SOURCE_DIR "/") + name); }
};

TEST_F(Docs, TheConfigurationReferenceIsTheProgramsOwn) {
    EXPECT_EQ(ahbm("config-reference").out, page("docs/configuration.md")) << "tools/update_docs writes it";
}

TEST_F(Docs, TheAddressMapIsTheProgramsOwn) {
    EXPECT_EQ(ahbm("addr --table").out, page("docs/address_map.md")) << "tools/update_docs writes it";
}

TEST_F(Docs, ThePlanShownIsTheProgramsOwn) {
    const std::string text = page("docs/install_plans.md");
    const std::size_t command = text.find("```sh\nahbm ") + 11, shown = text.find("```text\n") + 8;
    EXPECT_EQ(ahbm(text.substr(command, text.find('\n', command) - command)).out,
              text.substr(shown, text.find("```", shown) - shown));
}

TEST_F(Docs, FiguresOfCollectivesAreTheProgramsOwn) {
    // The smallest topology stands for the table: tools/ccl_figures prints all of it with the same commands.
    const std::string page = this->page("docs/collectives.md");
    for (const std::string algorithm : {"intercube_allreduce", "hierarchical_allreduce", "ring_allreduce_bw"}) {
        const std::string run =
            "bench ccl --op all_reduce --algo " + algorithm + " --topology mini -b 64 -e 256K -f 64";
        ASSERT_EQ(ahbm(run + " --data off --json r.json").code, 0);
        const auto rows = nlohmann::json::parse(content(folder / "r.json"))["rows"];
        ASSERT_EQ(rows.size(), 3u);
        for (const auto& row : rows) {
            const std::uint64_t size = row["size_bytes"];
            const std::string line =
                fmt::format("| `mini` | `{}` | {} | {:.3f} us | ", algorithm,
                            size < 1024 ? fmt::format("{} B", size) : fmt::format("{} KiB", size / 1024),
                            row["in_place"]["time_us"].get<double>());
            EXPECT_NE(page.find(line), std::string::npos) << line;
        }
    }
    // Of the roots, two SIPs with 64 B.
    std::string line = "| `default` | 64 B |";
    for (const char* root : {"beside_io", "centre", "corner", "far_corner"}) {
        ASSERT_EQ(ahbm(std::string("bench ccl --op all_reduce --algo intercube_allreduce -b 64 -e 64 --data off --json "
                                   "r.json --ccl-set algorithms.intercube_allreduce.root=") +
                       root)
                      .code,
                  0);
        line += fmt::format(
            " {:.3f} |",
            nlohmann::json::parse(content(folder / "r.json"))["rows"][0]["in_place"]["time_us"].get<double>());
    }
    EXPECT_NE(page.find(line), std::string::npos) << line;
}

struct QuotingPage {
    const char* name;
    unsigned commands, quoted;  ///< that it has, at least
};
void PrintTo(const QuotingPage& page, std::ostream* out) { *out << page.name; }
class QuotingDocs : public Docs, public ::testing::WithParamInterface<QuotingPage> {};
INSTANTIATE_TEST_SUITE_P(Pages, QuotingDocs,
                         ::testing::Values(QuotingPage{"tutorial_slow_allreduce", 5, 28},
                                           QuotingPage{"collectives", 3, 3}, QuotingPage{"ipcq", 1, 6}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(QuotingDocs, AreTrue) {
    // Every command runs, in order; every line quoted below one is a line of the latest command's output.
    std::istringstream lines(page(std::string("docs/") + GetParam().name + ".md"));
    std::string block, output;
    unsigned commands = 0, quoted = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("```")) {
            block = line;
        } else if (block == "```sh") {
            ASSERT_TRUE(line.starts_with("ahbm ")) << line;
            const std::size_t comment = line.find(" # exit ");
            const Finished finished = ahbm(line.substr(5, comment - 5));
            EXPECT_EQ(finished.code, comment == std::string::npos ? 0 : line.back() - '0') << line << finished.err;
            output = "\n" + finished.out;
            ++commands;
        } else if (block == "```text" && commands != 0) {
            EXPECT_NE(output.find("\n" + line + "\n"), std::string::npos) << line << "\nin" << output;
            ++quoted;
        }
    }
    EXPECT_GE(commands, GetParam().commands);
    EXPECT_GE(quoted, GetParam().quoted);
}

TEST_F(Docs, EveryCommandOfTheReadmeWorks) {
    std::istringstream lines(page("README.md"));
    unsigned commands = 0;
    bool shell = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("```")) shell = line == "```sh";
        const std::string prefix = "./ahbm ";
        if (!shell || !line.starts_with(prefix)) continue;
        const std::string arguments = line.substr(prefix.size(), line.find(" #") - prefix.size());
        if (arguments.starts_with("test")) continue;  // this is it
        const Finished finished = ahbm(arguments);
        EXPECT_EQ(finished.code, 0) << line << '\n' << finished.err;
        ++commands;
    }
    EXPECT_GE(commands, 6u);
}

TEST_F(Docs, TheReadmeShowsRealOutput) {
    // All but the wall time: the picture is what a newcomer gets.
    const auto without_wall_time = [](std::string text) {
        const std::size_t wall = text.find("\nwall time");
        return text.substr(0, wall);
    };
    const std::string output = without_wall_time(ahbm("run").out);
    ASSERT_GT(output.size(), 500u);
    EXPECT_NE(page("README.md").find(output), std::string::npos) << "tools/update_docs writes it";
}

}  // namespace
}  // namespace ahbm::test
