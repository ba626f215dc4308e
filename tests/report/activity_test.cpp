// SPDX-License-Identifier: Apache-2.0
// What a report is made from: time cut into bins, lanes of PEs, and that nothing gets lost when memory is bounded.
#include "observe/report/activity.h"
#include "tests/platform/dma_driver.h"
#include "tests/platform/session_test.h"

#include <numeric>
#include <random>

namespace ahbm::test {
namespace {

using report::BusyTrack;
using report::Lane;
using report::TimeAxis;
using namespace sim::literals;

sim::Time sum(const std::vector<sim::Time>& times) { return std::accumulate(times.begin(), times.end(), sim::Time{}); }

TEST(ReportTimeAxis, GivesKernelsNarrowBinsHoweverLongTheRest) {
    TimeAxis axis(64, [](const TimeAxis::Merge&) {});
    axis.set_kernels(800_us, true);
    axis.set_kernels(804_us, false);
    axis.close(1600_us);
    ASSERT_LE(axis.bins().size(), 64u);
    unsigned narrow = 0;
    for (std::size_t i = 0; i < axis.bins().size(); ++i) {
        const bool inside = axis.begin_of(i) >= 800_us && axis.bins()[i].end <= 804_us;
        EXPECT_EQ(axis.bins()[i].kernels, inside) << "bin " << i;
        EXPECT_GT(axis.bins()[i].end, axis.begin_of(i));
        narrow += inside ? 1 : 0;
    }
    EXPECT_GE(narrow, 20u);
    EXPECT_EQ(axis.end(), 1600_us);
}

TEST(ReportTimeAxis, StaysBoundedOverManyShortLaunches) {
    TimeAxis axis(64, [](const TimeAxis::Merge&) {});
    for (int i = 0; i < 10'000; ++i) axis.set_kernels(sim::Time::ps(1000 * (i + 1)), i % 2 == 0);
    axis.close(10'001_ns);
    EXPECT_LE(axis.bins().size(), 64u);
    EXPECT_EQ(axis.end(), 10'001_ns);
}

TEST(ReportBusyTrack, PutsEveryPicosecondWhereItBelongs) {
    // Against a list of all spans, cut at the bins at the end.
    std::mt19937 random(1);
    const auto below = [&](int limit) {
        return sim::Time::ps(static_cast<int>(random() % static_cast<unsigned>(limit)));
    };
    BusyTrack track;
    TimeAxis axis(64, [&](const TimeAxis::Merge& map) { track.merged(map); });
    std::vector<std::pair<sim::Time, sim::Time>> spans;
    sim::Time now;
    for (int i = 0; i < 20'000; ++i) {
        now += below(i % 1000 == 0 ? 3'000'000 : 900);
        if (i % 777 == 0) axis.set_kernels(now, i % 2 == 0);
        const sim::Time from = now + below(5000), until = from + below(700);
        if (from == until) continue;
        spans.emplace_back(from, until);
        track.add(axis, now, from, until);
    }
    axis.close(now);
    track.finish(axis);
    std::vector<sim::Time> want(axis.bins().size());
    for (const auto& [from, until] : spans)
        for (std::size_t i = 0; i < want.size(); ++i) {
            const bool last = i + 1 == want.size();  // what the run's end cuts off goes there
            const sim::Time begin = std::max(from, axis.begin_of(i));
            const sim::Time end = last ? until : std::min(until, axis.bins()[i].end);
            if (begin < end) want[i] += last ? end - std::max(from, axis.begin_of(i)) : end - begin;
        }
    EXPECT_EQ(track.bins(), want);
}

TEST(ReportLane, KeepsTheBusyTimeWhenSlicesRunOut) {
    Lane lane;
    sim::Time busy, now;
    for (int i = 0; i < 5000; ++i) {
        now += sim::Time::ps(300 + i % 7 * 100);
        lane.add(now, now + 200_ps, static_cast<std::uint16_t>(1 + i / 2500));
        if (lane.slices().size() > 100) lane.thin(100);
        now += 200_ps;
        busy += 200_ps;
    }
    EXPECT_LE(lane.slices().size(), 100u);
    EXPECT_GT(lane.slices().size(), 1u);
    EXPECT_EQ(lane.busy(), busy);
    sim::Time in_slices, before;
    unsigned jobs = 0;
    for (const Lane::Slice& slice : lane.slices()) {
        EXPECT_GE(slice.from, before);
        EXPECT_LE(slice.busy, slice.until - slice.from);
        before = slice.until;
        in_slices += slice.busy;
        jobs += slice.jobs;
    }
    EXPECT_EQ(in_slices, busy);
    EXPECT_EQ(jobs, 5000u);
    EXPECT_GT(lane.resolution(), sim::Time{});
}

TEST(ReportLane, ShowsWhatFitsAsItWas) {
    Lane lane;
    EXPECT_EQ(lane.add(10_ns, 20_ns, 1), 10_ns);
    EXPECT_EQ(lane.add(15_ns, 18_ns, 1), 0_ns);  // beside the first
    EXPECT_EQ(lane.add(15_ns, 25_ns, 1), 5_ns);
    EXPECT_EQ(lane.add(40_ns, 50_ns, 2), 10_ns);
    ASSERT_EQ(lane.slices().size(), 2u);
    EXPECT_EQ(lane.slices()[0].until, 25_ns);
    EXPECT_EQ(lane.slices()[0].jobs, 3u);
    EXPECT_EQ(lane.slices()[1].label, 2u);
    EXPECT_EQ(lane.resolution(), 0_ns);
}

TEST(ReportLane, AJobThatOutlastsOthersFillsTheGapsBetweenThem) {
    Lane lane;
    lane.add(0_ns, 10_ns, 1);
    lane.add(12_ns, 20_ns, 2);
    EXPECT_EQ(lane.add(5_ns, 25_ns, 3), 7_ns) << "10 to 12 and 20 to 25";
    EXPECT_EQ(lane.busy(), 25_ns);
    sim::Time in_slices, before;
    for (const Lane::Slice& slice : lane.slices()) {
        EXPECT_EQ(slice.from, before) << "no gap is left";
        before = slice.until;
        in_slices += slice.busy;
    }
    EXPECT_EQ(in_slices, 25_ns);
}

class ReportActivity : public SessionTest, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Timing, ReportActivity, ::testing::Values("hop", "fast"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(ReportActivity, BinsOfALinkSumToItsBusyTime) {
    auto session = make(topology("default", {std::string("fabric.timing=") + GetParam()}), shadow::Mode::off);
    report::Activity activity(session->system());
    session->run([&] {
        // Eight readers queue for one slice over common links.
        DmaDriver driver(session->system());
        std::vector<Flow> flows;
        for (std::uint32_t i = 0; i < 8; ++i)
            flows.push_back({pe(0, i / 4, i % 4), driver.hbm(pe(0, 2, 0), i << 20), 1 << 18});
        driver.load(flows);
    });
    activity.finish();
    unsigned used = 0;
    for (const OutputPort* port : session->system().fabric().ports()) {
        if (!port->connected()) continue;
        const std::string name = port->name().substr(port->name().find('.') + 1);
        const BusyTrack* track = activity.links().find(name);
        EXPECT_EQ(track != nullptr, port->link().stats().packets > 0) << name;
        if (track == nullptr) continue;
        ++used;
        EXPECT_EQ(sum(track->bins()), port->link().stats().busy) << name;
        EXPECT_LE(track->bins().size(), report::LinkActivity::kBins);
    }
    EXPECT_GT(used, 20u);
    const auto& channels = session->system().hbm(pe(0, 2, 0)).timing().channels();
    sim::Time busy;
    for (const auto& channel : channels) busy += channel.busy;
    ASSERT_NE(activity.links().find("sip0.cube2.hbm0"), nullptr);
    EXPECT_EQ(sum(activity.links().find("sip0.cube2.hbm0")->bins()), busy);
}

}  // namespace
}  // namespace ahbm::test
