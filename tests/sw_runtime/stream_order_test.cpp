// SPDX-License-Identifier: Apache-2.0
/// What waits for what. The functional machine carries out nothing until somebody waits, so "launch noop" in its log
/// means that the call in between was a barrier.
#include "sw_runtime/context/context.h"
#include "tests/sw_runtime/functional_machine.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <sstream>

namespace ahbm::runtime::test {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Not;

struct Bench {
    explicit Bench(const FunctionalMachine::Config& config = {}) : machine(config) {
        other_sip.set_device(SipId{1});
        const TensorOptions rows{{Split::row_wise, Split::row_wise}, {}, ""};
        x = ctx.full({8, 8}, 1, Dtype::f32, rows);
        target = ctx.zeros({8, 8}, Dtype::f32, rows);
        remote = other_sip.full({8, 8}, 2, Dtype::f32, rows);
        machine.run_all();
        machine.log.clear();
    }
    FunctionalMachine machine;
    Context ctx{machine};
    Context other_sip = ctx;
    Tensor x, target, remote;
};

using Action = std::function<void(Bench&)>;

/// Everything a tensor and a context offer, but for ctx.wait and ctx.synchronize, which say what they do.
const std::map<std::string, Action> barriers{
    {"to_host", [](Bench& b) { b.x.to_host(); }},
    {"at", [](Bench& b) { b.x.at(3, 4); }},
    {"slice",
     [](Bench& b) {
         b.x.slice({0, 1}, {0, 8});
     }},
    {"to_string", [](Bench& b) { b.x.to_string(); }},
    {"printing", [](Bench& b) { std::ostringstream{} << b.x; }},
    {"source of copy_ on its own SIP", [](Bench& b) { b.target.copy_(b.x); }},
    {"source of copy_ to another SIP", [](Bench& b) { b.remote.copy_(b.x); }},
    {"read of another tensor of the SIP", [](Bench& b) { b.target.to_host(); }},
};
const std::map<std::string, Action> no_barriers{
    {"shape", [](Bench& b) { b.x.shape(); }},
    {"dtype", [](Bench& b) { b.x.dtype(); }},
    {"name", [](Bench& b) { b.x.name(); }},
    {"layout", [](Bench& b) { b.x.layout(); }},
    {"sip", [](Bench& b) { b.x.sip(); }},
    {"virtual_range", [](Bench& b) { b.x.virtual_range(); }},
    {"shards", [](Bench& b) { b.x.shards(); }},
    {"is it there", [](Bench& b) { static_cast<void>(static_cast<bool>(b.x)); }},
    {"copy of the handle", [](Bench& b) { const Tensor same = b.x; }},
    {"target of copy_ from the host",
     [](Bench& b) {
         b.x.copy_(filled({8, 8}, Dtype::f32, 3));
     }},
    {"target of copy_ from another SIP", [](Bench& b) { b.x.copy_(b.remote); }},
    {"read of a tensor on another SIP", [](Bench& b) { b.remote.to_host(); }},
    {"drop", [](Bench& b) { b.x = {}; }},
    {"empty", [](Bench& b) { b.ctx.empty({8}, Dtype::f32); }},
    {"zeros", [](Bench& b) { b.ctx.zeros({8}, Dtype::f32); }},
    {"full", [](Bench& b) { b.ctx.full({8}, 1, Dtype::f32); }},
    {"from_host", [](Bench& b) { b.ctx.from_host(filled({8}, Dtype::f32, 1)); }},
    {"launch",
     [](Bench& b) {
         b.ctx.launch("copy", {b.x, b.target});
     }},
    {"launch on another SIP", [](Bench& b) { b.other_sip.launch("noop", {}); }},
    {"wait for another SIP", [](Bench& b) { b.other_sip.wait(b.other_sip.launch("noop", {b.remote})); }},
    {"set_device", [](Bench& b) { b.ctx.set_device(SipId{1}); }},
};

TEST(Barrier, host_observable_reads_wait_for_pending_work) {
    for (const auto& [name, action] : barriers) {
        Bench bench;
        bench.ctx.launch("va_offset_probe", {bench.x, bench.target});
        action(bench);
        EXPECT_THAT(bench.machine.log, Contains("launch va_offset_probe")) << name;
    }
}

TEST(Barrier, nothing_else_waits) {
    for (const auto& [name, action] : no_barriers) {
        // The machine prefers what came last, so waiting for another SIP does not carry out the pending launch.
        Bench bench({.newest_first = true});
        bench.ctx.launch("va_offset_probe", {bench.x, bench.target});
        action(bench);
        EXPECT_THAT(bench.machine.log, Not(Contains("launch va_offset_probe"))) << name;
        bench.machine.run_all();
        bench.ctx.synchronize();
    }
}

TEST(Stream, launches_run_one_after_the_other_in_order) {
    Bench bench({.newest_first = true});
    bench.ctx.launch("noop", {});
    bench.ctx.launch("copy", {bench.x, bench.target});
    bench.ctx.launch("noop", {bench.x});
    EXPECT_EQ(bench.machine.under_way(), 1u) << "only the first is with the hardware";
    bench.machine.run_all();
    EXPECT_THAT(bench.machine.log, ElementsAre("launch noop", "launch copy", "launch noop"));
}

TEST(Stream, waiting_for_a_launch_leaves_later_ones_pending) {
    Bench bench;
    const LaunchHandle first = bench.ctx.launch("noop", {});
    bench.ctx.launch("copy", {bench.x, bench.target});
    bench.ctx.wait(first);
    EXPECT_THAT(bench.machine.log, ElementsAre("launch noop"));
}

TEST(Stream, a_pending_launch_sees_the_values_of_its_time) {
    for (const bool newest_first : {false, true}) {
        Bench bench({.newest_first = newest_first});
        bench.ctx.launch("noop", {});
        bench.ctx.launch("copy", {bench.x, bench.target});
        bench.x.copy_(filled({8, 8}, Dtype::f32, 5));  // behind both launches
        EXPECT_THAT(values_of(bench.target.to_host()), Each(1.0));
        EXPECT_THAT(values_of(bench.x.to_host()), Each(5.0));
        bench.ctx.launch("copy", {bench.x, bench.target});
        EXPECT_THAT(values_of(bench.target.to_host()), Each(5.0));
    }
}

TEST(Stream, later_copies_win) {
    for (const bool newest_first : {false, true}) {
        Bench bench({.newest_first = newest_first});
        for (int value = 0; value < 5; ++value) bench.x.copy_(filled({8, 8}, Dtype::f32, value));
        EXPECT_THAT(values_of(bench.x.to_host()), Each(4.0));
    }
}

TEST(Stream, the_source_of_a_copy_is_taken_at_once) {
    Bench bench;
    Array array = filled({8, 8}, Dtype::f32, 6);
    bench.ctx.launch("noop", {});
    bench.x.copy_(array);
    array = filled({8, 8}, Dtype::f32, 9);
    EXPECT_THAT(values_of(bench.x.to_host()), Each(6.0));
}

TEST(Stream, arguments_of_a_pending_launch_live_on) {
    Bench bench({.newest_first = true});
    {
        const Tensor source = bench.ctx.full({8, 8}, 4, Dtype::f32, {{Split::row_wise, Split::row_wise}, {}, "gone"});
        bench.ctx.launch("noop", {});
        bench.ctx.launch("copy", {source, bench.target});
    }
    EXPECT_THAT(values_of(bench.target.to_host()), Each(4.0));
    bench.machine.run_all();
    EXPECT_EQ(bench.machine.log.back(), "unmap");
}

TEST(Stream, addresses_are_not_given_out_again_before_they_are_unmapped) {
    for (const bool newest_first : {false, true}) {
        Bench bench({.newest_first = newest_first});
        const AddressRange old = bench.x.virtual_range();
        bench.x = {};
        const Tensor next = bench.ctx.full({8, 8}, 3, Dtype::f32, {{Split::row_wise, Split::row_wise}, {}, "next"});
        EXPECT_NE(next.virtual_range(), old);
        bench.machine.run_all();
        const Tensor reuse = bench.ctx.empty({8, 8}, Dtype::f32, {{Split::row_wise, Split::row_wise}, {}, "reuse"});
        EXPECT_EQ(reuse.virtual_range(), old);
        EXPECT_THAT(values_of(next.to_host()), Each(3.0));
    }
}

TEST(Stream, a_refused_mapping_is_reported_and_its_addresses_are_kept_back) {
    Bench bench;
    // Somebody else has mapped where the next tensor will be.
    const AddressRange last = bench.target.virtual_range();
    const PeCoord pe{SipId{0}, CubeId{1}, PeId{2}};
    bench.machine.page_table(pe).map({last.base + 4096, 0, 4096});
    Tensor refused = bench.ctx.empty({8, 8}, Dtype::f32, {{Split::row_wise, Split::row_wise}, {}, "refused"});
    bench.machine.run_all();
    EXPECT_EQ(error_of([&] { bench.x.to_host(); }),
              "mapping of 'refused' failed: PE_MMU of sip0.cube1.pe2 refused 0x100002000");
    EXPECT_THAT(values_of(bench.x.to_host()), Each(1.0));
}

}  // namespace
}  // namespace ahbm::runtime::test
