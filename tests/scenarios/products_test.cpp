// SPDX-License-Identifier: Apache-2.0
// GEMMs, projections and softmax of the user's matrices: right, and as fast as their bounds allow.
#include "tests/scenarios/cli.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <numeric>

namespace ahbm::test {
namespace {

using nlohmann::json;

TEST_F(Cli, MultipliesTheUsersMatrices) {
    for (const auto& [dtype, name] : {std::pair{Dtype::f16, "f16"}, {Dtype::bf16, "bf16"}, {Dtype::f32, "f32"}}) {
        write_matrix("a.npy", 33, 70, dtype);
        write_matrix("b.npy", 70, 41, dtype);
        const Finished finished =
            ahbm("run gemm_sharded --topology mini --input a=a.npy --input b=b.npy --output c.npy --verify");
        ASSERT_EQ(finished.code, 0) << name << finished.err;
        EXPECT_NE(finished.out.find("VERIFIED"), std::string::npos);
        const runtime::Array c = runtime::load_npy(folder / "c.npy");
        EXPECT_EQ(c.shape, (Shape{33, 41}));
        EXPECT_EQ(c.dtype, dtype);
        double want = 0;
        const auto a = runtime::values_of(runtime::load_npy(folder / "a.npy")),
                   b = runtime::values_of(runtime::load_npy(folder / "b.npy"));
        for (std::size_t k = 0; k < 70; ++k) want += a[5 * 70 + k] * b[k * 41 + 7];
        EXPECT_NEAR(runtime::values_of(c)[5 * 41 + 7], want, 0.01 * std::abs(want) + 0.02);
    }
}

TEST_F(Cli, ProjectsTheUsersActivations) {
    write_matrix("x.npy", 9, 40, Dtype::bf16);
    for (const char* w : {"wq.npy", "wk.npy", "wv.npy"}) write_matrix(w, 40, 40, Dtype::bf16);
    const std::string inputs =
        "run gpt3_qkv --topology mini --input x=x.npy --input wq=wq.npy --input wk=wk.npy --input wv=wv.npy ";
    const Finished finished = ahbm(inputs + "--output q=q.npy --output v=v.npy");
    ASSERT_EQ(finished.code, 0) << finished.err;
    EXPECT_NE(finished.out.find("q = x wq, every element"), std::string::npos) << finished.out;
    EXPECT_EQ(runtime::load_npy(folder / "q.npy").shape, (Shape{9, 40}));
    EXPECT_EQ(runtime::load_npy(folder / "q.npy"), runtime::load_npy(folder / "v.npy")) << "the same weights";
    EXPECT_FALSE(std::filesystem::exists(folder / "k.npy"));
    write_matrix("wk.npy", 40, 41, Dtype::bf16);
    EXPECT_EQ(ahbm(inputs).code, 0) << "K may have another width";
    write_matrix("wk.npy", 41, 40, Dtype::bf16);
    expect_refused(inputs, "x (9, 40) bf16 and wk (41, 40) bf16 do not multiply");
    write_matrix("wk.npy", 40, 40, Dtype::f16);
    expect_refused(inputs, "x (9, 40) bf16 and wk (40, 40) f16 do not multiply");
}

TEST_F(Cli, TakesTheSoftmaxOfTheUsersRows) {
    write_matrix("x.npy", 11, 37, Dtype::f32);
    const Finished finished = ahbm("run softmax_rows --topology mini --input x=x.npy --output y.npy");
    ASSERT_EQ(finished.code, 0) << finished.err;
    const std::vector<double> y = runtime::values_of(runtime::load_npy(folder / "y.npy"));
    EXPECT_NEAR(std::accumulate(y.begin(), y.begin() + 37, 0.0), 1, 1e-5);
    const auto refused = [&](const Shape& shape, Dtype dtype, const std::string& as) {
        runtime::save_npy(folder / "bad.npy", runtime::make_array(shape, dtype, std::vector<float>(shape.elements())));
        expect_refused("run softmax_rows --topology mini --input x=bad.npy",
                       "--input x: a matrix of f16, bf16 or f32 is expected, not " + as);
    };
    refused({5}, Dtype::f16, "(5) f16");
    refused({2, 3, 4}, Dtype::f16, "(2, 3, 4) f16");
    refused({4, 4}, Dtype::i32, "(4, 4) i32");
    expect_refused("run softmax_rows --topology mini --input x=missing.npy", "missing.npy: no such file");
}

TEST_F(Cli, GemmOfAnyShapeLayoutAndMode) {
    for (const char* options :
         {"--m 1 --k 1 --n 1", "--m 7 --k 300 --n 5 --layout dense",
          "--m 100 --k 65 --n 33 --mode load_ref --dtype bf16", "--m 64 --k 64 --n 64 --mode load_load --dtype f32",
          "--m 90 --k 40 --n 70 --bias true --epilogue relu", "--m 50 --k 70 --n 30 --epilogue gelu --layout dense",
          "--m 40 --k 128 --n 40 --set sip.cube.pe.gemm.tile_m=16"}) {
        const Finished finished = ahbm(std::string("run gemm_sharded --topology mini ") + options);
        EXPECT_EQ(finished.code, 0) << options << '\n' << finished.err << finished.out;
    }
}

TEST_F(Cli, AGemmReachesItsBoundWhereOneResourceDominates) {
    const auto of_bound = [&](const std::string& options) {
        EXPECT_EQ(ahbm("run gemm_single_pe --topology mini --data off --json r.json " + options).code, 0) << options;
        const json result = json::parse(content(folder / "r.json"));
        return result["figures"]["of_bound_percent"].get<double>();
    };
    EXPECT_GE(of_bound("--m 512 --k 1024 --n 512"), 95) << "streamed operands: HBM";
    EXPECT_GE(of_bound("--m 512 --k 2048 --n 512 --set sip.cube.pe.gemm.rate='1 TFLOP/s'"), 95)
        << "a slow engine: GEMM";
    EXPECT_GE(of_bound("--m 512 --k 1024 --n 512 --set sip.cube.noc.link_bandwidth='64 GB/s'"), 95)
        << "a narrow port: PE link";
}

TEST_F(Cli, ALargeGemmRunsAtTheRateOfItsSlowestStage) {
    // pe.md's worked check: both operands streamed, a 32 x 64 x 32 tile moves 8 KiB at 256 GB/s, 32 ns; pinned, it
    // computes 131072 FLOP at 8 TFLOP/s, 16.384 ns.
    const auto figures = [&](const std::string& mode) {
        const Finished finished = ahbm(
            "run gemm_single_pe --topology mini --m 512 --k 1024 --n 512 --data off --mode " + mode + " --json r.json");
        EXPECT_EQ(finished.code, 0) << finished.err;
        std::map<std::string, double> all;
        const json result = json::parse(content(folder / "r.json"));
        for (const auto& [name, figure] : result.at("figures").items()) all[name] = figure.get<double>();
        return all;
    };
    const double tiles = 512.0 / 32 * 1024 / 64 * 512 / 32;
    auto streamed = figures("ref_ref");
    EXPECT_NEAR(streamed["kernel_time_ns"] / tiles, 32, 0.05 * 32);
    auto pinned = figures("load_load");
    const double loading = 2.0 * 512 * 1024 * 2 / 256;
    EXPECT_NEAR((pinned["kernel_time_ns"] - loading) / tiles, 16.384, 0.05 * 16.384);
    for (const char* mode : {"ref_ref", "load_ref", "load_load"}) {
        auto of = figures(mode);
        EXPECT_LE(of["of_bound_percent"], 100) << mode;
        EXPECT_GE(of["of_bound_percent"], 95) << mode;
    }
}

TEST_F(Cli, GemmsOfRandomShapesAreRight) {
    std::uint64_t state = 12345;
    const auto draw = [&](std::uint64_t below) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (state >> 40) % below;
    };
    const char* const modes[] = {"ref_ref", "load_ref", "load_load"};
    const char* const dtypes[] = {"f16", "bf16", "f32"};
    const char* const epilogues[] = {"none", "relu", "gelu"};
    for (int i = 0; i < 12; ++i) {
        std::string arguments = "run gemm_sharded --topology mini --seed " + std::to_string(i);
        for (const char* extent : {"m", "k", "n"})
            arguments += std::string(" --") + extent + " " + std::to_string(1 + draw(200));
        arguments += std::string(" --mode ") + modes[draw(3)] + " --dtype " + dtypes[draw(3)] + " --epilogue " +
                     epilogues[draw(3)];
        const Finished finished = ahbm(arguments);
        EXPECT_EQ(finished.code, 0) << arguments << "\n" << finished.err;
        EXPECT_NE(finished.out.find("VERIFIED"), std::string::npos) << arguments;
    }
}

}  // namespace
}  // namespace ahbm::test
