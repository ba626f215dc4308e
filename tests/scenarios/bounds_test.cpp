// SPDX-License-Identifier: Apache-2.0
// Bounds and reasons of the summary, derived here by hand from the configuration. `mini`: 4 cubes of 4 PEs; a PE's HBM
// slice has 8 pseudo-channels of 32 GB/s and bursts of 256 B, so a round of bursts takes 8 ns; MATH has 64 lanes at
// 1 GHz.
#include "tests/scenarios/process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace ahbm::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Bounds : public InFolder {
protected:
    json result(const std::string& arguments) {
        const Finished finished = ahbm("run " + arguments + " --topology mini --json r.json");
        EXPECT_EQ(finished.code, 0) << arguments << '\n' << finished.err << finished.out;
        out = finished.out;
        return json::parse(content(folder / "r.json"));
    }
    double bound_ns(const std::string& arguments, const char* which = "bound") {
        return result(arguments)["measured"][0][which]["time_ps"].get<double>() / 1e3;
    }
    std::string out;
};

TEST_F(Bounds, SoftmaxStepByStepPassesElementsMoreOften) {
    // 512 x 256 elements on 16 PEs: 8192 each, 128 cycles per pass. Softmax takes the 4 passes of a transcendental
    // function; its steps max, sub, sum one each, exp and div 4.
    EXPECT_EQ(bound_ns("softmax_rows"), 128 * 4);
    EXPECT_EQ(bound_ns("softmax_rows --fused false"), 128 * (1 + 1 + 4 + 1 + 4));
    EXPECT_EQ(bound_ns("softmax_rows --fused false", "machine_bound"), 128 * 4) << "the fused way is another";
}

TEST_F(Bounds, CyclesAndBurstsAreWhole) {
    // 65 elements on each PE are 2 cycles per pass.
    EXPECT_EQ(bound_ns("softmax_rows --rows 16 --cols 65 --fused false"), 2 * 11);
    // 5 elements are 10 B: a burst is read and a burst is written, by two pseudo-channels at once, which takes 8 ns;
    // MATH takes 4 ns.
    const json bound = result("softmax_rows --rows 16 --cols 5")["measured"][0]["bound"];
    EXPECT_EQ(bound["time_ps"], 8'000);
    EXPECT_THAT(bound["words"].get<std::string>(),
                HasSubstr("HBM, 512 B read and written in bursts of 256 B / 8 channels"));
}

TEST_F(Bounds, ARowOfADenseTileIsAnAccessOfItsOwn) {
    // Tiles of 32 x 64 x 32. A: 32 rows x 2 tiles in a row, 128 B each, for 2 columns of tiles; B: 128 rows x 2 tiles
    // of 64 B, for one row of tiles; C: 32 rows x 2 tiles of 64 B. Each is a burst: 128 + 256 + 64 of them.
    EXPECT_EQ(bound_ns("gemm_single_pe --m 32 --k 128 --n 64 --layout dense"), (128 + 256 + 64) / 8 * 8);
    EXPECT_THAT(out, HasSubstr("114688 B in bursts"));
    // Blocked: A twice, B and C once, 36 KiB, are 36 KiB / 256 GB/s = 144 ns; the product takes 65.5 ns.
    EXPECT_EQ(bound_ns("gemm_single_pe --m 32 --k 128 --n 64"), (2 * 8 + 16 + 4) * 1024 / 256);
}

TEST_F(Bounds, AllGatherReceivesFromAllOthers) {
    // Each of 4 participants sends its part and receives three, through a port of 256 GB/s.
    const double once = bound_ns("ccl_all_gather --elems 1024"), twice = bound_ns("ccl_all_gather --elems 2048");
    EXPECT_NEAR(twice - once, 3 * 1024 * 2 / 256.0, 1e-9);
    EXPECT_THAT(
        result("ccl_all_gather --elems 1024")["measured"][0]["bound"]["words"].get<std::string>(),
        HasSubstr("6144 B / 256 GB/s, whatever the algorithm: longest way between two participants, bytes one must "
                  "receive"));
    // A root's tensor leaves it once, whoever is the root, and nothing goes between the others.
    EXPECT_EQ(bound_ns("ccl_broadcast --set sips.count=3 --root 2"), bound_ns("ccl_broadcast --set sips.count=3"));
    EXPECT_EQ(result("ccl_barrier --set sips.count=2")["measured"][0]["bound"]["words"],
              "longest way between two ranks, whatever the algorithm");
}

TEST_F(Bounds, HelloSendMovesAWholeTensorPerRank) {
    // 4 participants (a PE per cube) with 1024 f16 each.
    const json run = result("ccl_hello_send --elems 1024 --set sips.count=2");
    const json& pes = run["measured"][0]["pes_used"];
    EXPECT_EQ(pes, 2 * 4);
    EXPECT_THAT(out, HasSubstr("4 x 1024 f16, 8192 B"));
    EXPECT_THAT(run["measured"][0]["bound"]["words"].get<std::string>(), HasSubstr("8192 B / 64 GB/s"));
    const double time = run["measured"][0]["times_ps"][0].get<double>() / 1e3;
    char rate[32];
    std::snprintf(rate, sizeof rate, "  rate      %.4g GB/s", 8192 / time);
    EXPECT_THAT(out, HasSubstr(rate));
}

TEST_F(Bounds, AChannelThatWaitsIsNoReason) {
    // DMA's window of packets in flight decides: rows of 64 and 128 B leave a slice of HBM half idle.
    result("gemm_single_pe --m 64 --k 256 --n 256 --layout dense");
    EXPECT_THAT(out, HasSubstr("why       DMA read of the PE that uses it most is held "));
    // Here the slice is busy enough to be the reason, although the channel is held for longer.
    const json run = result("gemm_single_pe --m 32 --k 128 --n 64 --layout dense");
    EXPECT_THAT(run["why"].get<std::string>(), ::testing::StartsWith("sip0.cube0.hbm0 is busy "));
    EXPECT_GT(run["engines"]["DMA read"]["busiest_ps"], 448'000) << "what HBM is busy for";
}

TEST_F(Bounds, TheClosingFenceIsAWait) {
    const json run = result("softmax_rows --set 'sip.cube.hbm.channel_bandwidth=1 GB/s'");
    std::int64_t fence = 0;
    for (const json& launch : run["launches"]) fence = std::max(fence, launch["closing_fence_ps"].get<std::int64_t>());
    EXPECT_GT(fence, 0);
    EXPECT_GE(run["kernels"]["longest_waiting_ps"], fence);
}

TEST_F(Bounds, KernelsThatNobodyListsAreCountedInTheDetails) {
    for (const char* scenario : {"stress", "pe_dma_probe"}) {
        const json run = result(std::string(scenario) + " --details");
        EXPECT_GT(run["kernels"]["any_ps"], 0) << scenario;
        const std::size_t line = out.find("\n  kernels on some PE ");
        ASSERT_NE(line, std::string::npos) << out;
        EXPECT_EQ(out.substr(line, 60).find(" 0.0 %"), std::string::npos) << out;
    }
}

}  // namespace
}  // namespace ahbm::test
