// SPDX-License-Identifier: Apache-2.0
// Collectives of the user's own, from a plug-in library: how they run, and how they are told what is wrong.
#include "tests/scenarios/process.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>
#include <utility>

namespace ahbm::test {
namespace {

using ::testing::HasSubstr;

/// Collectives of the user's own, from a plug-in: tests/scenarios/own_collectives.cpp.
class OwnCollectives : public InFolder {
protected:
    Finished with_plugin(const std::string& command, const std::string& kernel) const {
        std::ofstream(folder / "my.yaml") << "algorithms:\n  mine: {op: all_reduce, kernel: " << kernel
                                          << ", topology: test.star, mapper: test.first_cube, validator: test.any}\n";
        return ahbm(command + " --ccl my.yaml --collectives " AHBM_OWN_COLLECTIVES " --kernels " AHBM_OWN_COLLECTIVES);
    }
};

TEST_F(OwnCollectives, RunInBothRunners) {
    const Finished tested = with_plugin("kernel test mine --topology mini --elems 100 --redop sum", "star_allreduce");
    EXPECT_EQ(tested.code, 0) << tested.out << tested.err;
    EXPECT_EQ(tested.out,
              "mine: kernel star_allreduce, 1 SIP(s), 4 participants, without time\n"
              "elements  type redop\n"
              "     100   f16   sum       400 elements, 0 wrong\n"
              "     100  bf16   sum       400 elements, 0 wrong\n"
              "     100   f32   sum       400 elements, 0 wrong\n"
              "3 of 3 cases passed\n");
    const Finished run = with_plugin("run ccl_allreduce --topology mini --algo mine --elems 100", "star_allreduce");
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_THAT(run.out, HasSubstr("VERIFIED"));
    EXPECT_THAT(with_plugin("ccl plan --algo mine --topology mini", "star_allreduce").out, HasSubstr("spoke3"));
    EXPECT_EQ(with_plugin("bench ccl --algo mine --topology mini -e 64", "star_allreduce").code, 0);
    EXPECT_EQ(with_plugin("ccl plan --algo mine --topology mini", "ring_allreduce").code, 0)
        << "of a topology of the user's own nothing is known";
}

TEST_F(OwnCollectives, TheKernelTestFindsMistakes) {
    // The kernel adds whatever it is told: max is another operation.
    const Finished wrong = with_plugin("kernel test mine --topology mini --elems 8 -d f32 -o max", "star_allreduce");
    EXPECT_EQ(wrong.code, 1);
    EXPECT_THAT(wrong.out, HasSubstr("FAILED\nMISMATCH all_reduce of f32"));
    const Finished hangs = with_plugin("kernel test mine --topology mini --elems 8 -d f32 -o sum", "star_silent");
    EXPECT_EQ(hangs.code, 1);
    EXPECT_THAT(hangs.out,
                HasSubstr("stopped  FAILED\nkernel star_silent: deadlock, 4 of 4 programs wait for each other\n"
                          "  sip0.cube0.pe0 waits to receive from spoke1: sip0.cube0.pe1 has sent 0 tiles"));
    const Finished left = with_plugin("kernel test mine --topology mini --elems 8 -d f32 -o sum", "star_forgetful");
    EXPECT_EQ(left.code, 1);
    EXPECT_THAT(left.out, HasSubstr("sip0.cube0.pe0 never received 1 tiles from spoke1"));
}

TEST_F(OwnCollectives, ADeadlockIsExitCode3WithWhoWaitsForWhomAndItsGraph) {
    const Finished hangs = with_plugin(
        "run ccl_allreduce --topology mini --algo mine --elems 8 --out results --trace hang.json", "star_silent");
    EXPECT_EQ(hangs.code, 3) << hangs.err;
    EXPECT_THAT(hangs.err, HasSubstr("deadlock of "));
    EXPECT_THAT(hangs.err, HasSubstr("sip0.cube0.pe1 waits since "));
    EXPECT_THAT(hangs.err, HasSubstr("for tile 0 from hub that sip0.cube0.pe0 has not sent"));
    EXPECT_THAT(content(folder / "results/deadlock.dot"), HasSubstr("digraph"));
    EXPECT_EQ(content(folder / "results/result.json"), "") << "no result of a run that did not end";
    EXPECT_THAT(hangs.err, HasSubstr("\nwrote hang.json: "));
    EXPECT_THAT(hangs.err, testing::EndsWith("\nno result, report or JSON: they are of runs that come to their end\n"));
    EXPECT_THAT(content(folder / "hang.json"), HasSubstr("\"name\":\"wait hub\"")) << "who waits shows to the end";
}

TEST_F(OwnCollectives, WhateverTheirKernelsThrowIsBadInputInItsOwnWords) {
    for (const auto& [kernel, words] : {std::pair{"star_int", "threw a int"},
                                        {"star_memory", "threw std::bad_alloc"},
                                        {"star_logic", "threw std::logic_error: no"}}) {
        const Finished finished = with_plugin("run ccl_allreduce --topology mini --algo mine", kernel);
        EXPECT_EQ(finished.code, 2) << finished.err;
        EXPECT_THAT(finished.err, testing::ContainsRegex(std::string("^error: .*kernel '") + kernel +
                                                         "' on sip0.cube0.pe[0-3] at [0-9.]+ ns: " + words));
    }
}

TEST_F(OwnCollectives, WhatCannotBeLoadedIsBadInput) {
    const auto refused = [&](const std::string& arguments, const std::string& message) {
        const Finished finished = ahbm(arguments);
        EXPECT_EQ(finished.code, 2) << arguments;
        EXPECT_THAT(finished.err, HasSubstr(message));
    };
    refused("kernel test --collectives nowhere.so", "collective library 'nowhere.so': ");
    refused("kernel test --kernels " AHBM_OWN_COLLECTIVES " --kernels " AHBM_OWN_COLLECTIVES,
            "kernel 'star_allreduce' is already registered");
    refused("run --collectives " AHBM_OWN_COLLECTIVES " --collectives " AHBM_OWN_COLLECTIVES,
            "topology 'test.star' is already registered");
    refused("kernel test no_such", "no_such");
    refused("kernel test ring_reduce --root 7", "--root 7: there are 2 ranks, one per SIP");
    refused("kernel test --dtype f12", "--dtype: f12: expected one of f16, bf16, f32");
}

}  // namespace
}  // namespace ahbm::test
