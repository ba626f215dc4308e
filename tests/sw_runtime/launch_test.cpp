// SPDX-License-Identifier: Apache-2.0
#include "numerics/operation.h"
#include "sw_runtime/context/context.h"
#include "tests/sw_runtime/functional_machine.h"
#include "tests/sw_runtime/runtime_support.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <optional>

namespace ahbm::runtime::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Array reference(OpCode code, const Array& a, const Array& b) {
    const std::array operands{Operand{{a.shape, a.dtype, {}}, a.bytes}, Operand{{b.shape, b.dtype, {}}, b.bytes}};
    const std::array views{operands[0].view, operands[1].view};
    OpSpec spec;
    spec.code = code;
    View result = infer_result(spec, views);
    result.dtype = a.dtype;
    Array out{result.shape, result.dtype, std::vector<std::byte>(result.bytes())};
    evaluate(spec, operands, result, out.bytes);
    return out;
}

TEST(Launch, gemm_on_shards_equals_the_reference) {
    for (const Layout& layout : {Layout{}, Layout{32, 64}}) {
        FunctionalMachine machine;
        Context ctx(machine);
        const Array a = random_numbers({75, 130}, Dtype::f16, 1), b = random_numbers({130, 61}, Dtype::f16, 2);
        const DPPolicy rows{Split::row_wise, Split::row_wise};
        const Tensor left = ctx.from_host(a, {rows, layout, "a"});
        const Tensor right = ctx.from_host(b, {{}, layout, "b"});
        const Tensor out = ctx.empty({75, 61}, Dtype::f16, {rows, layout, "c"});
        ctx.launch("gemm", {left, right, out});
        EXPECT_EQ(out.to_host(), reference(OpCode::matmul, a, b));
    }
}

TEST(Launch, vector_add_on_shards_equals_the_reference) {
    FunctionalMachine machine({.newest_first = true});
    Context ctx(machine);
    const Array x = random_numbers({37, 129}, Dtype::f16, 3), y = random_numbers({37, 129}, Dtype::f16, 4);
    for (const Split cube : {Split::replicate, Split::row_wise, Split::tiled_row_major})
        for (const Split pe : {Split::replicate, Split::column_wise, Split::tiled_column_major}) {
            const TensorOptions options{{cube, pe}, {8, 16}, ""};
            const Tensor out = ctx.empty(x.shape, x.dtype, options);
            ctx.wait(ctx.launch("vector_add", {ctx.from_host(x, options), ctx.from_host(y, options), out}));
            EXPECT_EQ(out.to_host(), reference(OpCode::add, x, y));
        }
}

TEST(Launch, shards_smaller_than_a_page_are_told_apart) {
    FunctionalMachine machine;
    Context ctx(machine);
    const TensorOptions options{{Split::row_wise, Split::row_wise}, {}, ""};
    const Tensor out = ctx.empty({8, 3}, Dtype::i32, options);
    ctx.launch("va_offset_probe", {ctx.zeros({8, 3}, Dtype::i32, options), out});
    for (std::uint64_t row = 0; row < 8; ++row) EXPECT_EQ(out.at(row, 2), static_cast<double>(row));
}

TEST(Launch, those_who_hold_a_part_take_part) {
    FunctionalMachine machine;
    Context ctx(machine);
    // ceil(5 / 2) = 3 and 2 rows per cube, one per PE: the last PEs of both cubes have none.
    const Tensor rows = ctx.empty({5, 4}, Dtype::f16, {{Split::row_wise, Split::row_wise}, {2, 2}, "rows"});
    const Tensor one = ctx.empty({6}, Dtype::i8, {{Split::replicate, Split::replicate, 1, 1}, {}, "one"});
    ctx.wait(ctx.launch("noop", {rows, one}, {1.5, -2}));
    const abi::KernelLaunch& launch = machine.launches.back();
    EXPECT_EQ(launch.kernel, "noop");
    EXPECT_THAT(launch.scalars, ElementsAre(1.5, -2));
    EXPECT_EQ(launch.header.sip, 0);
    EXPECT_EQ(launch.header.cube_mask, 0b11);
    EXPECT_EQ(launch.header.pe_mask, 0b111);
    ASSERT_THAT(launch.tensors, SizeIs(2));
    EXPECT_EQ(launch.tensors[0].type, abi::ElementType::f16);
    EXPECT_EQ(launch.tensors[0].rank, 2);
    EXPECT_THAT(launch.tensors[0].dims, ElementsAre(5, 4, 0, 0));
    EXPECT_EQ(launch.tensors[0].block_rows, 2u);
    EXPECT_EQ(launch.tensors[0].base, rows.virtual_range().base);
    EXPECT_EQ(launch.tensors[0].bytes, 40u);
    std::vector<std::pair<int, int>> who;
    for (const abi::LaunchSection& section : launch.sections) who.emplace_back(section.cube, section.pe);
    EXPECT_EQ(who, (std::vector<std::pair<int, int>>{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}}));
    const abi::ShardDescriptor& last = launch.sections[4].shards[0];
    EXPECT_EQ(last.base, rows.virtual_range().base + 32);
    EXPECT_EQ(last.rows, 1u);
    EXPECT_EQ(last.cols, 4u);
    EXPECT_EQ(last.first_row, 4u);
    EXPECT_EQ(launch.sections[0].shards[1].cols, 6u);
    EXPECT_EQ(launch.sections[1].shards[1].rows, 0u);
    EXPECT_EQ(launch.sections[1].shards[1].cols, 0u);

    ctx.wait(ctx.launch("noop", {}));
    EXPECT_THAT(machine.launches.back().sections, SizeIs(8)) << "without tensors every PE takes part";
    ctx.wait(ctx.launch("noop", {}, {}, {.sip = SipId{1}, .completion = {}}));
    EXPECT_EQ(machine.launches.back().header.sip, 1);
}

TEST(Launch, result_says_when_what_happened) {
    FunctionalMachine machine;
    Context ctx(machine);
    const LaunchHandle handle = ctx.launch("noop", {});
    const LaunchResult result = ctx.wait(handle);
    EXPECT_EQ(result.status, abi::Status::ok);
    EXPECT_EQ(result.submitted, sim::Time{});
    EXPECT_EQ(result.completed, sim::Time::ns(100));
    EXPECT_EQ(result.total(), sim::Time::ns(100));
    EXPECT_EQ(result.execution(), sim::Time::ns(1));
    EXPECT_EQ(result.network(), sim::Time::ns(99));
    EXPECT_THAT(result.spans, SizeIs(8));
    machine.run_all();
    const LaunchResult again = ctx.wait(handle);
    EXPECT_EQ(again.completed, result.completed);
    EXPECT_EQ(again.spans.size(), result.spans.size());
}

TEST(Launch, times_are_those_of_the_launch_and_not_of_who_asks_or_what_was_before) {
    FunctionalMachine machine;
    Context ctx(machine);
    const LaunchHandle first = ctx.launch("noop", {}), second = ctx.launch("noop", {});
    machine.run_all();
    EXPECT_EQ(ctx.wait(second).submitted, sim::Time::ns(100));
    EXPECT_EQ(ctx.wait(second).total(), sim::Time::ns(100));
    EXPECT_EQ(ctx.wait(first).completed, sim::Time::ns(100));
}

TEST(Launch, completion_is_told_once_whatever_the_status) {
    FunctionalMachine machine;
    Context ctx(machine);
    std::vector<abi::Status> told;
    const LaunchOptions options{.sip = {},
                                .completion = [&](const LaunchResult& result) { told.push_back(result.status); }};
    ctx.launch("noop", {}, {}, options);
    const LaunchHandle missing = ctx.launch("nope", {}, {}, options);
    EXPECT_TRUE(told.empty());
    machine.run_all();
    EXPECT_THAT(told, ElementsAre(abi::Status::ok, abi::Status::unknown_kernel));
    EXPECT_THROW(ctx.wait(missing), LaunchError);
    EXPECT_THAT(told, SizeIs(2));
}

TEST(Launch, limits_are_checked) {
    FunctionalMachine machine;
    Context ctx(machine), other = ctx;
    other.set_device(SipId{1});
    const Tensor here = ctx.empty({2}, Dtype::i8, {{}, {}, "here"}),
                 there = other.empty({2}, Dtype::i8, {{}, {}, "there"});
    EXPECT_EQ(error_of([&] { ctx.launch("noop", std::vector<Tensor>(33, here)); }),
              "launch of 'noop' with 33 tensors: at most 32 (firmware.max_tensors)");
    EXPECT_EQ(error_of([&] { ctx.launch("noop", {}, std::vector<double>(17)); }),
              "launch of 'noop' with 17 scalars: at most 16 (firmware.max_scalars)");
    EXPECT_EQ(error_of([&] { ctx.launch("noop", {here, there}); }), "launch of 'noop' on sip0: 'there' is on sip1");
    EXPECT_EQ(error_of([&] { ctx.launch("noop", {here}, {}, {.sip = SipId{1}, .completion = {}}); }),
              "launch of 'noop' on sip1: 'here' is on sip0");
    EXPECT_EQ(error_of([&] { ctx.launch("noop", {here, Tensor{}}); }), "an empty tensor handle is used");
    EXPECT_EQ(error_of([&] { ctx.launch("noop", {}, {}, {.sip = SipId{7}, .completion = {}}); }),
              "no sip7: the machine has 2");
    EXPECT_THAT(error_of([&] { ctx.launch(std::string(64, 'k'), {}); }), HasSubstr("is longer than 63 characters"));
    EXPECT_EQ(error_of([&] { ctx.wait({}); }), "waiting for a launch that was never made");
    ctx.wait(ctx.launch("noop", std::vector<Tensor>(32, here), std::vector<double>(16)));
    EXPECT_THAT(machine.launches, SizeIs(1));
}

TEST(Launch, errors_name_kernel_pe_and_reason_each_time) {
    FunctionalMachine machine;
    Context ctx(machine);
    const LaunchHandle missing = ctx.launch("nope", {});
    const std::string text = "launch of 'nope' failed: sip0.cube0.pe0: no kernel is named 'nope'";
    EXPECT_EQ(error_of([&] { ctx.wait(missing); }), text);
    EXPECT_EQ(error_of([&] { ctx.wait(missing); }), text);
    try {
        ctx.wait(missing);
    } catch (const LaunchError& error) {
        EXPECT_EQ(error.status(), abi::Status::unknown_kernel);
    }
    const Tensor lonely = ctx.full({2, 2}, 1, Dtype::f16, {{Split::replicate, Split::replicate, 1, 1}, {}, "lonely"});
    EXPECT_THAT(error_of([&] { ctx.wait(ctx.launch("gemm", {lonely})); }),
                testing::StartsWith("launch of 'gemm' failed: kernel 'gemm' on sip0.cube0.pe0: "));
    ctx.wait(ctx.launch("noop", {}));  // the device goes on
}

TEST(Launch, an_error_nobody_saw_is_thrown_by_the_next_barrier_once) {
    FunctionalMachine machine;
    Context ctx(machine);
    const Tensor x = ctx.zeros({2, 2}, Dtype::f16);
    ctx.launch("nope", {x});
    EXPECT_THROW(x.to_host(), LaunchError);
    EXPECT_THAT(values_of(x.to_host()), testing::Each(0.0));
    EXPECT_THROW(ctx.wait(ctx.launch("nope", {x})), LaunchError);
    ctx.synchronize();
}

TEST(DeviceSelector, forms) {
    EXPECT_EQ(DeviceSelector::parse("all").sip, std::nullopt);
    EXPECT_EQ(DeviceSelector::parse("sip:0").sip, SipId{0});
    EXPECT_EQ(DeviceSelector::parse("sip12").sip, SipId{12});
    for (const char* text : {"", "sip", "sip:", "sip::1", "sip-1", "sip1x", "cuda:0", "1", ":1", "sip99999999999"})
        EXPECT_EQ(error_of([&] { DeviceSelector::parse(text); }),
                  fmt::format("'{}' names no device: expected all, sip:0 or sip0", text));
}

}  // namespace
}  // namespace ahbm::runtime::test
