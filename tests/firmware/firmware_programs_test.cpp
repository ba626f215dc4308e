// SPDX-License-Identifier: Apache-2.0
// Launches: who starts when, what a kernel sees, who hears of its end.
#include "tests/firmware/firmware_support.h"

#include <algorithm>

namespace ahbm::firmware {
namespace {

using abi::Status;
using testing::ElementsAre;

TEST(Firmware, LaunchOnEveryPeStartsEverywhereAtOnce) {
    Machine machine(16, 8);
    machine.kernels["noop"] = noop;
    abi::KernelLaunch launch = launch_everywhere("noop", 16, 8);
    launch.header.request_id = 77;
    launch.header.correlation_id = 5;
    launch.header.cookie = 0xc00c1e;
    const abi::Completion answer = ask(machine, abi::encode(launch));

    EXPECT_EQ(answer.status, Status::ok) << answer.text;
    EXPECT_EQ(answer.header.request_id, 77u);
    EXPECT_EQ(answer.header.correlation_id, 5u);
    EXPECT_EQ(answer.header.cookie, 0xc00c1eu);
    EXPECT_EQ(abi::to_string(answer.reporter), "sip0");
    EXPECT_EQ(answer.received_ps, 0u);
    ASSERT_EQ(answer.spans.size(), 128u);
    for (std::size_t i = 0; i < 128; ++i) {
        EXPECT_EQ(answer.spans[i].cube, i / 8);
        EXPECT_EQ(answer.spans[i].pe, i % 8);
        EXPECT_EQ(answer.spans[i].exec_start_ps, answer.target_start_ps);
    }
    EXPECT_EQ(machine.dropped(), 0u);
}

TEST(Firmware, AllPesStartTogetherWhenTheSlowestIsReadyHoweverLateItIs) {
    for (const std::int64_t late : {0, 500'000, 50'000'000}) {
        Machine machine(4, 3);
        machine.kernels["noop"] = noop;
        machine.hidden_delay[abi::pe_cpu_mailbox(at(1, 0))] = sim::Time::ps(late);
        const abi::Completion answer = ask(machine, abi::encode(launch_everywhere("noop", 4, 3)));
        EXPECT_EQ(answer.status, Status::ok) << answer.text;
        ASSERT_EQ(machine.ready.size(), 12u);
        sim::Time slowest;
        for (const auto& [place, time] : machine.ready) slowest = std::max(slowest, time);
        // A signal there and a signal back.
        EXPECT_EQ(answer.target_start_ps, ps(slowest + Machine::kSignal + Machine::kSignal));
        for (const abi::PeSpan& span : answer.spans) EXPECT_EQ(span.exec_start_ps, answer.target_start_ps);
    }
}

TEST(Firmware, OnlyPesWithSectionsHearOfALaunch) {
    Machine machine(3, 4);
    machine.kernels["noop"] = noop;
    abi::KernelLaunch launch = launch_everywhere("noop", 3, 4);
    launch.sections = {{2, 3, {}}, {0, 1, {}}};  // in any order
    const abi::Completion answer = ask(machine, abi::encode(launch));
    EXPECT_EQ(answer.status, Status::ok) << answer.text;
    ASSERT_EQ(answer.spans.size(), 2u);
    EXPECT_EQ(answer.spans[0].cube, 0);
    EXPECT_EQ(answer.spans[1].cube, 2);
    EXPECT_FALSE(machine.delivered.contains(abi::m_cpu_mailbox(SipId(0), CubeId(1))));
    for (std::uint32_t c = 0; c < 3; ++c) {
        for (std::uint32_t p = 0; p < 4; ++p) {
            const bool addressed = at(c, p) == at(2, 3) || at(c, p) == at(0, 1);
            EXPECT_EQ(machine.delivered.contains(abi::pe_cpu_mailbox(at(c, p))), addressed) << c << "." << p;
        }
    }
}

TEST(Firmware, KernelSeesItsOwnShards) {
    Machine machine(2, 2);
    std::map<std::uint32_t, tl::KernelArgs> seen;
    machine.kernels["look"] = [&](PeHal& hal, const tl::KernelArgs& args) {
        seen[hal.identity().cube->value * 2 + hal.identity().pe->value] = args;
        return KernelOutcome{};
    };
    abi::KernelLaunch launch = launch_everywhere("look", 2, 2);
    launch.scalars = {0.5};
    launch.tensors = {{.type = abi::ElementType::bf16,
                       .rank = 3,
                       .block_rows = 8,
                       .block_cols = 16,
                       .dims = {2, 32, 16},
                       .base = 0x1'0000'0000,
                       .bytes = 2048}};
    for (std::uint32_t i = 0; i < 4; ++i) {
        launch.sections[i].shards = {{0x1'0000'0000u + i * 512, 16, 16, i * 16, 0}};
    }
    ASSERT_EQ(ask(machine, abi::encode(launch)).status, Status::ok);
    ASSERT_EQ(seen.size(), 4u);
    for (std::uint32_t i = 0; i < 4; ++i) {
        EXPECT_THAT(seen[i].scalars, ElementsAre(0.5));
        const tl::TensorArg& arg = seen[i].tensors.at(0);
        EXPECT_EQ(arg.base, 0x1'0000'0000u + i * 512);
        EXPECT_EQ(arg.dtype, Dtype::bf16);
        EXPECT_EQ(arg.layout, (Layout{8, 16}));
        EXPECT_EQ(arg.shape, (Shape{16, 16}));
        EXPECT_EQ(arg.global_shape, (Shape{2, 32, 16}));
        EXPECT_EQ(arg.first_row, i * 16);
        EXPECT_EQ(arg.tensor_base, 0x1'0000'0000u);
        EXPECT_EQ(arg.tensor_bytes, 2048u);
    }
}

TEST(Firmware, MeasurementsSpanAllPes) {
    Machine machine(2, 2);
    machine.kernels["work"] = [](PeHal& hal, const tl::KernelArgs&) {
        const std::uint32_t index = hal.identity().cube->value * 2 + hal.identity().pe->value;
        hal.spend(sim::Time::ps(100'000 - 10'000 * std::int64_t{index}));  // the first PE ends last
        return KernelOutcome{};
    };
    const abi::Completion answer = ask(machine, abi::encode(launch_everywhere("work", 2, 2)));
    EXPECT_EQ(answer.exec_start_ps, answer.target_start_ps);
    EXPECT_EQ(answer.exec_end_ps, answer.target_start_ps + 100'000);
    ASSERT_EQ(answer.spans.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(answer.spans[i].exec_end_ps - answer.spans[i].exec_start_ps, 100'000 - 10'000 * i);
    }
    EXPECT_GT(ps(machine.host.front().at), answer.exec_end_ps);
}

TEST(Firmware, MergeDoesNotDependOnTheOrderOfArrival) {
    std::vector<abi::Completion> parts(4);
    for (std::uint16_t i = 0; i < 4; ++i) {
        parts[i].reporter = {0, 1, i};
        parts[i].received_ps = parts[i].exec_start_ps = 100u + (i * 7u) % 4;
        parts[i].target_start_ps = parts[i].exec_end_ps = 200u + (i * 5u) % 4;
        parts[i].text = "text of PE " + std::to_string(i);
        parts[i].spans = {{1, i, Status::ok, 0, 0, 0, 0}};
    }
    parts[1].status = parts[3].status = Status::mmu_fault;
    parts[2].status = Status::cancelled;
    std::vector<std::size_t> order{0, 1, 2, 3};
    do {
        abi::Completion all;
        for (const std::size_t i : order) merge(all, parts[i]);
        EXPECT_EQ(all.status, Status::mmu_fault);
        EXPECT_EQ(all.reporter.pe, 1) << "ties go to the lowest PE";
        EXPECT_EQ(all.text, "text of PE 1");
        EXPECT_EQ(all.received_ps, 100u);
        EXPECT_EQ(all.exec_start_ps, 100u);
        EXPECT_EQ(all.target_start_ps, 203u);
        EXPECT_EQ(all.exec_end_ps, 203u);
        ASSERT_EQ(all.spans.size(), 4u);
        for (std::uint16_t i = 0; i < 4; ++i) EXPECT_EQ(all.spans[i].pe, i);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Firmware, AFailedPartStopsTheOthersAndIsWhatTheHostHears) {
    Machine machine(2, 2);
    machine.kernels["fails"] = [&](PeHal& hal, const tl::KernelArgs&) {
        if (hal.identity().cube->value == 1 && hal.identity().pe->value == 0)
            return KernelOutcome{Status::kernel_error, "TCM exhausted", {}};
        while (machine.aborted.empty()) hal.spend(sim::Time::ps(1000));  // for a tile of the one that fails
        return KernelOutcome{Status::cancelled, "stopped", {}};
    };
    const abi::Completion answer = ask(machine, abi::encode(launch_everywhere("fails", 2, 2)));
    EXPECT_EQ(answer.status, Status::kernel_error);
    EXPECT_EQ(abi::to_string(answer.reporter), "sip0.cube1.pe0");
    EXPECT_EQ(answer.text, "TCM exhausted");
    ASSERT_EQ(answer.spans.size(), 4u);
    EXPECT_EQ(answer.spans[0].status, Status::cancelled);
    EXPECT_EQ(answer.spans[2].status, Status::kernel_error);
    EXPECT_EQ(machine.aborted.size(), 1u);
}

TEST(Firmware, APartThatCannotStartStopsThoseThatWaitForIt) {
    Machine machine(2, 2);
    unsigned runs = 0;
    machine.kernels["count"] = [&](PeHal&, const tl::KernelArgs&) {
        ++runs;
        return KernelOutcome{};
    };
    machine.unknown_on.insert(at(0, 1));
    const abi::Completion answer = ask(machine, abi::encode(launch_everywhere("count", 2, 2)));
    EXPECT_EQ(answer.status, Status::unknown_kernel);
    EXPECT_EQ(abi::to_string(answer.reporter), "sip0.cube0.pe1");
    EXPECT_EQ(runs, 0u);
    ASSERT_EQ(answer.spans.size(), 4u);
    for (const std::size_t other : {0, 2, 3}) EXPECT_EQ(answer.spans[other].status, Status::cancelled);
}

TEST(Firmware, KernelErrorTextReachesTheHost) {
    Machine machine(2, 2);
    machine.kernels["fails"] = [](PeHal& hal, const tl::KernelArgs&) {
        if (hal.identity().cube->value == 0) return KernelOutcome{};
        return KernelOutcome{
            Status::kernel_error, "TCM exhausted on pe" + std::to_string(hal.identity().pe->value), {}};
    };
    const abi::Completion answer = ask(machine, abi::encode(launch_everywhere("fails", 2, 2)));
    EXPECT_EQ(answer.status, Status::kernel_error);
    EXPECT_EQ(abi::to_string(answer.reporter), "sip0.cube1.pe0");
    EXPECT_EQ(answer.text, "TCM exhausted on pe0");
}

TEST(Firmware, MissingKernelIsNamed) {
    Machine machine(1, 2);
    const abi::Completion answer = ask(machine, abi::encode(launch_everywhere("gmem", 1, 2)));
    EXPECT_EQ(answer.status, Status::unknown_kernel);
    EXPECT_EQ(answer.text, "no kernel is named 'gmem'");
    EXPECT_EQ(answer.exec_start_ps, abi::no_time);
}

}  // namespace
}  // namespace ahbm::firmware
