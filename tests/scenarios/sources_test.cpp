// SPDX-License-Identifier: Apache-2.0
/// Every value of the configuration reference says where it comes from: the specification, a standard, or nowhere,
/// which is an assumption and is called so.
#include "tests/scenarios/process.h"

#include <map>
#include <regex>
#include <sstream>

namespace ahbm::test {
namespace {

struct Row {
    std::string type, value, description;
};

class Sources : public InFolder {
protected:
    /// By field; those of groups are left out.
    std::map<std::string, Row> reference() const {
        const Finished finished = ahbm("config-reference");
        EXPECT_EQ(finished.code, 0) << finished.err;
        std::map<std::string, Row> rows;
        const std::regex form(R"(\| `([^`]+)` \| (.*?) \| (.*?) \| (.*) \|)");
        std::istringstream lines(finished.out);
        std::smatch found;
        for (std::string line; std::getline(lines, line);)
            if (std::regex_match(line, found, form) && found[2] != "group")
                rows[found[1]] = {found[2], found[3], found[4]};
        return rows;
    }
};

TEST_F(Sources, EveryValueNamesOne) {
    const auto rows = reference();
    EXPECT_GT(rows.size(), 90u);
    const std::regex source(R"(\((specification|assumption|JESD[0-9-]+)[):;, ])");
    for (const auto& [field, row] : rows)
        EXPECT_TRUE(std::regex_search(row.description, source)) << field << ": " << row.description;
}

// What JEDEC's standards give for a pseudo-channel: HBM3 (JESD238) 32 of 32 bit per stack at 6.4 Gb/s, HBM4 (JESD270-4)
// 64 of 32 bit at 8 Gb/s.
TEST_F(Sources, APseudoChannelIsOneOfHbm4) {
    const auto rows = reference();
    EXPECT_EQ(rows.at("sip.cube.hbm.channel_bandwidth").value, "`32 GB/s`");
    const auto number = [&](const char* field) { return std::stoul(rows.at(field).value.substr(1)); };
    EXPECT_EQ(number("sip.cube.hbm.channel_bandwidth"), 32u * 8 / 8) << "32 bit at 8 Gb/s";
    const unsigned long of_a_stack = 8 * number("sip.cube.hbm.channels");  // 8 PEs
    EXPECT_EQ(of_a_stack, 64u) << "pseudo-channels of HBM4";
    EXPECT_EQ(of_a_stack * number("sip.cube.hbm.channel_bandwidth"), 2048u) << "GB/s of a stack of HBM4";
    const std::string& text = rows.at("sip.cube.hbm.channel_bandwidth").description;
    for (const char* part : {"HBM4, JESD270-4: 32 bit at 8 Gb/s", "HBM3, JESD238: 32 bit at 6.4 Gb/s, 25.6 GB/s"})
        EXPECT_NE(text.find(part), std::string::npos) << text;
    for (const auto& [field, row] : rows)
        EXPECT_EQ(row.description.find("16 bit"), std::string::npos) << field << ": no such pseudo-channel exists";
}

}  // namespace
}  // namespace ahbm::test
