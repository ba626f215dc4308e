// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin_abi.h"
#include "tests/firmware/tl_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace ahbm::tl::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

void nothing(Program&, const KernelArgs&) {}

std::string load_error(const std::string& path, KernelRegistry& registry) {
    try {
        load_kernel_library(path, registry);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

TEST(KernelRegistry, FindsByNameAndListsSorted) {
    KernelRegistry registry;
    registry.add({"zeta", "", nothing});
    registry.add({"alpha", "", nothing});
    EXPECT_EQ(registry.find("zeta")->name, "zeta");
    EXPECT_EQ(registry.find("beta"), nullptr);
    ASSERT_EQ(registry.all().size(), 2u);
    EXPECT_EQ(registry.all()[0]->name, "alpha");
}

TEST(KernelRegistry, ANameIsTakenOnce) {
    KernelRegistry registry;
    registry.add({"mine", "first", nothing});
    try {
        registry.add({"mine", "second", nothing});
        FAIL() << "no error";
    } catch (const std::invalid_argument& error) {
        EXPECT_STREQ(error.what(), "kernel 'mine' is already registered");
    }
    EXPECT_EQ(registry.find("mine")->description, "first");
}

TEST(KernelRegistry, AKernelHasANameAndAFunction) {
    const auto refusal = [](KernelInfo info) {
        KernelRegistry registry;
        try {
            registry.add(std::move(info));
        } catch (const std::invalid_argument& error) {
            return std::string(error.what());
        }
        return std::string("taken");
    };
    EXPECT_EQ(refusal({"mine", "", {}}), "kernel 'mine' has no function");
    EXPECT_EQ(refusal({"", "", nothing}), "kernel '': a name of one line is expected");
    EXPECT_EQ(refusal({"two\nlines", "", nothing}), "kernel 'two\\nlines': a name of one line is expected");
}

TEST(KernelLibrary, ATextThatIsThrownIsTold) {
    const auto told = [](const auto& thrown) {
        try {
            throw thrown;
        } catch (...) {
            return thrown_text();
        }
    };
    EXPECT_EQ(told("a C string"), "threw a text: a C string");
    EXPECT_EQ(told(std::string("two\nlines")), "threw a text: two\\nlines");
    EXPECT_EQ(told(std::runtime_error("two\nlines")), "threw std::runtime_error: two\\nlines");
    EXPECT_EQ(told(7), "threw a int");
}

TEST(KernelLibrary, ItsKernelsRunLikeBuiltInOnes) {
    KernelRegistry registry;
    register_builtin_kernels(registry);
    load_kernel_library(AHBM_SAMPLE_KERNELS, registry);
    ASSERT_NE(registry.find("square"), nullptr);

    Bench bench;
    const TensorArg arg = bench.place({{1, 3}, Dtype::f32, {}}, {1, -2, 3});
    bench.runner.run(*registry.find("square"), std::vector<KernelArgs>{{{arg}, {}}});
    EXPECT_EQ(bench.read(arg), (Floats{1, 4, 9}));
}

TEST(KernelLibrary, AnErrorInItIsAKernelError) {
    KernelRegistry registry;
    load_kernel_library(AHBM_SAMPLE_KERNELS, registry);
    Bench bench;
    EXPECT_THROW(bench.runner.run(*registry.find("square"), std::vector<KernelArgs>(1)), KernelError);
}

TEST(KernelLibrary, MessagesNameTheFileAndTheReason) {
    KernelRegistry registry;
    EXPECT_THAT(load_error("/nowhere/kernels.so", registry),
                AllOf(StartsWith("kernel library '/nowhere/kernels.so': "), HasSubstr("No such file")));
    const std::string cut = testing::TempDir() + "/cut.so";
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{20}, std::size_t{200}}) {
        std::ifstream whole(AHBM_SAMPLE_KERNELS, std::ios::binary);
        const std::string all{std::istreambuf_iterator<char>(whole), {}};
        std::ofstream(cut, std::ios::binary) << all.substr(0, bytes);
        EXPECT_THAT(load_error(cut, registry), StartsWith("kernel library '" + cut + "': ")) << bytes;
    }
    EXPECT_EQ(load_error(AHBM_EMPTY_LIBRARY, registry),
              "kernel library '" AHBM_EMPTY_LIBRARY
              "': does not export extern \"C\" void ahbm_register_kernels(ahbm::tl::KernelRegistry&)");
}

TEST(KernelLibrary, IsTakenWholeOrNotAtAll) {
    KernelRegistry registry;
    registry.add({"square", "the user's own", nothing});
    EXPECT_EQ(load_error(AHBM_SAMPLE_KERNELS, registry),
              "kernel library '" AHBM_SAMPLE_KERNELS "': kernel 'square' is already registered");
    EXPECT_EQ(registry.find("cube_root"), nullptr);
    EXPECT_EQ(registry.find("square")->description, "the user's own");
}

TEST(KernelLibrary, BuiltWithSomethingElseIsRefusedBeforeAnyOfItRuns) {
    KernelRegistry registry;
    EXPECT_EQ(
        load_error(AHBM_FOREIGN_KERNELS, registry),
        "kernel library '" AHBM_FOREIGN_KERNELS
        "': was built with ABI 0, gcc 9, C++ 201703L, C++ ABI 1013, SystemC 2.3.3; this platform is " AHBM_PLUGIN_ABI);
    EXPECT_EQ(load_error(AHBM_UNTAGGED_KERNELS, registry),
              "kernel library '" AHBM_UNTAGGED_KERNELS
              "': does not say what it was built with: AHBM_PLUGIN (sim/plugin_abi.h) is missing");
    EXPECT_THAT(load_error(AHBM_DEBUG_KERNELS, registry),
                HasSubstr("was built with " AHBM_PLUGIN_ABI ", debug containers; this platform is " AHBM_PLUGIN_ABI));
}

}  // namespace
}  // namespace ahbm::tl::test
