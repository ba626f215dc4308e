// SPDX-License-Identifier: Apache-2.0
// Who looks on changes nothing: every scenario that ships, with every observer on and with none.
#include "tests/scenarios/process.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace ahbm::test {
namespace {

using nlohmann::json;

std::vector<std::string> shipped() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(AHBM_SOURCE_DIR "/configs/scenarios"))
        names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

class Observed : public InFolder, public ::testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(Scenarios, Observed, ::testing::ValuesIn(shipped()),
                         [](const auto& test) { return test.param; });

TEST_P(Observed, IsTheSameWithAllObserversAndWithNone) {
    const std::string run = "run " AHBM_SOURCE_DIR "/configs/scenarios/" + GetParam() + ".yaml ";
    const Finished plain = ahbm(run + "--json plain.json");
    ASSERT_EQ(plain.code, 0) << plain.err;
    const Finished watched = ahbm(run +
                                  "--json watched.json --ledger --op-log ops.jsonl --vcd w.vcd --vcd-scope "
                                  "'sip0.cube0.*' --trace t.pftrace --report r.html");
    ASSERT_EQ(watched.code, 0) << watched.err;
    const json without = json::parse(content(folder / "plain.json")),
               with = json::parse(content(folder / "watched.json"));
    for (const char* key : {"simulated_ps", "launches", "figures", "verifications", "fabric", "engines", "digest"})
        EXPECT_EQ(without[key], with[key]) << key;
    for (const char* file : {"w.vcd", "w.gtkw", "t.pftrace", "r.html"})
        EXPECT_GT(std::filesystem::file_size(folder / file), 500u) << file;
    const bool values = GetParam() != "noc_traffic";  // its packets carry none
    EXPECT_GT(std::filesystem::file_size(folder / "ops.jsonl"), values ? 500u : 0u);

    // What the ledger adds up is what the fabric adds up.
    ASSERT_EQ(with["ledger"]["by_path"].size(), with["fabric"]["paths"].size());
    for (std::size_t i = 0; i < with["ledger"]["by_path"].size(); ++i) {
        const json &ledger = with["ledger"]["by_path"][i], &fabric = with["fabric"]["paths"][i];
        EXPECT_EQ(ledger["path"], fabric["path"]);
        EXPECT_EQ(ledger["latency"]["count"], fabric["transactions"]);
        EXPECT_EQ(ledger["latency"]["sum_ps"], fabric["latency_ps"]);
        EXPECT_EQ(ledger["latency"]["max_ps"], fabric["max_latency_ps"]);
        EXPECT_EQ(ledger["parts_ps"], fabric["parts_ps"]);
    }
}

class LedgerView : public InFolder {};

TEST_F(LedgerView, TellsPhasesAndWaitsOfACollective) {
    const std::string run =
        "run ccl_allreduce --topology mini --algo ring_allreduce_bw --elems 65536 --data off "
        "--ledger --json r.json --ccl-set algorithms.ring_allreduce_bw.n_slots=";
    const auto waited = [&](const std::string& slots, const std::string& phase, const std::string& job) {
        const Finished finished = ahbm(run + slots);
        EXPECT_EQ(finished.code, 0) << finished.err;
        EXPECT_NE(finished.out.find("latency by phase of the requester's kernel, ns"), std::string::npos);
        const json ledger = json::parse(content(folder / "r.json"))["ledger"];
        for (const json& row : ledger["jobs"])
            if (row["phase"] == "ring_allreduce_bandwidth: " + phase && row["job"] == job)
                return row["waited"]["p99_ps"].get<std::int64_t>();
        ADD_FAILURE() << phase << ", " << job << ": no such row";
        return std::int64_t{0};
    };
    // A credit costs one visit of PE_IPCQ, 1 ns, unless all slots are taken: with one they always are.
    EXPECT_EQ(waited("8", "reduce_scatter", "send: credit"), 1000);
    EXPECT_GT(waited("1", "reduce_scatter", "send: credit"), 20'000);
    EXPECT_GT(waited("1", "all_gather", "send: credit"), 20'000);

    const json phases = json::parse(content(folder / "r.json"))["ledger"]["by_phase"];
    std::set<std::string> names;
    for (const json& row : phases) names.insert(row["phase"]);
    EXPECT_EQ(names, (std::set<std::string>{"ring_allreduce_bandwidth: all_gather",
                                            "ring_allreduce_bandwidth: reduce_scatter"}));
}

}  // namespace
}  // namespace ahbm::test
