// SPDX-License-Identifier: Apache-2.0
// Requests: mappings, their order, and what is wrong with them.
#include "tests/firmware/firmware_support.h"

#include <algorithm>
#include <random>

namespace ahbm::firmware {
namespace {

using abi::Status;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Firmware, MappingsReachThePesOfTheirMasks) {
    Machine machine(2, 2);
    abi::MmuMap map = map_everywhere(2, 2);
    map.entries = {{0x10000, 0x111000, 0x1000, 0x3, 0x3, 0},   // everyone
                   {0x20000, 0x222000, 0x1000, 0x1, 0x2, 0},   // cube0.pe1
                   {0x20000, 0x333000, 0x1000, 0x2, 0x2, 0}};  // cube1.pe1: its replica
    EXPECT_EQ(ask(machine, abi::encode(map)).status, Status::ok);
    const auto physical = [&](std::uint32_t cube, std::uint32_t pe) {
        std::vector<std::uint64_t> addresses;
        for (const abi::MmuCommand& command : machine.mmu[at(cube, pe)]) {
            EXPECT_EQ(command.operation, abi::MmuOperation::map);
            EXPECT_EQ(command.bytes, 0x1000u);
            addresses.push_back(command.physical_address);
        }
        return addresses;
    };
    EXPECT_THAT(physical(0, 0), ElementsAre(0x111000));
    EXPECT_THAT(physical(0, 1), ElementsAre(0x111000, 0x222000));
    EXPECT_THAT(physical(1, 0), ElementsAre(0x111000));
    EXPECT_THAT(physical(1, 1), ElementsAre(0x111000, 0x333000));
}

TEST(Firmware, UnmapReachesOnlyThePesOfItsMasks) {
    Machine machine(2, 2);
    abi::MmuUnmap unmap;
    unmap.header = map_everywhere(2, 2).header;
    unmap.entries = {{0x10000, 0x2000, 0x2, 0x1, 0}};
    EXPECT_EQ(ask(machine, abi::encode(unmap)).status, Status::ok);
    ASSERT_EQ(machine.mmu.size(), 1u);
    const abi::MmuCommand& command = machine.mmu.at(at(1, 0)).at(0);
    EXPECT_EQ(command.operation, abi::MmuOperation::unmap);
    EXPECT_EQ(command.virtual_address, 0x10000u);
    EXPECT_EQ(command.bytes, 0x2000u);
}

TEST(Firmware, RefusedMappingIsAnMmuFault) {
    Machine machine(1, 2);
    machine.mmu_refuses = 0x20000;
    abi::MmuMap map = map_everywhere(1, 2);
    map.entries = {{0x10000, 0x111000, 0x1000, 1, 3, 0}, {0x20000, 0x222000, 0x1000, 1, 2, 0}};
    const abi::Completion answer = ask(machine, abi::encode(map));
    EXPECT_EQ(answer.status, Status::mmu_fault);
    EXPECT_EQ(abi::to_string(answer.reporter), "sip0.cube0.pe1");
    EXPECT_EQ(answer.text, "PE_MMU refused a mapping of 0x20000: part of the range is mapped elsewhere");
}

TEST(Firmware, RequestsAreWorkedOffInOrderOneAtATime) {
    Machine machine(2, 2);
    std::vector<std::pair<double, sim::Time>> starts;
    unsigned running = 0;
    machine.kernels["work"] = [&](PeHal& hal, const tl::KernelArgs& args) {
        starts.emplace_back(args.scalars.at(0), hal.now());
        ++running;
        hal.spend(sim::Time::ps(1'000'000));
        --running;
        return KernelOutcome{};
    };
    for (int i = 0; i < 4; ++i) {
        abi::KernelLaunch launch = launch_everywhere("work", 2, 2);
        launch.header.request_id = static_cast<std::uint64_t>(i);
        launch.scalars = {double(i)};
        if (i == 2) launch.sections.resize(1);
        machine.host_sends(abi::encode(launch), sim::Time::ps(100 * i));
    }
    machine.run();
    EXPECT_EQ(running, 0u);
    ASSERT_EQ(machine.host.size(), 4u);
    std::uint64_t previous_end = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const abi::Completion& answer = machine.host[i].completion;
        EXPECT_EQ(answer.status, Status::ok) << answer.text;
        EXPECT_EQ(answer.header.request_id, i);
        EXPECT_GT(answer.target_start_ps, previous_end);
        previous_end = answer.exec_end_ps;
    }
    ASSERT_EQ(starts.size(), 4u + 4u + 1u + 4u);
    EXPECT_TRUE(std::is_sorted(starts.begin(), starts.end()));
}

TEST(Firmware, RequestsOverlapWhenAllowed) {
    FirmwareConfig config;
    config.max_in_flight = 2;
    Machine machine(2, 1, config);
    machine.kernels["work"] = [](PeHal& hal, const tl::KernelArgs&) {
        hal.spend(sim::Time::ps(1'000'000));
        return KernelOutcome{};
    };
    for (std::uint16_t cube = 0; cube < 2; ++cube) {
        abi::KernelLaunch launch = launch_everywhere("work", 2, 1);
        launch.header.request_id = cube;
        launch.sections = {{cube, 0, {}}};
        machine.host_sends(abi::encode(launch));
    }
    machine.run();
    ASSERT_EQ(machine.host.size(), 2u);
    EXPECT_LT(machine.host[1].completion.exec_start_ps, machine.host[0].completion.exec_end_ps);
    EXPECT_EQ(machine.host[1].completion.status, Status::ok);
}

TEST(Firmware, BadRequestsAreAnsweredByIoCpu) {
    struct Case {
        std::function<void(abi::KernelLaunch&)> spoil;
        Status status;
        const char* text;
    };
    const std::vector<Case> cases{
        {[](auto& l) { l.header.sip = 3; }, Status::bad_target, "addressed to sip3, arrived at sip0"},
        {[](auto& l) {
             l.header.cube_mask = 0x20;
             l.sections = {{5, 0, {}}};
         },
         Status::bad_target, "cube5 is addressed, the configuration has 2"},
        {[](auto& l) { l.header.pe_mask = 0x8003; }, Status::bad_target, "pe15 is addressed, the configuration has 2"},
        {[](auto& l) { l.scalars.resize(17); }, Status::bad_payload, "17 scalars, the limit is 16"},
        {[](auto& l) {
             l.tensors.resize(33);
             for (auto& section : l.sections) section.shards.resize(33);
         },
         Status::bad_payload, "33 tensors, the limit is 32"},
    };
    for (const Case& c : cases) {
        Machine machine(2, 2);
        abi::KernelLaunch launch = launch_everywhere("noop", 2, 2);
        launch.header.request_id = 9;
        c.spoil(launch);
        const abi::Completion answer = ask(machine, abi::encode(launch));
        EXPECT_EQ(answer.status, c.status) << c.text;
        EXPECT_THAT(answer.text, HasSubstr(c.text));
        EXPECT_EQ(answer.header.request_id, 9u);
        EXPECT_EQ(abi::to_string(answer.reporter), "sip0");
    }
}

TEST(Firmware, CorruptHeadersAreAnsweredWhileTheCompletionAddressIsUsable) {
    Machine machine(1, 1);
    const abi::Message good = abi::encode(launch_everywhere("noop", 1, 1));
    abi::Message bad_magic = good;
    bad_magic[0] = std::byte{0};
    EXPECT_EQ(ask(machine, bad_magic).status, Status::bad_magic);

    const abi::Message stub(good.begin(), good.begin() + 10);
    machine.host_sends(stub);
    abi::KernelLaunch lost = launch_everywhere("noop", 1, 1);
    lost.header.completion_address = abi::encode_hbm({0, 0}, 0x1000);
    machine.host_sends(abi::encode(lost));
    machine.host_sends(abi::encode(abi::Completion()));
    machine.run();
    EXPECT_EQ(machine.host.size(), 1u) << "nobody to answer to";
    EXPECT_EQ(machine.io_cpu_dropped().count, 3u);
    EXPECT_TRUE(machine.ready.empty()) << "a launch nobody would hear of does not run";

    machine.kernels["noop"] = noop;
    machine.host_sends(good, sim::Time::ps(10'000'000));
    machine.run();
    ASSERT_EQ(machine.host.size(), 2u) << "the SIP still works";
    EXPECT_EQ(machine.host[1].completion.status, Status::ok);
}

TEST(Firmware, DropReasonSaysWhatWasWrong) {
    Machine machine(1, 1);
    abi::KernelLaunch lost = launch_everywhere("noop", 1, 1);
    lost.header.completion_address = 0x1234;
    machine.host_sends(abi::encode(lost));
    machine.run();
    EXPECT_EQ(machine.io_cpu_dropped().last_reason, "no completion may be written to 0x1234");
}

TEST(Firmware, EveryMutatedRequestIsAnsweredOrCounted) {
    Machine machine(2, 2);
    machine.kernels["noop"] = noop;
    abi::KernelLaunch launch = launch_everywhere("noop", 2, 2);
    launch.tensors.resize(1);
    for (auto& section : launch.sections) section.shards.resize(1);
    abi::MmuMap map = map_everywhere(2, 2);
    map.entries.assign(2, {0x10000, 0x111000, 0x1000, 3, 3, 0});
    const std::vector<abi::Message> seeds{abi::encode(launch), abi::encode(map)};

    std::mt19937_64 random(7);
    constexpr unsigned count = 3000;
    for (unsigned i = 0; i < count; ++i) {
        abi::Message bytes = seeds[random() % 2];
        for (std::uint64_t n = 1 + random() % 4; n > 0; --n) {
            bytes[random() % bytes.size()] = static_cast<std::byte>(random());
        }
        machine.host_sends(std::move(bytes));
    }
    machine.run();
    EXPECT_EQ(machine.host.size() + machine.dropped(), count);
    EXPECT_GT(machine.dropped(), 0u);
    const auto ok = std::count_if(machine.host.begin(), machine.host.end(),
                                  [](const auto& mail) { return mail.completion.status == Status::ok; });
    EXPECT_GT(ok, 0);
}

}  // namespace
}  // namespace ahbm::firmware
