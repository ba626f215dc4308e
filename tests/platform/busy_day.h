// SPDX-License-Identifier: Apache-2.0
/// What tests of waves share: a folder, runs in processes of their own, and days on which everything has work.
#pragma once

#include "experiments/configs.h"
#include "experiments/scenarios/ccl_common.h"
#include "observe/waves/waves.h"
#include "sim/config/error.h"
#include "sw_runtime/process_group/planner.h"
#include "sw_runtime/ranks/rank.h"
#include "tests/platform/session_test.h"
#include "tests/platform/vcd.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

namespace ahbm::test {

using runtime::Context;
using runtime::Split;

class WavesTest : public SessionTest {
protected:
    WavesTest() {
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        folder = std::filesystem::temp_directory_path() / fmt::format("ahbm-{}-{}", getpid(), test->name());
        std::filesystem::create_directories(folder);
    }
    ~WavesTest() override { std::filesystem::remove_all(folder); }
    std::string in_folder(const std::string& name) const { return (folder / name).string(); }
    std::string content(const std::string& name) const {
        std::ifstream stream(folder / name);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    /// Runs in a process of its own, so that every run starts at time 0.
    template <class Body>
    void in_child(Body body) const {
        const pid_t child = fork();
        if (child == 0) {
            try {
                body();
            } catch (const std::exception& error) {
                fmt::print(stderr, "{}\n", error.what());
                _exit(1);
            }
            _exit(0);
        }
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    std::string refusal(Session& session, const WavesConfig& config) const {
        try {
            Waves waves(session.system(), config);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "accepted";
    }
    std::filesystem::path folder;
};

/// Work for every link, engine and queue of cube 0, and for the CPUs above it: products, softmax, a rush of launches,
/// and reads of one slice by everybody. Returns what a user sees of it.
inline std::string busy_day(Session& session) {
    std::string seen;
    session.run([&] {
        Context ctx(session.port());
        const auto matrix = [&](std::uint32_t rows, std::uint32_t cols, const runtime::TensorOptions& options) {
            std::vector<float> values(std::size_t{rows} * cols);
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 7 % 31) / 16 - 1;
            return ctx.from_host(runtime::make_array({rows, cols}, Dtype::f16, values), options);
        };
        const auto report = [&](const runtime::LaunchResult& launch) {
            seen += fmt::format("{} {} {} {}\n", launch.submitted.ps(), launch.exec_start.ps(), launch.exec_end.ps(),
                                launch.completed.ps());
        };
        const auto x = matrix(260, 200, {{Split::row_wise, Split::replicate}, {32, 64}, "a"});
        const auto y = matrix(200, 130, {{Split::replicate, Split::column_wise}, {64, 32}, "b"});
        const auto z = ctx.empty({260, 130}, Dtype::f16, {{Split::row_wise, Split::column_wise}, {32, 32}, "c"});
        report(ctx.wait(ctx.launch("gemm", {x, y, z})));

        const runtime::TensorOptions rows{{Split::row_wise, Split::row_wise}, {}, "s"};
        const auto s = matrix(64, 96, rows);
        const auto t = ctx.empty({64, 96}, Dtype::f16, rows);
        std::vector<runtime::LaunchHandle> rush;
        for (int i = 0; i < 6; ++i) rush.push_back(ctx.launch("softmax_rows", {s, t}, {static_cast<double>(i % 2)}));
        for (const auto& launch : rush) report(ctx.wait(launch));
        for (const std::byte b : t.to_host().bytes) seen += fmt::format("{:02x}", std::to_integer<unsigned>(b));
        seen += fmt::format("\n{:02x}\n", fmt::join(
                                              [&] {
                                                  std::vector<unsigned> bytes;
                                                  for (const std::byte b : z.to_host().bytes)
                                                      bytes.push_back(std::to_integer<unsigned>(b));
                                                  return bytes;
                                              }(),
                                              ""));

        scenarios::PathMeasurement measure(session);
        seen += fmt::format("{} ", measure.incast(CubeId{0}, 4, 32 << 10).ps());
        seen += fmt::format("{} ", measure.pe_dma(pe(0, 0, 0), pe(0, 3, 1), 64 << 10, scenarios::Transfer::write).ps());
        seen += fmt::format("{}\n", ctx.now().ps());
    });
    seen += fmt::format("{} hops\n", session.system().fabric().hops());
    for (const OutputPort* port : session.system().fabric().ports()) {
        const Link::Stats& stats = port->link().stats();
        seen += fmt::format("{} {} {} {} {}\n", port->name(), stats.packets, stats.bytes, stats.busy.ps(),
                            stats.queueing.ps());
    }
    return seen;
}

/// All PEs of two SIPs reduce a tensor among each other, twice, with queue pairs that are removed in between. Returns
/// rank 0's collectives.
inline std::vector<runtime::LaunchResult> team_day(Session& session, bool second_group = false) {
    std::vector<runtime::LaunchResult> launches;
    session.run([&] {
        Context context(session.port());
        const auto program = [&](runtime::Rank& rank) {
            rank.set_device(rank.rank());
            for (int round = 0; round < 2; ++round) {
                rank.init_process_group("ahbm",
                                        runtime::group_options(load_ccl("ccl", {}), runtime::CollectiveOp::all_reduce,
                                                               "hierarchical_allreduce", {}));
                const auto place = rank.group().participation(runtime::CollectiveOp::all_reduce);
                const runtime::Tensor tensor =
                    rank.context().full({place.per_rank, 6000}, 1, Dtype::f16, {place.policy, {}, "x"});
                rank.context().synchronize();
                const runtime::LaunchResult launch = rank.all_reduce(tensor);
                if (rank.rank() == 0) launches.push_back(launch);
                if (second_group) rank.new_group({0, 1}).barrier().wait();  // its queue pairs lie beside the others
                rank.destroy_process_group();
            }
        };
        runtime::spawn(context, program, 2);
    });
    return launches;
}

}  // namespace ahbm::test
