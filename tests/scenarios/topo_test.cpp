// SPDX-License-Identifier: Apache-2.0
/// The drawing that `ahbm topo --svg` makes: every block once, at its place in mm, and nothing written over another.
#include "tests/scenarios/process.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <regex>
#include <vector>

namespace ahbm::test {
namespace {

struct Rect {
    double x, y, w, h;
    double centre_x() const { return x + w / 2; }
    double centre_y() const { return y + h / 2; }
    bool meets(const Rect& o) const { return x < o.x + o.w && o.x < x + w && y < o.y + o.h && o.y < y + h; }
    bool inside(const Rect& o) const {
        return x >= o.x && y >= o.y && x + w <= o.x + o.w + 1e-6 && y + h <= o.y + o.h + 1e-6;
    }
};

struct Drawing {
    std::map<std::string, Rect> blocks;
    std::vector<std::pair<std::string, Rect>> labels;  ///< with an estimate of what they cover
    Rect page{};
    double width = 0, height = 0;  ///< in pixels

    explicit Drawing(const std::string& text) {
        const std::string number = "(-?[0-9.]+)";
        std::smatch found;
        EXPECT_TRUE(std::regex_search(text, found,
                                      std::regex("width=\"" + number + "\" height=\"" + number + "\"\\s+viewBox=\"" +
                                                 number + " " + number + " " + number + " " + number)));
        width = std::stod(found[1]), height = std::stod(found[2]);
        page = {std::stod(found[3]), std::stod(found[4]), std::stod(found[5]), std::stod(found[6])};
        const std::regex rect("<rect id=\"([^\"]+)\" class=\"[a-z_]+\" x=\"" + number + "\" y=\"" + number +
                              "\" width=\"" + number + "\" height=\"" + number + "\">");
        for (std::sregex_iterator at(text.begin(), text.end(), rect), end; at != end; ++at)
            EXPECT_TRUE(blocks
                            .try_emplace((*at)[1], Rect{std::stod((*at)[2]), std::stod((*at)[3]), std::stod((*at)[4]),
                                                        std::stod((*at)[5])})
                            .second)
                << (*at)[1] << " is drawn twice";
        const std::regex label("<text x=\"" + number + "\" y=\"" + number + "\" font-size=\"" + number +
                               "\">([^<]+)</text>");
        for (std::sregex_iterator at(text.begin(), text.end(), label), end; at != end; ++at) {
            const double size = std::stod((*at)[3]), w = 0.55 * size * static_cast<double>((*at)[4].length());
            labels.emplace_back((*at)[4], Rect{std::stod((*at)[1]) - w / 2, std::stod((*at)[2]) - 0.8 * size, w, size});
        }
    }
};

class Topo : public InFolder {
protected:
    Drawing draw(const std::string& arguments) {
        const Finished finished = ahbm("topo --svg plan.svg " + arguments);
        EXPECT_EQ(finished.code, 0) << finished.err;
        return Drawing(content(folder / "plan.svg"));
    }
    static void expect_readable(const Drawing& drawing) {
        for (const auto& [id, rect] : drawing.blocks) EXPECT_TRUE(rect.inside(drawing.page)) << id;
        for (std::size_t i = 0; i < drawing.labels.size(); ++i) {
            const auto& [text, rect] = drawing.labels[i];
            EXPECT_TRUE(rect.inside(drawing.page)) << text;
            for (std::size_t j = 0; j < i; ++j)
                ASSERT_FALSE(rect.meets(drawing.labels[j].second))
                    << text << " and " << drawing.labels[j].first << " at " << rect.x << " " << rect.y;
        }
    }
};

TEST_F(Topo, DrawsBlocksWhereTheConfigurationPutsThem) {
    const Drawing plan = draw("--topology default");
    expect_readable(plan);
    // Of a cube: 8 PEs, M_CPU, SRAM, 32 routers, 16 UCIe connections, the HBM stack and the die.
    // Of a SIP: 16 of them, the package, and an IO chiplet with 16 connections and three blocks.
    EXPECT_EQ(plan.blocks.size(), 2u * (16 * (8 + 2 + 32 + 16 + 2) + 1 + 1 + 16 + 3) + 2);
    const auto expect_at = [&](const std::string& id, const std::string& die, double x, double y) {
        ASSERT_TRUE(plan.blocks.contains(id)) << id;
        const Rect& block = plan.blocks.at(id);
        const Rect& around = plan.blocks.at(die);
        EXPECT_NEAR(block.centre_x() - around.x, x, 2e-3) << id;
        EXPECT_NEAR(block.centre_y() - around.y, y, 2e-3) << id;
    };
    for (const std::string cube : {"sip0.cube0", "sip0.cube7", "sip1.cube15"}) {
        EXPECT_NEAR(plan.blocks.at(cube).w, 18.0, 2e-3);
        EXPECT_NEAR(plan.blocks.at(cube).h, 15.5, 2e-3);
        expect_at(cube + ".pe0", cube, 1.5, 1.0);  // the specification's, see docs/configuration.md
        expect_at(cube + ".pe3", cube, 16.5, 3.5);
        expect_at(cube + ".pe7", cube, 16.5, 14.5);
        expect_at(cube + ".m_cpu", cube, 7.5, 2.0);
        expect_at(cube + ".sram", cube, 1.5, 9.0);
        expect_at(cube + ".r0c0", cube, 1.5, 1.5);
        expect_at(cube + ".r5c5", cube, 16.5, 14.0);
        expect_at(cube + ".ucie_north.0", cube, 4.5, 0.0);
        expect_at(cube + ".ucie_east.3", cube, 18.0, 11.5);
        expect_at(cube + ".hbm", cube, 9.0, 7.75);
        EXPECT_FALSE(plan.blocks.contains(cube + ".r2c2")) << "the hole";
    }
    // Cubes of a SIP are 1 mm apart, cube 5 is south-east of cube 0.
    const Rect &first = plan.blocks.at("sip0.cube0"), &fifth = plan.blocks.at("sip0.cube5");
    EXPECT_NEAR(fifth.x - first.x, 19.0, 2e-3);
    EXPECT_NEAR(fifth.y - first.y, 16.5, 2e-3);
    // The IO chiplet lies 1 mm north of the north row, its connections in line with the cubes'.
    const Rect& io = plan.blocks.at("sip0.io0");
    EXPECT_NEAR(io.y + io.h, first.y - 1, 2e-3);
    for (unsigned p = 0; p < 4; ++p)
        for (unsigned i = 0; i < 4; ++i)
            EXPECT_NEAR(plan.blocks.at(fmt::format("sip0.io0.phy{}.{}", p, i)).centre_x(),
                        plan.blocks.at(fmt::format("sip0.cube{}.ucie_north.{}", p, i)).centre_x(), 2e-3);
    for (const char* block : {"io_noc", "io_cpu", "pcie_ep"})
        EXPECT_TRUE(plan.blocks.at(fmt::format("sip1.io0.{}", block)).inside(plan.blocks.at("sip1.io0"))) << block;
    for (const char* die : {"cube0", "cube15", "io0"})
        EXPECT_TRUE(plan.blocks.at(fmt::format("sip1.{}", die)).inside(plan.blocks.at("sip1"))) << die;
    EXPECT_FALSE(plan.blocks.at("sip0").meets(plan.blocks.at("sip1")));
    EXPECT_FALSE(plan.blocks.at("switch0").meets(plan.blocks.at("sip0")));
    EXPECT_FALSE(plan.blocks.at("switch0").meets(plan.blocks.at("host")));
    std::size_t router_labels = 0;
    for (const auto& [text, rect] : plan.labels) router_labels += std::regex_match(text, std::regex("r[0-5]c[0-5]"));
    EXPECT_EQ(router_labels, 2u * 16 * 32) << "every router has its name beside it";
}

TEST_F(Topo, DiesDoNotOverlapAndCentresDiffer) {
    for (const char* arguments :
         {"--topology mini", "--topology torus6 --set sip.cube_mesh.w=2 --set sip.cube_mesh.h=1",
          "--topology mini --set sip.cube.noc.pes=3",
          "--topology mini --set sip.cube.noc.rows=4 --set sip.cube.noc.hole_rows=1 --set sip.cube.noc.columns=5",
          "--topology mini --set sips.count=4 --set sips.topology=mesh_2d_no_wrap "
          "--set sips.fabric=direct --set sip.ucie.connections=1"}) {
        SCOPED_TRACE(arguments);
        const Drawing plan = draw(arguments);
        expect_readable(plan);
        EXPECT_GT(plan.width, 600);
        std::vector<std::pair<std::string, Rect>> dies;
        for (const auto& block : plan.blocks)
            if (std::regex_match(block.first, std::regex("sip[0-9]+\\.(cube[0-9]+|io0)"))) dies.push_back(block);
        for (std::size_t i = 0; i < dies.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                EXPECT_FALSE(dies[i].second.meets(dies[j].second)) << dies[i].first << " " << dies[j].first;
    }
}

TEST_F(Topo, ThePictureInTheDocumentationIsWhatTheProgramDraws) {
    draw("--topology mini");
    EXPECT_EQ(content(folder / "plan.svg"), content(AHBM_SOURCE_DIR "/docs/images/topo_mini.svg"))
        << "tools/update_docs writes it";
}

TEST_F(Topo, AHiddenToolIsNotNeeded) {
    EXPECT_EQ(shell("PATH=/nonexistent " AHBM_PROGRAM " topo --topology mini --svg plan.svg").code, 0);
    EXPECT_EQ(files(), 1u) << "and nothing else is left behind";
}

}  // namespace
}  // namespace ahbm::test
