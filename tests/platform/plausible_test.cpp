// SPDX-License-Identifier: Apache-2.0
// What no result may say ends the run, with the figure, its value and its bound named.
#include "experiments/plausible_figures.h"
#include "experiments/scenarios/scenario.h"
#include "platform/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace ahbm::test {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

ScenarioResult took(std::vector<sim::Time> times, sim::Time own, sim::Time machine) {
    ScenarioResult result;
    result.measured.push_back({"", "the product", std::move(times), "", Measured::Bound{own, "HBM"},
                               Measured::Bound{machine, "peak"}, 1, 1, ""});
    return result;
}

TEST(Plausible, NothingIsFasterThanItsBound) {
    using namespace sim::literals;
    EXPECT_NO_THROW(check_figures(took({10_ns, 12_ns}, 10_ns, 3_ns))) << "equal is possible";
    EXPECT_THAT(
        [] {
            check_figures(took({12_ns, 10_ns}, sim::Time::ps(10'001), 3_ns));
        },
        ThrowsMessage<ModelError>("the product took 10.000 ns, its bound is 10.001 ns: HBM"))
        << "the second time";
    EXPECT_THAT([] { check_figures(took({10_ns}, 9_ns, 11_ns)); },
                ThrowsMessage<ModelError>(HasSubstr("its bound is 11.000 ns: peak")));
    EXPECT_THAT([] { check_figures(took({12_ns}, 9_ns, 11_ns)); },
                ThrowsMessage<ModelError>(HasSubstr("its own bound, 9.000 ns, is below that of any way, 11.000 ns")));
}

TEST(Plausible, NoShareExceedsTheWhole) {
    ScenarioResult result;
    result.figures = {{"of_bound", 100, "%"}, {"rate", 400, "GB/s"}};
    EXPECT_NO_THROW(check_figures(result));
    for (const double wrong : {100.001, -1.0, std::nan("")}) {
        result.figures[0].value = wrong;
        EXPECT_THAT([&] { check_figures(result); }, ThrowsMessage<ModelError>(HasSubstr("figure of_bound is ")));
    }
}

TEST(Plausible, NorDoesOneInATable) {
    ScenarioResult result;
    result.tables.push_back({"transfers", {{"path", "GB/s", "% of it"}, {"H2D", "640", "100.0"}}});
    EXPECT_NO_THROW(check_figures(result));
    result.tables[0].rows.push_back({"D2H", "650", "101.6"});
    EXPECT_THAT([&] { check_figures(result); },
                ThrowsMessage<ModelError>("transfers, D2H, % of it is 101.6 %, which is no share of a whole"));
}

TEST(Plausible, FiguresComeFromTheLastTime) {
    using namespace sim::literals;
    ScenarioResult result;
    record(result, {"q_", "the product", {9_ns, 8_ns}, "", Measured::Bound{2_ns, "HBM"}, {}, 3, 4, ""});
    std::map<std::string, double> figures;
    for (const Figure& figure : result.figures) figures[figure.name] = figure.value;
    EXPECT_EQ(figures,
              (std::map<std::string, double>{
                  {"q_kernel_time", 8}, {"q_bound_time", 2}, {"q_of_bound", 25}, {"q_pes_used", 3}, {"q_pes", 4}}));
}

}  // namespace
}  // namespace ahbm::test
