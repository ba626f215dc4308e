// SPDX-License-Identifier: Apache-2.0
/// The waves of every scenario that ships, in every timing: no value is cut, and what they add up to is what the
/// statistics counted without them.
#include "tests/platform/vcd.h"
#include "tests/scenarios/process.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <regex>

namespace ahbm::test {
namespace {

using nlohmann::json;

class ShippedWaves : public InFolder, public ::testing::WithParamInterface<const char*> {
protected:
    struct Recorded {
        json result;
        Vcd vcd;
    };
    Recorded run(const std::string& timing, const std::string& more = {}) {
        const Finished finished =
            ahbm(fmt::format("run {}/configs/scenarios/{}.yaml --timing {} --vcd w.vcd --json r.json {}",
                             AHBM_SOURCE_DIR, GetParam(), timing, more));
        EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
        return {json::parse(content(folder / "r.json")), Vcd((folder / "w.vcd").string())};
    }
};
INSTANTIATE_TEST_SUITE_P(Scenarios, ShippedWaves,
                         ::testing::Values("gemm_sharded", "gemm_single_pe", "gpt3_qkv", "softmax_rows",
                                           "va_offset_verify", "pe_dma_probe", "noc_traffic", "ccl_allreduce",
                                           "ccl_all_gather", "ccl_reduce_scatter", "ccl_broadcast", "ccl_reduce",
                                           "ccl_all_to_all", "ccl_barrier", "ccl_hello_send", "stress"),
                         [](const auto& test) { return std::string(test.param); });

// The reader refuses a value that is wider than its signal.
TEST_P(ShippedWaves, SayWhatTheStatisticsCounted) {
    for (const char* timing : {"hop", "fast", "flit"}) {
        SCOPED_TRACE(timing);
        const auto [result, vcd] = run(timing);
        std::size_t compared = 0;
        for (const char* list : {"busiest_links", "top_contenders"})
            for (const json& link : result["fabric"][list]) {
                const std::string port = link["port"].get<std::string>().substr(std::string("system.").size());
                EXPECT_EQ(vcd.time_at(port + ".busy", 1), link["busy_ps"].get<std::int64_t>()) << port;
                std::int64_t waited = 0;
                for (const char* channel : {"data", "comm", "request", "ctrl"})
                    waited += vcd.integral(port + ".queue." + channel);
                // In flit timing the statistics count every flit's wait, the waves that of heads.
                if (timing == std::string("flit"))
                    EXPECT_LE(waited, link["queueing_ps"].get<std::int64_t>()) << port << ": packets x time";
                else
                    EXPECT_EQ(waited, link["queueing_ps"].get<std::int64_t>()) << port << ": packets x time";
                ++compared;
            }
        EXPECT_GT(compared, 3u);
        for (const std::string& name : vcd.names()) EXPECT_EQ(vcd.last(name), 0u) << name << " at the end";
    }
}

}  // namespace
}  // namespace ahbm::test
