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
        const json bound = result(arguments)["measured"][0][which];
        words = bound["words"];
        return bound["time_ps"].get<double>() / 1e3;
    }
    std::string out;    ///< of the last run
    std::string words;  ///< of its bound
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
                HasSubstr("HBM, read and written, 512 B in 1 round of 2048 B / 256 GB/s"));
}

TEST_F(Bounds, ARowOfADenseTileIsAnAccessOfItsOwn) {
    // Tiles of 32 x 64 x 32. A: 32 rows x 2 tiles in a row, 128 B each, for 2 columns of tiles; B: 128 rows x 2 tiles
    // of 64 B, for one row of tiles; C: 32 rows x 2 tiles of 64 B. Each is a burst: 128 + 256 + 64 of them.
    EXPECT_EQ(bound_ns("gemm_single_pe --m 32 --k 128 --n 64 --layout dense"), (128 + 256 + 64) / 8 * 8);
    EXPECT_THAT(words, HasSubstr("114688 B in 56 rounds of 2048 B / 256 GB/s"));
    // Blocked: A twice, B and C once, 36 KiB, are 36 KiB / 256 GB/s = 144 ns; the product takes 65.5 ns.
    EXPECT_EQ(bound_ns("gemm_single_pe --m 32 --k 128 --n 64"), (2 * 8 + 16 + 4) * 1024 / 256);
}

TEST_F(Bounds, ABlockAtTheEdgeIsWholeBursts) {
    // Tiles of 32 x 64 x 32. A: 2112 B (9 bursts) and a row of 66 B, once per column of tiles of B, twice; B the
    // same, once per row of tiles of A, twice; C: 2048 B (8), 64, 64 and 2 B. 20 + 20 + 11 bursts.
    EXPECT_EQ(bound_ns("gemm_single_pe --m 33 --k 33 --n 33"), 56);
    EXPECT_THAT(words, HasSubstr("13056 B in 7 rounds of 2048 B / 256 GB/s"));
}

TEST_F(Bounds, EpiloguesTakeMath) {
    // 64 tiles of 1024 elements: 16 vectors of 64 lanes each, 4 passes of gelu; a bias takes one more.
    const std::string gelu = "gemm_single_pe --m 256 --k 32 --n 256 --epilogue gelu";
    EXPECT_EQ(bound_ns(gelu), 64 * 16 * 4);
    EXPECT_EQ(bound_ns(gelu + " --bias true"), 64 * 16 * 5);
    EXPECT_THAT(words,
                HasSubstr("MATH of the PE with most to do, 65536 elements x 5 passes in 5120 cycles of 64 lanes"));
}

TEST_F(Bounds, AllPesTogetherAreNoSlowerThanThose) {
    // Both bounds are the same number of operations at the same rate, which is no whole number of picoseconds a tile.
    const std::string command =
        "gemm_sharded --split rows --m 144 --k 576 --n 448 --data off --set 'sip.cube.pe.gemm.rate=1.12 TFLOP/s'";
    EXPECT_GE(bound_ns(command), bound_ns(command, "machine_bound"));
}

TEST_F(Bounds, PacketsInFlightAreLimited) {
    // A: 64 rows x 4 tiles, for 8 columns of tiles of B; B: 256 rows x 8 tiles, for 2 rows of tiles of A. A packet is
    // outstanding for a look-up (0.5 ns), two wires of 0.01 ns and a burst of HBM, 8 ns.
    const std::string command = "gemm_single_pe --m 64 --k 256 --n 256 --layout dense --set fabric.max_outstanding=1";
    EXPECT_EQ(bound_ns(command), (2048 + 4096) * 8.52);
    EXPECT_THAT(words, HasSubstr("DMA of the PE with most to do, 6144 packets read, 1 outstanding, 8.520 ns each"));
}

TEST_F(Bounds, APortOfTcmIsAReason) {
    // FETCH and STORE share the port that TCM is read through; neither is as busy as it is.
    const json run = result("gemm_single_pe --mode load_load");
    EXPECT_THAT(run["why"].get<std::string>(), ::testing::StartsWith("sip0.cube0.pe0.tcm reads is busy 79 %"));
    EXPECT_EQ(run["kernels"]["busiest"][0]["busy_ps"], 4'352'000) << "2228224 B / 512 GB/s";
}

TEST_F(Bounds, TheCommandForIdlePesHasTheBoundItSays) {
    const std::string idle =
        result("gemm_single_pe --m 96 --k 128 --n 64 --mode load_ref --layout dense")["measured"][0]["idle"]
            .get<std::string>();
    const std::size_t command = idle.find("gemm_sharded "), end = idle.find(" would use ");
    ASSERT_NE(end, std::string::npos) << idle;
    char says[32];
    std::snprintf(says, sizeof says, "bound %.1f ns", bound_ns(idle.substr(command, end - command)));
    EXPECT_THAT(idle, HasSubstr(says));
}

TEST_F(Bounds, AllGatherReceivesFromAllOthers) {
    // Each of 4 participants sends its part and receives three, through a port of 256 GB/s.
    const double once = bound_ns("ccl_all_gather --elems 1024"), twice = bound_ns("ccl_all_gather --elems 2048");
    EXPECT_NEAR(twice - once, 3 * 1024 * 2 / 256.0, 1e-9);
    EXPECT_THAT(result("ccl_all_gather --elems 1024")["measured"][0]["bound"]["words"].get<std::string>(),
                HasSubstr("6144 B / 256 GB/s, whatever the algorithm: head latency of the shortest way, bytes that one "
                          "participant must receive"));
    // A root's tensor leaves it once, whoever is the root, and nothing goes between the others.
    EXPECT_EQ(bound_ns("ccl_broadcast --set sips.count=3 --root 2"), bound_ns("ccl_broadcast --set sips.count=3"));
    EXPECT_EQ(result("ccl_barrier --set sips.count=2")["measured"][0]["bound"]["words"],
              "head latency of the longest way that data must take, whatever the algorithm");
}

TEST_F(Bounds, DataMustTakeTheLongestWay) {
    // From cube 0 to cube 3, two crossings of 16 ns: what a sum knows of the farthest has come from there.
    const double small = bound_ns("ccl_allreduce --elems 1");
    EXPECT_GT(small, 32);
    EXPECT_LT(small, 33);
    // Between SIPs the farthest participants count, not the first ones; within them both come on top.
    const double two_sips = bound_ns("ccl_allreduce --elems 1 --set sips.count=2");
    EXPECT_GT(two_sips, bound_ns("ccl_broadcast --elems 1 --set sips.count=2") + 32);
    // Who has much to send has the shortest way for the last of it.
    EXPECT_THAT(result("ccl_allreduce --elems 65536")["measured"][0]["bound"]["words"].get<std::string>(),
                ::testing::StartsWith("16.2"));
}

TEST_F(Bounds, ASumIsRoundedUpToElements) {
    // Three participants send 2 x 2 / 3 of 100 elements on average, so one of them 134.
    EXPECT_THAT(
        result("ccl_allreduce --elems 100 --algo rank_ring --set sips.count=3 --set switch.link_bandwidth=1GB/s")
            ["measured"][0]["bound"]["words"]
                .get<std::string>(),
        HasSubstr(" + 268 B / "));
}

TEST_F(Bounds, AParticipantAloneIsSaidToBeAlone) {
    const json run = result("ccl_broadcast");
    EXPECT_FALSE(run["measured"][0].contains("bound"));
    EXPECT_THAT(out, HasSubstr("a single participant exchanges nothing"));
    EXPECT_THAT(result("ccl_barrier")["why"].get<std::string>(), HasSubstr("no resource is busy for as much as 1 %"));
}

TEST_F(Bounds, ABoundThatIsReachedIsTheReason) {
    EXPECT_THAT(result("ccl_hello_send --elems 16384 --set sips.count=2")["why"].get<std::string>(),
                HasSubstr(" % of the bound is reached, so what it counts takes the time"));
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
