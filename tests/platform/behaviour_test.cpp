// SPDX-License-Identifier: Apache-2.0
// What a user would see go wrong on the whole platform: values, visibility, errors, determinism.
#include "bench/allocations.h"
#include "sim/wheel_pump.h"
#include "tests/platform/closed_form.h"
#include "tests/platform/dma_driver.h"
#include "tests/platform/session_test.h"

#include "firmware/tl/program.h"

#include <cstdint>
#include <vector>

namespace ahbm::test {
namespace {

using runtime::Context;
using runtime::LaunchError;
using runtime::Split;
using scenarios::PathMeasurement;
using scenarios::Transfer;

class Platform : public SessionTest {};

std::string launch_error(Context& ctx, const std::string& kernel, const std::vector<runtime::Tensor>& tensors,
                         const std::vector<double>& scalars = {}) {
    try {
        ctx.wait(ctx.launch(kernel, tensors, scalars));
    } catch (const LaunchError& error) {
        return error.what();
    }
    return "no error";
}

TEST_F(Platform, AMessageOverHLinksCostsHPlusOneEvents) {
    auto session = make(topology("default"), shadow::Mode::off);
    session->run([&] {
        Fabric& fabric = session->system().fabric();
        Host& host = session->system().host();
        const PeCoord slice = pe(0, 6, 2);
        const std::size_t out = fabric.path(Directory::host(), fabric.directory().hbm(slice)).hops.size();
        const std::size_t back = fabric.path(fabric.directory().hbm(slice), Directory::host()).hops.size();
        abi::MemoryCopy copy;
        copy.header.opcode = abi::Opcode::memory_write;
        copy.transfer = {4096, PhysAddr::pe_hbm(slice, session->system().config().sip.cube.hbm.slice, 0).raw(), 4096};
        const std::uint64_t before = session->system().wheel().dispatched();
        host.submit(abi::encode(copy), 1);
        host.wait_for(1);
        EXPECT_EQ(session->system().wheel().dispatched() - before, (out + 1) + (back + 1));
    });
}

TEST_F(Platform, SteadyTrafficAllocatesNoPayloadAndNothingPerPacket) {
    auto session = make(topology("mini"), shadow::Mode::off);
    session->run([&] {
        PathMeasurement measure(*session);
        const PeCoord self = pe(0, 0, 0);
        measure.pe_dma(self, pe(0, 3, 1), 4 << 20, Transfer::read);
        const std::size_t payloads = session->system().fabric().payloads_allocated();
        const auto cost = [&](std::uint32_t bytes) {
            const std::uint64_t before = bench::allocations().count;
            measure.pe_dma(self, pe(0, 3, 1), bytes, Transfer::read);
            return bench::allocations().count - before;
        };
        cost(1 << 20);
        ASSERT_GT(bench::allocations().count, 0u) << "they are counted";
        EXPECT_EQ(cost(2 << 20), cost(1 << 20)) << "256 packets more, no allocation more";
        EXPECT_EQ(session->system().fabric().payloads_allocated(), payloads);
    });
}

TEST_F(Platform, AStoreIsVisibleOnlyAfterItsWayAndItsDrain) {
    // S9: a reader that is served before the posted write lands sees the old bytes.
    auto session = make(topology("mini"));
    session->run([&] {
        System& system = session->system();
        HostPort& port = session->port();
        const PhysAddr place = PhysAddr::pe_hbm(pe(0, 3, 0), system.config().sip.cube.hbm.slice, 0);
        const auto fill = [](int value) { return std::vector<std::byte>(4096, static_cast<std::byte>(value)); };
        port.write_host(0x10000, fill(1));
        port.write_host(0x20000, fill(2));
        system.host().submit(host_copy(abi::Opcode::memory_write, 0x10000, place, 4096), 1);
        system.host().wait_for(1);
        // The read request is small and overtakes the data of the write that was issued before it.
        system.host().submit(host_copy(abi::Opcode::memory_write, 0x20000, place, 4096), 2);
        system.host().submit(host_copy(abi::Opcode::memory_read, 0x30000, place, 4096), 3);
        system.host().wait_for(2);
        system.host().wait_for(3);
        EXPECT_EQ(port.read_host(0x30000, 4096), fill(1)) << "served before the write became visible";
        system.host().submit(host_copy(abi::Opcode::memory_read, 0x40000, place, 4096), 4);
        system.host().wait_for(4);
        EXPECT_EQ(port.read_host(0x40000, 4096), fill(2)) << "after the acknowledgement";
    });
}

TEST_F(Platform, AnUnmappedAddressFailsTheKernelAndThePlatformSurvives) {
    auto session = make(topology("mini"));
    session->run([&] {
        Context ctx(session->port());
        const runtime::Tensor x = ctx.zeros({4, 64}, Dtype::f16, {{Split::replicate, Split::replicate, 1, 1}, {}, "x"});
        const runtime::Tensor y = ctx.empty({4, 64}, Dtype::f16, {{Split::replicate, Split::replicate, 1, 1}, {}, "y"});
        ctx.wait(ctx.launch("copy", {y, x}));
        // Take the mapping of x away behind the runtime's back.
        abi::MmuUnmap unmap;
        unmap.header.cube_mask = unmap.header.pe_mask = 1;
        unmap.entries = {{x.virtual_range().base, x.virtual_range().bytes, 1, 1, 0}};
        session->system().host().submit(abi::encode(unmap), 1);
        EXPECT_EQ(session->system().host().wait_for(1).status, abi::Status::ok);
        const std::string error = launch_error(ctx, "copy", {y, x});
        EXPECT_NE(error.find("kernel 'copy' on sip0.cube0.pe0"), std::string::npos) << error;
        EXPECT_NE(error.find("virtual address 0x100000000 is not mapped; the nearest mapping is [0x1000"),
                  std::string::npos)
            << error;
        EXPECT_EQ(ctx.wait(ctx.launch("noop", {})).status, abi::Status::ok);
        // Give it back, so that the runtime can remove it.
        abi::MmuMap map;
        map.header = unmap.header;
        map.header.opcode = abi::Opcode::mmu_map;
        map.entries = {{x.virtual_range().base, x.shards().front().memory.raw(), x.virtual_range().bytes, 1, 1, 0}};
        session->system().host().submit(abi::encode(map), 2);
        EXPECT_EQ(session->system().host().wait_for(2).status, abi::Status::ok);
    });
}

TEST_F(Platform, KernelMistakesStopTheLaunchWithASentence) {
    kernels.add({"greedy", "takes more TCM than there is", [](tl::Program& tl, const tl::KernelArgs&) {
                     tl.zeros({65536, 1024}, Dtype::f16);
                 }});
    kernels.add({"careless", "reads what nobody wrote", [](tl::Program& tl, const tl::KernelArgs&) {
                     tl.item(tl.exp(tl.empty({1, 1}, Dtype::f16)));
                 }});
    auto session = make(topology("mini"));
    session->run([&] {
        Context ctx(session->port());
        EXPECT_NE(launch_error(ctx, "greedy", {}).find("TCM"), std::string::npos) << launch_error(ctx, "greedy", {});
        EXPECT_NE(launch_error(ctx, "careless", {}).find("nobody"), std::string::npos)
            << launch_error(ctx, "careless", {});
        EXPECT_NE(launch_error(ctx, "no_such", {}).find("no kernel is named 'no_such'"), std::string::npos);
        EXPECT_EQ(ctx.wait(ctx.launch("noop", {})).status, abi::Status::ok);
    });
}

TEST_F(Platform, HbmExhaustionNamesTensorAndSlice) {
    auto session = make(topology("mini", {"sip.cube.hbm.slice=1 MiB"}));
    session->run([&] {
        Context ctx(session->port());
        try {
            ctx.empty({1024, 2048}, Dtype::f16, {{Split::replicate, Split::replicate, 1, 1}, {}, "big"});
            FAIL() << "4 MiB in a slice of 1 MiB";
        } catch (const runtime::OutOfMemory& error) {
            EXPECT_NE(std::string(error.what()).find("big"), std::string::npos) << error.what();
            EXPECT_NE(std::string(error.what()).find("sip0.cube0.pe0.hbm"), std::string::npos) << error.what();
        }
    });
}

TEST_F(Platform, FreedTensorsReturnTheirMemory) {
    auto session = make(topology("mini", {"sip.cube.hbm.slice=1 MiB"}));
    session->run([&] {
        Context ctx(session->port());
        for (int i = 0; i < 50; ++i) {
            const runtime::Tensor t =
                ctx.zeros({1, 256 << 10}, Dtype::f16, {{Split::replicate, Split::replicate, 1, 1}, {}, "t"});
            EXPECT_EQ(t.at(0, 1000), 0.0);
        }
    });
}

TEST_F(Platform, EveryPlacementRoundTripsEveryElement) {
    auto session = make(topology("mini"));
    session->run([&] {
        Context ctx(session->port());
        std::vector<float> values(37 * 53);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 2039) / 8;
        const Split splits[] = {Split::replicate, Split::row_wise, Split::column_wise, Split::tiled_row_major,
                                Split::tiled_column_major};
        for (const Split cube : splits)
            for (const Split pe_split : splits)
                for (const Layout& layout : {Layout{}, Layout{8, 16}}) {
                    const runtime::Array array = runtime::make_array({37, 53}, Dtype::f16, values);
                    const runtime::Tensor tensor = ctx.from_host(array, {{cube, pe_split}, layout, "t"});
                    EXPECT_EQ(tensor.to_host(), array) << static_cast<int>(cube) << ' ' << static_cast<int>(pe_split);
                    EXPECT_EQ(tensor.at(36, 52), values.back());
                }
    });
}

struct Outcome {
    std::int64_t end = 0, execution = 0;
    std::uint64_t hops = 0;
    runtime::Array c;
    bool operator==(const Outcome&) const = default;
};

Outcome gemm(Session& session) {
    Outcome outcome;
    session.run([&] {
        Context ctx(session.port());
        std::vector<float> a(70 * 90), b(90 * 50);
        for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i * 7 % 31) / 16 - 1;
        for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i * 5 % 29) / 16 - 1;
        const auto x = ctx.from_host(runtime::make_array({70, 90}, Dtype::f16, a),
                                     {{Split::row_wise, Split::replicate}, {32, 64}, "a"});
        const auto y = ctx.from_host(runtime::make_array({90, 50}, Dtype::f16, b),
                                     {{Split::replicate, Split::column_wise}, {64, 32}, "b"});
        const auto z = ctx.empty({70, 50}, Dtype::f16, {{Split::row_wise, Split::column_wise}, {32, 32}, "c"});
        outcome.execution = ctx.wait(ctx.launch("gemm", {x, y, z})).execution().ps();
        outcome.end = ctx.now().ps();
        outcome.hops = session.system().fabric().hops();
        if (ctx.has_data()) outcome.c = z.to_host();
    });
    return outcome;
}

TEST_F(Platform, DataModesNeverChangeTime) {
    const PlatformConfig mini = topology("mini");
    // Elaborated together, run one after the other: several systems do not disturb each other either.
    auto lazy = make(mini, shadow::Mode::lazy, "lazy"), background = make(mini, shadow::Mode::background, "background"),
         off = make(mini, shadow::Mode::off, "off"),
         plain = make(topology("mini", {"fabric.run_ahead=false"}), shadow::Mode::lazy, "plain");
    const Outcome reference = gemm(*lazy);
    EXPECT_EQ(gemm(*background).c, reference.c);
    // Times of later runs are relative: the kernel's clock goes on. Compare what does not depend on it.
    EXPECT_EQ(gemm(*off).execution, reference.execution);
    EXPECT_EQ(gemm(*plain).execution, reference.execution);
    EXPECT_EQ(gemm(*plain).c, reference.c);
}

TEST_F(Platform, TimeDoesNotGoBackWhenTheKernelStaysBehindTheWheel) {
    struct Block {
        sim::WheelPump wheel{"wheel"};
        std::vector<sim::Time> seen;
        void event(std::uint64_t more) {
            seen.push_back(wheel.now());
            if (more > 0)
                wheel.at<&Block::event>(wheel.now() + sim::Time::ps(10), sim::Priority::engine, this, more - 1);
        }
    } block;
    block.wheel.set_run_ahead(true);
    block.wheel.at<&Block::event>(sim::Time::ps(5), sim::Priority::engine, &block, 2);
    sc_core::sc_start();
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::sc_time(5, sc_core::SC_PS)) << "nothing calls it further";
    EXPECT_EQ(block.wheel.now(), sim::Time::ps(25));
    EXPECT_EQ(block.wheel.delay(), sc_core::sc_time(20, sc_core::SC_PS));

    block.wheel.at<&Block::event>(block.wheel.now(), sim::Priority::engine, &block);
    sc_core::sc_start();
    EXPECT_EQ(block.seen, (std::vector{sim::Time::ps(5), sim::Time::ps(15), sim::Time::ps(25), sim::Time::ps(25)}));
}

TEST_F(Platform, ResetGoesBackToADefinedState) {
    auto session = make(topology("mini"));
    const Outcome first = gemm(*session);
    session->system().reset();
    const Outcome again = gemm(*session);
    EXPECT_EQ(again.c, first.c);
    EXPECT_EQ(again.execution, first.execution);
    EXPECT_EQ(session->system().pe(pe(0, 0, 0)).mmu.table().size(), 0u) << "the runtime has taken back what it mapped";
}

TEST_F(Platform, BadDescriptorsAreAnsweredNeverFatal) {
    auto session = make(topology("mini"));
    session->run([&] {
        Host& host = session->system().host();
        abi::KernelLaunch launch;
        launch.kernel = "noop";
        launch.header.cube_mask = 0x8000;  // mini has 4 cubes
        launch.header.pe_mask = 1;
        launch.sections = {{15, 0, {}}};
        host.submit(abi::encode(launch), 1);
        const abi::Completion refused = host.wait_for(1);
        EXPECT_EQ(refused.status, abi::Status::bad_target) << refused.text;
        EXPECT_FALSE(refused.text.empty());
        launch.header.cube_mask = 1;
        launch.sections = {{0, 0, {}}};
        host.submit(abi::encode(launch), 2);
        EXPECT_EQ(host.wait_for(2).status, abi::Status::ok);
    });
}

TEST_F(Platform, AFullMailboxLosesNothing) {
    auto session = make(topology("mini", {"mailbox.depth=1"}));
    session->run([&] {
        abi::KernelLaunch launch;
        launch.kernel = "noop";
        launch.header.cube_mask = 0xf;
        launch.header.pe_mask = 0xf;
        for (std::uint16_t c = 0; c < 4; ++c)
            for (std::uint16_t p = 0; p < 4; ++p) launch.sections.push_back({c, p, {}});
        for (std::uint64_t i = 1; i <= 20; ++i) session->system().host().submit(abi::encode(launch), i);
        for (std::uint64_t i = 1; i <= 20; ++i)
            EXPECT_EQ(session->system().host().wait_for(i).status, abi::Status::ok) << i;
    });
}

TEST_F(Platform, AProgramThatWaitsForNothingIsAHang) {
    auto session = make(topology("mini"));
    sc_core::sc_event never("never");
    try {
        session->run([&] { sc_core::wait(never); });
        FAIL() << "a hang passed as success";
    } catch (const Hang& hang) {
        EXPECT_NE(std::string(hang.what()).find("nothing is left to happen, but the host program waits"),
                  std::string::npos)
            << hang.what();
    }
}

}  // namespace
}  // namespace ahbm::test
