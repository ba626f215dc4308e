// SPDX-License-Identifier: Apache-2.0
// Figures a reader can check: derived here by hand from the configuration, in runs of a kind each.
#include "tests/scenarios/process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace ahbm::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Figures : public InFolder {
protected:
    json result(const std::string& arguments) {
        const Finished finished = ahbm("run " + arguments + " --json r.json");
        EXPECT_EQ(finished.code, 0) << arguments << '\n' << finished.err << finished.out;
        out = finished.out;
        return json::parse(content(folder / "r.json"));
    }
    static double figure(const json& result, const std::string& name) {
        return result.at("figures").at(name).get<double>();
    }
    /// Sums over rows of the fabric's ledger.
    static std::int64_t sum(const json& result, const std::string& purpose, const char* key) {
        std::int64_t total = 0;
        for (const json& path : result.at("fabric").at("paths"))
            if (purpose.empty() || path.at("purpose") == purpose) total += path.at(key).get<std::int64_t>();
        return total;
    }
    std::string out;
};

TEST_F(Figures, ABoundContainsWhatComesAtTheEnd) {
    // 4 pseudo-channels of 32 GB/s: loading A and B (4096 B) takes 32 ns, storing C (32768 B) 256 ns; the product, if
    // its short k need not fill the array, 32.8 ns.
    const json run = result(
        "gemm_single_pe --topology mini --m 128 --k 8 --n 128 --mode load_load --set sip.cube.hbm.channels=4 "
        "--set 'sip.cube.hbm.channel_bandwidth=32 GB/s' --set sip.cube.pe.gemm.array_k=1");
    EXPECT_EQ(figure(run, "bound_time_ns"), 288);
    EXPECT_GE(figure(run, "kernel_time_ns"), 288);
}

TEST_F(Figures, RepeatsAreAllThereAndEnginesAreOfAllOfThem) {
    const json two = result("ccl_allreduce --repeats 2"), five = result("ccl_allreduce --repeats 5");
    EXPECT_EQ(two["launches"].size(), 2u * 2) << "calls x SIPs";
    EXPECT_EQ(five["launches"].size(), 5u * 2);
    EXPECT_EQ(five["measured"][0]["times_ps"].size(), 5u);
    EXPECT_EQ(2 * five["engines"]["MATH"]["busiest_ps"].get<std::int64_t>(),
              5 * two["engines"]["MATH"]["busiest_ps"].get<std::int64_t>());
    for (const auto& [name, use] : five["engines"].items()) {
        EXPECT_LE(use["busiest_ps"], use["busiest_of_ps"]) << name;
        EXPECT_LE(use["mean_ps"], five["kernels"]["mean_ps"]) << name;
    }
    std::int64_t in_launches = 0;
    for (const json& launch : five["launches"])
        if (launch["sip"] == 0) in_launches += launch["total_ps"].get<std::int64_t>();
    EXPECT_LE(five["kernels"]["longest_ps"], in_launches);
    EXPECT_LE(in_launches, five["simulated_ps"]);
}

TEST_F(Figures, ControlIsApartFromData) {
    // 512 rows of 256 f16 on 128 PEs: each reads its 2 KiB and writes 2 KiB, in a transaction of up to 4 KiB.
    const json run = result("softmax_rows");
    std::map<std::string, json> kernel;
    for (const json& path : run["fabric"]["paths"])
        if (path["purpose"] == "kernel")
            kernel[path["access"].get<std::string>() + " " + path["path"].get<std::string>()] = path;
    ASSERT_EQ(kernel.size(), 2u);
    for (const char* access : {"read own_slice", "write own_slice"}) {
        EXPECT_EQ(kernel[access]["transactions"], 128) << access;
        EXPECT_EQ(kernel[access]["bytes"], 512 * 256 * 2) << access;
    }
    EXPECT_EQ(sum(run, "transfer", "bytes"), 2 * 512 * 256 * 2) << "there and back";
    EXPECT_GT(sum(run, "mailbox", "transactions"), 0);
    EXPECT_GT(sum(run, "completion", "transactions"), 0);
    EXPECT_EQ(sum(run, "credit", "transactions"), 0) << "no queues";
    EXPECT_EQ(sum(run, "", "transactions"), run["fabric"]["transactions"]) << "each in one class";
}

TEST_F(Figures, IdlePesAreNamedAndASplitThatUsesThem) {
    const std::string shape = "gemm_sharded --m 1 --k 1024 --n 4096 --data off";
    const json rows = result(shape);
    EXPECT_EQ(figure(rows, "pes_used"), 8) << "one row lies in one cube";
    EXPECT_EQ(figure(rows, "pes"), 128);
    EXPECT_THAT(out, HasSubstr("120 of 128 PEs have nothing to do; --split columns would use 128 of them"));
    const json columns = result(shape + " --split columns");
    EXPECT_EQ(figure(columns, "pes_used"), 128);
    EXPECT_LT(figure(columns, "kernel_time_ns"), figure(rows, "kernel_time_ns") / 4);
    EXPECT_THAT(out, ::testing::Not(HasSubstr("nothing to do")));
    // Every operand once over the HBM of 128 PEs, 256 GB/s each: B decides. 2 (1024 + 4194304 + 4096) B / 32.8 TB/s.
    EXPECT_NEAR(figure(columns, "machine_bound_time_ns"), 2.0 * (1024 + 4194304 + 4096) / (128 * 256), 0.002);
    EXPECT_LE(figure(columns, "of_machine_percent"), 100);
    // The peak is 128 x 8 TFLOP/s.
    EXPECT_NEAR(figure(columns, "of_peak_percent"),
                100 * 2.0 * 1024 * 4096 / figure(columns, "kernel_time_ns") / (128 * 8e3), 1e-3);
}

TEST_F(Figures, TheSummaryIsShortAndItsTablesAreBehindAnOption) {
    result("gemm_sharded --topology mini --m 128 --k 128 --n 128");
    EXPECT_LE(std::count(out.begin(), out.end(), '\n'), 14) << out;
    const std::string command =
        "  next      ahbm run gemm_sharded --topology mini --m 128 --k 128 --n 128 --json r.json "
        "--details (or --report run.html, --ledger)\n";
    const std::size_t next = out.find(command);
    ASSERT_NE(next, std::string::npos) << out;
    EXPECT_THAT(out.substr(0, next), ::testing::Not(::testing::ContainsRegex("[^\n]{101}"))) << "100 columns";
    for (const char* line : {"\n  what      c = a b: 128 x 128 x 128, f16; on 16 of 16 PEs\n", "\n  time      ",
                             "\n  rate      ", "\n  bound     ", "\n  machine   ", "\n  why       ", "\n  set-up    ",
                             "\nVERIFIED ", "\n  next      ahbm run gemm_sharded ", "\nwall time "})
        EXPECT_THAT(out, HasSubstr(line));
    result("gemm_sharded --topology mini --m 128 --k 128 --n 128 --details");
    for (const char* line : {"\nkernels on 16 of 16 PEs ", "\nfabric ledger of kernels, ", "\nfigures\n"})
        EXPECT_THAT(out, HasSubstr(line));
}

TEST_F(Figures, NoRunExceedsItsBounds) {
    // Every outcome but success would be a figure beyond its bound (4) or a wrong value (1).
    for (const char* run :
         {"gemm_sharded --topology mini --m 1 --k 300 --n 77 --mode load_ref",
          "gemm_single_pe --topology mini --m 200 --k 8 --n 200 --set sip.cube.hbm.channels=2",
          "gemm_single_pe --topology mini --m 64 --k 64 --n 64 --set 'sip.cube.hbm.channel_bandwidth=2 GB/s'",
          "gemm_single_pe --topology mini --m 64 --k 512 --n 64 --dtype f32 --set 'sip.cube.pe.tcm.read_bandwidth=16 "
          "GB/s'",
          "gemm_sharded --topology mini --m 96 --k 40 --n 96 --layout dense --set 'sip.cube.noc.link_bandwidth=16 "
          "GB/s'",
          "gemm_sharded --topology mini --split rows --m 16384 --k 32 --n 32 --set sip.cube.pe.gemm.tile_m=128 --set "
          "'sip.cube.hbm.link_bandwidth=16 GB/s' --data off",
          "gemm_sharded --topology mini --m 128 --k 4 --n 256 --set 'sip.cube.hbm.link_bandwidth=4 GB/s'",
          "softmax_rows --topology mini --set sip.cube.hbm.channels=1",
          "softmax_rows --topology mini --set 'sip.cube.hbm.link_bandwidth=4 GB/s'",
          "softmax_rows --topology mini --fused false --set sip.cube.pe.math.lanes=1024",
          "ccl_allreduce --topology mini --repeats 4 --set sips.count=3",
          "ccl_allreduce --topology mini --elems 65536 --set 'sip.cube.noc.link_bandwidth=8 GB/s'",
          "ccl_all_gather --topology mini --set 'sip.ucie.connection_bandwidth=1 GB/s' --set sips.count=2",
          "ccl_all_to_all --topology mini --set sips.count=2", "ccl_broadcast --topology mini",
          "ccl_reduce_scatter --topology mini --elems 4096 --set sips.count=2", "ccl_reduce --topology mini",
          "ccl_barrier --topology mini --set sips.count=3", "ccl_hello_send --topology mini --set sips.count=3"})
        for (const char* timing : {"fast", "hop", "flit"}) {
            const json got = result(std::string(run) + " --timing " + timing);
            for (const auto& [name, figure] : got["figures"].items()) {
                EXPECT_TRUE(figure.is_number()) << name;
                if (name.ends_with("_percent")) {
                    EXPECT_LE(figure, 100) << run << timing << name;
                }
            }
        }
}

}  // namespace
}  // namespace ahbm::test
