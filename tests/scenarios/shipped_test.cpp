// SPDX-License-Identifier: Apache-2.0
// Every scenario that ships, from its file: golden figures, the same twice, every timing.
#include "tests/scenarios/process.h"

#include <nlohmann/json.hpp>

namespace ahbm::test {
namespace {

using nlohmann::json;

class Shipped : public InFolder, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Scenarios, Shipped,
                         ::testing::Values("gemm_sharded", "gemm_single_pe", "gpt3_qkv", "softmax_rows",
                                           "va_offset_verify", "pe_dma_probe", "noc_traffic", "ccl_allreduce",
                                           "ccl_all_gather", "ccl_reduce_scatter", "ccl_broadcast", "ccl_reduce",
                                           "ccl_all_to_all", "ccl_barrier", "ccl_hello_send", "stress"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(Shipped, EqualsItsGoldenResult) {
    // tests/golden is written by tools/update_goldens; a change there is a change of the model, to be explained.
    const std::string name = GetParam();
    const Finished finished = ahbm("run " AHBM_SOURCE_DIR "/configs/scenarios/" + name + ".yaml --json result.json");
    ASSERT_EQ(finished.code, 0) << finished.err;
    const json got = json::parse(content(folder / "result.json"));
    const json want = json::parse(content(AHBM_SOURCE_DIR "/tests/golden/" + name + ".json"));
    for (const char* key : {"simulated_ps", "launches", "figures", "verifications", "fabric", "tables", "digest"})
        EXPECT_EQ(got[key], want[key]) << name << ": " << key;
    for (const auto& [figure, value] : got["figures"].items()) {
        EXPECT_TRUE(value.is_number()) << figure;
        if (figure.ends_with("of_bound_percent")) {
            EXPECT_LE(value, 100) << figure << ": a bound is a bound";
        }
    }
}

TEST_P(Shipped, IsTheSameTwiceAndWithEveryWayOfKeepingValues) {
    const std::string run = "run " AHBM_SOURCE_DIR "/configs/scenarios/" + std::string(GetParam()) + ".yaml --json ";
    ASSERT_EQ(ahbm(run + "a.json").code, 0);
    ASSERT_EQ(ahbm(run + "b.json").code, 0);
    EXPECT_EQ(content(folder / "a.json"), content(folder / "b.json")) << "byte by byte";
    if (std::string(GetParam()) == "noc_traffic") return;  // it moves no values
    ASSERT_EQ(ahbm(run + "background.json --data background").code, 0);
    ASSERT_EQ(ahbm(run + "off.json --data off").code, 0);
    const json on = json::parse(content(folder / "a.json")),
               background = json::parse(content(folder / "background.json")),
               off = json::parse(content(folder / "off.json"));
    EXPECT_EQ(on["launches"], background["launches"]);
    EXPECT_EQ(on["verifications"], background["verifications"]);
    ASSERT_EQ(on["launches"].size(), off["launches"].size());
    // Absolute times differ once the first result has been read back; how long a kernel takes never does.
    for (std::size_t i = 0; i < on["launches"].size(); ++i)
        EXPECT_EQ(on["launches"][i]["execution_ps"], off["launches"][i]["execution_ps"])
            << "values never change timing";
    if (!on["launches"].empty()) {
        EXPECT_EQ(on["launches"][0], off["launches"][0]) << "nothing was read before the first launch";
    }
}

TEST_P(Shipped, VerifiesInTheOtherTimings) {
    for (const std::string timing : {"fast", "flit"}) {
        const Finished finished =
            ahbm("run " AHBM_SOURCE_DIR "/configs/scenarios/" + std::string(GetParam()) + ".yaml --timing " + timing);
        EXPECT_EQ(finished.code, 0) << timing << finished.err;
        EXPECT_NE(finished.out.find("; timing " + timing), std::string::npos) << finished.out;
    }
}

}  // namespace
}  // namespace ahbm::test
