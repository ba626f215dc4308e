// SPDX-License-Identifier: Apache-2.0
// The ledger's figures close: parts sum to latencies, and what is charged to those who delayed sums to what was waited.
#include "observe/ledger/latency_ledger.h"

#include "tests/platform/dma_driver.h"
#include "tests/platform/session_test.h"

#include <algorithm>
#include <map>
#include <set>

namespace ahbm::test {
namespace {

TEST(Distribution, IsExactByNearestRank) {
    sim::Distribution values;
    for (int i = 100; i >= 1; --i) values.add(sim::Time::ps(10 * i));
    values.add(sim::Time::ps(100'003));
    const sim::Distribution::Summary s = values.summary();
    EXPECT_EQ(s.count, 101u);
    EXPECT_EQ(s.sum.ps(), 50'500 + 100'003);
    EXPECT_EQ(s.mean.ps(), 150'503 / 101);
    EXPECT_EQ(s.p50.ps(), 510) << "51st of 101";
    EXPECT_EQ(s.p99.ps(), 1000) << "100th of 101";
    EXPECT_EQ(s.max.ps(), 100'003);
    EXPECT_EQ(sim::Distribution().summary().count, 0u);
}

class LedgerTest : public SessionTest {
protected:
    /// Three PEs of cube 0 and one of cube 1 read one slice at once: waiting at its controller's link, and a queue in
    /// which each waits for those before it. Or one PE stores across dies.
    LedgerReport rush(const std::vector<std::string>& overrides, bool across_dies = false) {
        auto session = make(topology("mini", overrides), shadow::Mode::off);
        LatencyLedger ledger(session->system());
        session->run([&] {
            DmaDriver driver(session->system());
            const PhysAddr slice = driver.hbm(pe(0, 0, 0));
            if (across_dies) {
                driver.store({pe(0, 0, 1), driver.hbm(pe(0, 1, 0)), 65536});
            } else {
                driver.load({{pe(0, 0, 1), slice, 65536}, {pe(0, 0, 2), slice, 65536}, {pe(0, 0, 3), slice, 65536}});
            }
        });
        waited = {};
        for (const OutputPort* port : session->system().fabric().ports()) waited += port->link().stats().queueing;
        for (const PathClass path : {PathClass::own_slice, PathClass::same_cube, PathClass::same_sip})
            totals[std::string(kPathClassNames[static_cast<std::size_t>(path)])] =
                session->system().fabric().totals(Access::read, path);
        return ledger.report();
    }
    sim::Time waited;  ///< on all links, by their own statistics
    std::map<std::string, Fabric::Totals> totals;
};

void expect_closed(const LedgerReport& report, sim::Time waited, bool in_memory_too = true) {
    for (const LedgerReport::Transactions& row : report.by_path) {
        EXPECT_EQ(row.parts.sum(), row.latency.sum) << row.access << " " << row.path;
        EXPECT_EQ(row.slowest.parts.sum(), row.latency.max);
        EXPECT_LE(row.latency.p50, row.latency.p99);
        EXPECT_LE(row.latency.p99, row.latency.max);
    }
    sim::Time matrix;
    for (const auto& row : report.delays)
        for (const sim::Time time : row) matrix += time;
    // Few resources: all of them are listed.
    ASSERT_LT(report.contenders.size(), 10u);
    sim::Time on_links, in_memory;
    for (const LedgerReport::Contender& contender : report.contenders)
        (contender.resource.find(".hbm") != std::string::npos && contender.resource.find(".to_") == std::string::npos
             ? in_memory
             : on_links) += contender.queueing;
    EXPECT_GT(waited, sim::Time{}) << "nobody waited: the test says nothing";
    EXPECT_EQ(on_links, waited) << "as the links' own statistics say";
    EXPECT_EQ(in_memory > sim::Time{}, in_memory_too);
    EXPECT_EQ(matrix, on_links + in_memory) << "every picosecond of waiting has somebody who caused it";
}

TEST_F(LedgerTest, ClosesUnderContention) {
    const LedgerReport report = rush({});
    expect_closed(report, waited);
    const auto reads = std::find_if(report.by_path.begin(), report.by_path.end(),
                                    [](const auto& row) { return row.access == "read" && row.path == "same_cube"; });
    ASSERT_NE(reads, report.by_path.end());
    EXPECT_EQ(reads->latency.count, totals["same_cube"].transactions);
    EXPECT_EQ(reads->latency.sum, totals["same_cube"].latency);
    EXPECT_EQ(reads->bytes, 3u * 65536);
    EXPECT_EQ(reads->slowest.to, "sip0.cube0.hbm0");
}

TEST_F(LedgerTest, NamesWhoWasInTheWay) {
    const LedgerReport report = rush({});
    // The slice is what they fight for: 192 KiB at 256 GB/s, and each waits for the two others.
    ASSERT_FALSE(report.contenders.empty());
    const LedgerReport::Contender& worst = report.contenders.front();
    EXPECT_EQ(worst.resource, "system.sip0.cube0.hbm0");
    EXPECT_EQ(worst.packets, 3u * 65536 / 4096 - 1) << "all but the first";
    std::set<std::string> who;
    for (const LedgerReport::Delay& delay : worst.delayed_by) who.insert(delay.by);
    EXPECT_EQ(who, (std::set<std::string>{"sip0.cube0.pe1 dma", "sip0.cube0.pe2 dma", "sip0.cube0.pe3 dma"}));
    ASSERT_FALSE(report.pairs.empty());
    EXPECT_TRUE(who.contains(report.pairs[0].delayed) && who.contains(report.pairs[0].by));
    EXPECT_TRUE(std::is_sorted(report.pairs.begin(), report.pairs.end(),
                               [](const auto& a, const auto& b) { return a.time > b.time; }));
}

TEST_F(LedgerTest, ClosesWhenWholePathsAreReservedAtOnce) { expect_closed(rush({"fabric.timing=fast"}), waited); }

TEST_F(LedgerTest, ClosesInFlits) { expect_closed(rush({"fabric.timing=flit"}), waited); }

TEST_F(LedgerTest, NamesBackPressure) {
    // A UCIe connection is half as wide as what leads to it: behind it, wires idle while heads wait for credits.
    const LedgerReport report = rush({"fabric.timing=flit", "fabric.flit.vc_depth=1"}, true);
    expect_closed(report, waited, false);
    ASSERT_NE(std::find(report.classes.begin(), report.classes.end(), "back-pressure"), report.classes.end());
    EXPECT_EQ(report.classes.back(), "back-pressure");
    const std::size_t stores = static_cast<std::size_t>(
        std::find(report.classes.begin(), report.classes.end(), "write same_sip") - report.classes.begin());
    ASSERT_LT(stores, report.classes.size());
    EXPECT_GT(report.delays[stores].back(), sim::Time{});
    EXPECT_TRUE(std::any_of(report.pairs.begin(), report.pairs.end(),
                            [](const auto& pair) { return pair.by == "back-pressure"; }));
}

}  // namespace
}  // namespace ahbm::test
