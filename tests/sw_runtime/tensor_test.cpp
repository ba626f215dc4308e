// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/context/context.h"
#include "sw_runtime/tensor/npy.h"
#include "tests/sw_runtime/functional_machine.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

namespace ahbm::runtime::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array splits{Split::replicate, Split::row_wise, Split::column_wise, Split::tiled_row_major,
                            Split::tiled_column_major};

/// Every shard, replicas included, holds its part of `array` in the tensor's layout.
void expect_in_device_memory(FunctionalMachine& machine, const Tensor& tensor, const Array& array) {
    const std::size_t size = size_of(array.dtype);
    for (const PlacedShard& shard : tensor.shards()) {
        const ShardSpec& s = shard.spec;
        const auto bytes = machine.device_bytes(shard.memory, s.nbytes);
        for (std::uint64_t r = 0; r < s.rows; ++r)
            for (std::uint64_t c = 0; c < s.cols; ++c) {
                const auto in_shard = tensor.layout().index(s.rows, s.cols, r, c) * size;
                const auto in_array = ((s.first_row + r) * array.shape.cols() + s.first_col + c) * size;
                ASSERT_TRUE(std::equal(bytes.begin() + static_cast<std::ptrdiff_t>(in_shard),
                                       bytes.begin() + static_cast<std::ptrdiff_t>(in_shard + size),
                                       array.bytes.begin() + static_cast<std::ptrdiff_t>(in_array)))
                    << "row " << s.first_row + r << ", column " << s.first_col + c;
            }
    }
}

class EverySplit : public testing::TestWithParam<std::tuple<Split, Split>> {};

TEST_P(EverySplit, host_to_device_and_back_keeps_every_element) {
    const auto [cube, pe] = GetParam();
    std::uint64_t seed = 1;
    for (const bool newest_first : {false, true}) {
        FunctionalMachine machine({.newest_first = newest_first});
        Context ctx(machine);
        for (const Layout& layout : {Layout{}, Layout{3, 5}, Layout{32, 64}})
            for (const Shape& shape : {Shape{}, Shape{5}, Shape{7, 5}, Shape{2, 9, 33}, Shape{70, 130}})
                for (const Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32, Dtype::i32, Dtype::i8}) {
                    SCOPED_TRACE(to_string(shape) + " " + std::string(to_string(dtype)));
                    const Array array = random_array(shape, dtype, seed++);
                    const Tensor tensor = ctx.from_host(array, {{cube, pe}, layout, "x"});
                    ASSERT_EQ(tensor.to_host(), array);
                    expect_in_device_memory(machine, tensor, array);
                    ASSERT_FALSE(HasFatalFailure());
                }
    }
}

INSTANTIATE_TEST_SUITE_P(Policies, EverySplit, testing::Combine(testing::ValuesIn(splits), testing::ValuesIn(splits)),
                         [](const auto& policy) {
                             return std::string(to_string(std::get<0>(policy.param))) + "_then_" +
                                    std::string(to_string(std::get<1>(policy.param)));
                         });

TEST(Tensor, knows_what_it_is) {
    FunctionalMachine machine;
    Context ctx(machine);
    ctx.set_device(SipId{1});
    const Tensor named = ctx.empty({4, 6}, Dtype::bf16, {{Split::row_wise, Split::replicate}, {2, 3}, "weights"});
    EXPECT_EQ(named.shape(), (Shape{4, 6}));
    EXPECT_EQ(named.dtype(), Dtype::bf16);
    EXPECT_EQ(named.name(), "weights");
    EXPECT_EQ(named.layout(), (Layout{2, 3}));
    EXPECT_EQ(named.sip(), SipId{1});
    EXPECT_EQ(named.virtual_range().bytes, 48u);
    EXPECT_EQ(named.shards().size(), 8u);
    EXPECT_EQ(ctx.empty({1}, Dtype::i8).name(), "tensor0");
    EXPECT_FALSE(Tensor{});
    EXPECT_EQ(error_of([] { Tensor{}.shape(); }), "an empty tensor handle is used");
}

TEST(Tensor, zeros_are_written_and_empty_is_not) {
    FunctionalMachine machine;
    Context ctx(machine);
    { const Tensor garbage = ctx.full({64, 64}, 7, Dtype::f32); }
    machine.run_all();
    EXPECT_THAT(values_of(ctx.zeros({64, 64}, Dtype::f32).to_host()), Each(0.0));
    EXPECT_THAT(values_of(ctx.full({3, 5}, -2.5, Dtype::f16).to_host()), Each(-2.5));
    EXPECT_THAT(values_of(ctx.full({3, 5}, -7, Dtype::i8).to_host()), Each(-7.0));
    EXPECT_THAT(error_of([&] { ctx.empty({64, 64}, Dtype::f32).to_host(); }), HasSubstr("uninitialised read"));
}

TEST(Tensor, elements_and_slices_within_a_shard) {
    FunctionalMachine machine;
    Context ctx(machine);
    const Array array = counted({16, 24}, Dtype::i32);
    for (const Layout& layout : {Layout{}, Layout{3, 5}}) {
        // Cubes take 8 rows each, PEs 6 columns each.
        const Tensor tensor = ctx.from_host(array, {{Split::row_wise, Split::column_wise}, layout, "x"});
        for (std::uint64_t row = 0; row < 16; ++row)
            for (std::uint64_t col = 0; col < 24; ++col)
                ASSERT_EQ(tensor.at(row, col), static_cast<double>(row * 24 + col));
        const Array part = tensor.slice({10, 2}, {7, 3});
        EXPECT_EQ(part.shape, (Shape{2, 3}));
        EXPECT_THAT(values_of(part), ElementsAre(247, 248, 249, 271, 272, 273));
        EXPECT_EQ(values_of(tensor.slice({8, 8}, {18, 6})).size(), 48u);

        for (const auto& [rows, cols] : {std::pair<Range, Range>{{7, 2}, {0, 1}}, {{0, 1}, {5, 2}}, {{0, 16}, {0, 24}}})
            EXPECT_EQ(error_of([&, r = rows, c = cols] { tensor.slice(r, c); }),
                      "the slice of 'x' crosses the border of a shard; use copy_ or to_host for such parts");
        EXPECT_EQ(error_of([&] {
                      tensor.slice({16, 1}, {0, 1});
                  }),
                  "1 rows from 16 and 1 columns from 0 are not a part of 'x', which is (16, 24)");
        EXPECT_THAT(error_of([&] { tensor.slice({0, 0}, {0, 1}); }), HasSubstr("are not a part of 'x'"));
        EXPECT_THAT(error_of([&] { tensor.at(UINT64_MAX, 2); }), HasSubstr("are not a part of 'x'"));
        EXPECT_THAT(error_of([&] { tensor.slice({2, UINT64_MAX}, {0, 1}); }), HasSubstr("are not a part of 'x'"));
    }
}

TEST(Tensor, copies_across_policies_layouts_and_sips) {
    FunctionalMachine machine;
    Context ctx(machine);
    const Array array = random_array({33, 65}, Dtype::f16, 5);
    const Tensor source = ctx.from_host(array, {{Split::row_wise, Split::column_wise}, {}, "source"});
    Context other = ctx;
    other.set_device(SipId{1});
    EXPECT_EQ(ctx.device(), SipId{0});
    Tensor target = other.empty({33, 65}, Dtype::f16, {{Split::replicate, Split::tiled_row_major}, {4, 8}, "target"});
    target.copy_(source);
    EXPECT_EQ(target.to_host(), array);
    target.copy_(target);
    EXPECT_EQ(target.to_host(), array);

    Tensor wrong = ctx.empty({65, 33}, Dtype::f16, {.policy = {}, .layout = {}, .name = "wrong"});
    EXPECT_EQ(error_of([&] { wrong.copy_(source); }), "'wrong' is (65, 33) f16, the source is (33, 65) f16");
    EXPECT_EQ(error_of([&] {
                  wrong.copy_(filled({65, 33}, Dtype::f32, 0));
              }),
              "'wrong' is (65, 33) f16, the source is (65, 33) f32");
    EXPECT_EQ(error_of([&] {
                  wrong.copy_(Array{{65, 33}, Dtype::f16, {}});
              }),
              "'wrong' takes 4290 bytes, the source has 0");
}

TEST(Tensor, equal_tensors_are_independent_and_handles_share) {
    FunctionalMachine machine;
    Context ctx(machine);
    const Array array = random_array({9, 9}, Dtype::f32, 1), other = random_array({9, 9}, Dtype::f32, 2);
    Tensor a = ctx.from_host(array);
    const Tensor b = ctx.from_host(array), same = a;
    a.copy_(other);
    EXPECT_EQ(a.to_host(), other);
    EXPECT_EQ(same.to_host(), other);
    EXPECT_EQ(b.to_host(), array);
}

TEST(Tensor, npy_in_and_out) {
    FunctionalMachine machine;
    Context ctx(machine);
    const auto path = std::filesystem::path(testing::TempDir()) / "ahbm_tensor_test.npy";
    const Array array = random_array({6, 35}, Dtype::bf16, 3);
    save_npy(path, array);
    const Tensor tensor = ctx.from_npy(path, {{Split::row_wise, Split::row_wise}, {2, 16}, "x"});
    EXPECT_EQ(tensor.dtype(), Dtype::bf16);
    save_npy(path, tensor.to_host());
    EXPECT_EQ(load_npy(path), array);
    std::filesystem::remove(path);
    EXPECT_THAT(error_of([&] { ctx.from_npy(path); }), HasSubstr(path.string()));
}

TEST(Tensor, prints_a_summary) {
    FunctionalMachine machine;
    Context ctx(machine);
    const Tensor tensor = ctx.from_host(counted({4, 6}, Dtype::f16), {{}, {}, "x"});
    EXPECT_EQ(tensor.to_string(), "x (4, 6) f16: min 0, max 23, mean 11.5");
    std::ostringstream out;
    out << tensor;
    EXPECT_EQ(out.str(), tensor.to_string());
}

TEST(Tensor, replicas_are_mapped_by_those_who_own_them) {
    FunctionalMachine machine;
    Context ctx(machine);
    const auto mapped = [&](const Tensor& tensor, PeCoord at, std::uint64_t offset) {
        return machine.page_table(at).find(tensor.virtual_range().base + offset).value().physical_address;
    };
    const Tensor everywhere = ctx.empty({8, 8}, Dtype::f32, {{Split::replicate, Split::replicate}, {}, "everywhere"});
    const Tensor per_cube = ctx.empty({8, 8}, Dtype::f32, {{Split::replicate, Split::row_wise}, {}, "per_cube"});
    const Tensor per_pe = ctx.empty({8, 8}, Dtype::f32, {{Split::row_wise, Split::replicate}, {}, "per_pe"});
    const Tensor once = ctx.empty({8, 8}, Dtype::f32, {{Split::row_wise, Split::row_wise}, {}, "once"});
    machine.run_all();
    for (const PlacedShard& own : everywhere.shards()) EXPECT_EQ(mapped(everywhere, own.spec.at, 0), own.memory.raw());
    for (const PlacedShard& reader : per_cube.shards())
        for (const PlacedShard& shard : per_cube.shards())
            if (shard.spec.at.cube == reader.spec.at.cube) {
                EXPECT_EQ(mapped(per_cube, reader.spec.at, shard.spec.offset), shard.memory.raw());
            }
    for (const PlacedShard& reader : per_pe.shards())
        for (const PlacedShard& shard : per_pe.shards())
            if (shard.spec.at.pe == reader.spec.at.pe) {
                EXPECT_EQ(mapped(per_pe, reader.spec.at, shard.spec.offset), shard.memory.raw());
            }
    for (const PlacedShard& reader : once.shards())
        for (const PlacedShard& shard : once.shards())
            EXPECT_EQ(mapped(once, reader.spec.at, shard.spec.offset), shard.memory.raw());
    // Nobody on the other SIP, and nobody without a part of it, maps a tensor.
    EXPECT_EQ(machine.page_table({SipId{1}, CubeId{0}, PeId{0}}).size(), 0u);
    const Tensor one = ctx.empty({8, 8}, Dtype::f32, {{Split::replicate, Split::replicate, 1, 1}, {}, "one"});
    machine.run_all();
    EXPECT_FALSE(machine.page_table({SipId{0}, CubeId{0}, PeId{1}}).find(one.virtual_range().base));
}

TEST(Tensor, physical_addresses_equal_virtual_ones_modulo_a_page) {
    FunctionalMachine machine;  // checks it for every mapping
    Context ctx(machine);
    const Tensor tensor = ctx.empty({37, 515}, Dtype::f16, {{Split::row_wise, Split::column_wise}, {}, "x"});
    machine.run_all();
    ASSERT_EQ(machine.maps.size(), 1u);
    EXPECT_EQ(machine.maps[0].entries.size(), 8u);
}

TEST(Tensor, freed_memory_and_mappings_come_back) {
    FunctionalMachine machine;
    Context ctx(machine);
    const std::uint32_t slice = 4 << 20;
    for (int i = 0; i < 1000; ++i) {
        const Tensor tensor = ctx.empty({8, 1 << 20}, Dtype::i8, {{Split::row_wise, Split::row_wise}, {}, "x"});
        if (i % 7 == 0) machine.run_all();
    }
    machine.run_all();
    EXPECT_EQ(machine.forgotten, 1000ull * 8 * (1 << 20));
    EXPECT_EQ(machine.page_table({SipId{0}, CubeId{1}, PeId{3}}).size(), 0u);
    const Tensor all_of_it = ctx.empty({8, slice}, Dtype::i8, {{Split::row_wise, Split::row_wise}, {}, "all"});
    EXPECT_EQ(all_of_it.virtual_range().base, VirtualAllocator::base);
}

TEST(Tensor, memory_in_use_by_pending_work_is_waited_for) {
    FunctionalMachine machine;
    Context ctx(machine);
    const TensorOptions all{{Split::row_wise, Split::row_wise}, {}, "x"};
    { ctx.launch("noop", {ctx.empty({8, 4 << 20}, Dtype::i8, all)}); }
    const Tensor next = ctx.empty({8, 4 << 20}, Dtype::i8, all);
    EXPECT_THAT(machine.log, ElementsAre("map", "launch noop", "unmap"));
}

TEST(Tensor, out_of_memory_names_tensor_place_and_sizes) {
    FunctionalMachine machine;
    Context ctx(machine);
    const DPPolicy one_pe{Split::replicate, Split::replicate, 1, 1};
    const Tensor first = ctx.empty({1 << 20}, Dtype::i8, {one_pe, {}, "first"});
    EXPECT_EQ(error_of([&] {
                  ctx.empty({1 << 20}, Dtype::f32, {one_pe, {}, "weights"});
              }),
              "sip0.cube0.pe0.hbm: out of memory: tensor 'weights' asks for 4194304 bytes aligned to 4096; "
              "3145728 bytes are free, largest hole 3145728");
    // What was refused has taken nothing.
    const Tensor rest = ctx.empty({3 << 20}, Dtype::i8, {one_pe, {}, "rest"});
    EXPECT_EQ(rest.virtual_range().base, VirtualAllocator::base + (1 << 20));
}

TEST(Tensor, tensors_may_outlive_the_context) {
    FunctionalMachine machine;
    Tensor tensor;
    {
        Context ctx(machine);
        tensor = ctx.full({4, 4}, 3, Dtype::f32);
    }
    EXPECT_EQ(tensor.at(3, 3), 3.0);
    tensor = {};
    machine.run_all();
    EXPECT_EQ(machine.page_table({SipId{0}, CubeId{0}, PeId{0}}).size(), 0u);
}

TEST(Tensor, impossible_arguments) {
    FunctionalMachine machine;
    Context ctx(machine);
    EXPECT_EQ(error_of([&] {
                  ctx.empty({4, 4}, Dtype::f16, {{}, {4, 0}, "x"});
              }),
              "the layout of 'x' has blocks of 4 x 0: both extents or none are expected");
    EXPECT_EQ(error_of([&] {
                  ctx.empty({65536, 65536, 1}, Dtype::i8, {{}, {}, "x"});
              }),
              "'x' of shape (65536, 65536, 1) has 4294967296 rows, at most 4294967295");
    EXPECT_EQ(error_of([&] { ctx.empty({4, 0}, Dtype::i8); }), "placement: shape (4, 0) has no elements");
    EXPECT_EQ(error_of([&] { ctx.set_device(SipId{2}); }), "no sip2: the machine has 2");
}

/// What the machine is asked for must not depend on whether it holds values.
TEST(Tensor, without_values_everything_takes_the_same_way) {
    const auto program = [](FunctionalMachine& machine) {
        Context ctx(machine);
        const Tensor a = ctx.full({9, 9}, 2, Dtype::f16, {{Split::row_wise, Split::replicate}, {}, "a"});
        Tensor b = ctx.zeros({9, 9}, Dtype::f16, {{}, {}, "b"});
        b.copy_(a);
        std::vector<std::string> said{a.to_string()};
        said.push_back(error_of([&] { b.to_host(); }));
        said.push_back(error_of([&] { b.at(1, 1); }));
        said.push_back(error_of([&] { b.slice({0, 2}, {0, 2}); }));
        return said;
    };
    FunctionalMachine with, without({.data = false});
    EXPECT_THAT(program(with), ElementsAre("a (9, 9) f16: min 2, max 2, mean 2", "no error", "no error", "no error"));
    const std::string refused = "the values of 'b' are not simulated: run with data on";
    EXPECT_THAT(program(without), ElementsAre("a (9, 9) f16: values not simulated", refused, refused, refused));
    EXPECT_EQ(with.log, without.log);
    EXPECT_EQ(with.now(), without.now());
}

}  // namespace
}  // namespace ahbm::runtime::test
