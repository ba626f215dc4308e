// SPDX-License-Identifier: Apache-2.0
// Every collective algorithm on the platform as a user runs it: every element of every participant, random data.
#include "tests/scenarios/process.h"

#include <gmock/gmock.h>

#include <string>

namespace ahbm::test {
namespace {

using ::testing::HasSubstr;

class Algorithms : public InFolder, public ::testing::WithParamInterface<const char*> {};
class CclCommand : public InFolder {};

TEST_P(Algorithms, VerifyOnEveryElement) {
    const Finished finished = ahbm(std::string("run ") + GetParam());
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("VERIFIED"));
}

/// Short: a folder is named after the test. What it runs is its parameter.
std::string name_of(const ::testing::TestParamInfo<const char*>& test) { return "run" + std::to_string(test.index); }

INSTANTIATE_TEST_SUITE_P(
    Ring, Algorithms,
    ::testing::Values(
        "ccl_allreduce --algo ring_allreduce --set sips.count=1 --ccl-set algorithms.ring_allreduce.cubes=1 --ccl-set "
        "algorithms.ring_allreduce.pes=2",
        "ccl_allreduce --algo ring_allreduce --set sips.count=1 --ccl-set algorithms.ring_allreduce.cubes=1 --ccl-set "
        "algorithms.ring_allreduce.pes=3 --buffer_kind hbm",
        "ccl_allreduce --algo ring_allreduce --topology mini --ccl-set algorithms.ring_allreduce.cubes=1 --buffer_kind "
        "sram",
        "ccl_allreduce --algo ring_allreduce --set sips.count=1 --ccl-set algorithms.ring_allreduce.cubes=1 --n_slots "
        "1",
        "ccl_allreduce --algo ring_allreduce --topology mini --n_slots 2 --dtype bf16",
        "ccl_allreduce --algo ring_allreduce --topology mini --n_slots 8 --dtype f32 --op avg",
        "ccl_allreduce --algo ring_allreduce --elems 8 --repeats 1",
        "ccl_allreduce --algo ring_allreduce --elems 8 --repeats 1 --buffer_kind hbm --data background",
        "ccl_allreduce --algo ring_allreduce --topology mini --ccl-set algorithms.ring_allreduce.direction=west "
        "--elems 2048",
        "ccl_allreduce --algo ring_allreduce_bw --topology mini --set sips.count=2 --elems 1",
        "ccl_allreduce --algo ring_allreduce_bw --topology mini --set sips.count=2 --elems 7",
        "ccl_allreduce --algo ring_allreduce_bw --topology mini --set sips.count=2 --elems 2049 --n_slots 1",
        "ccl_allreduce --algo ring_allreduce_bw --elems 100000 --op max --dtype f32",
        "ccl_allreduce --algo ring_allreduce_bw --topology mini --ccl-set algorithms.ring_allreduce_bw.direction=west "
        "--elems 5000"),
    name_of);
INSTANTIATE_TEST_SUITE_P(
    MeshAndTree, Algorithms,
    ::testing::Values(
        "ccl_allreduce --algo mesh_allreduce --topology mini --ccl-set algorithms.mesh_allreduce.cubes=1",
        "ccl_allreduce --algo mesh_allreduce --set sips.count=1 --ccl-set algorithms.mesh_allreduce.cubes=3 --ccl-set "
        "algorithms.mesh_allreduce.pes=3",
        "ccl_allreduce --algo mesh_allreduce --topology mini --elems 5001 --op min",
        "ccl_allreduce --algo tree_allreduce --set sips.count=2 --ccl-set algorithms.tree_allreduce.cubes=1",
        "ccl_allreduce --algo tree_allreduce --set sips.count=1 --ccl-set algorithms.tree_allreduce.mapper=all_pes "
        "--ccl-set algorithms.tree_allreduce.cubes=3 --ccl-set algorithms.tree_allreduce.pes=3 --elems 9000 --n_slots "
        "1",
        "ccl_allreduce --algo tree_allreduce --set sips.count=1 --ccl-set algorithms.tree_allreduce.mapper=all_pes "
        "--ccl-set algorithms.tree_allreduce.cubes=3 --ccl-set algorithms.tree_allreduce.pes=5 --buffer_kind sram",
        "ccl_allreduce --algo double_tree_allreduce --topology mini --ccl-set "
        "algorithms.double_tree_allreduce.mapper=all_pes --elems 9001",
        "ccl_allreduce --algo double_tree_allreduce --elems 1"),
    name_of);
INSTANTIATE_TEST_SUITE_P(
    Hierarchy, Algorithms,
    ::testing::Values(
        "ccl_allreduce --algo hierarchical_allreduce --topology mini --elems 20000",
        "ccl_allreduce --algo hierarchical_allreduce --topology mini --set sips.count=2 --ccl-set "
        "algorithms.hierarchical_allreduce.cubes=2",
        "ccl_allreduce --algo hierarchical_allreduce --set sips.count=1",
        "ccl_allreduce --algo hierarchical_allreduce --elems 100 --op avg --dtype f32",
        "ccl_allreduce --algo hierarchical_allreduce --topology torus6 --elems 64 --repeats 1", "ccl_allreduce",
        "ccl_allreduce --topology torus6 --elems 3000 --n_slots 1",
        "ccl_allreduce --topology torus6 --set sips.topology=mesh_2d_no_wrap --elems 3000",
        "ccl_allreduce --topology mini --set sips.count=4 --set sips.topology=torus_2d --set sips.w=2 --set sips.h=2",
        "ccl_allreduce --topology mini --set sips.count=4 --set sips.topology=mesh_2d_no_wrap --set sips.w=2 --set "
        "sips.h=2 --timing fast",
        "ccl_allreduce --ccl-set algorithms.intercube_allreduce.root=corner --dtype bf16 --elems 2048",
        "ccl_allreduce --credit on_recv --elems 9000", "ccl_allreduce --credit_path fabric --elems 9000",
        "ccl_allreduce --backpressure poll --poll_interval '10 ns' --elems 9000",
        "ccl_allreduce --topology full16 --elems 8 --repeats 1"),
    name_of);
INSTANTIATE_TEST_SUITE_P(
    Others, Algorithms,
    ::testing::Values("ccl_all_gather --elems 777", "ccl_all_gather --topology mini --elems 3000 --buffer_kind hbm",
                      "ccl_reduce_scatter --elems 777 --op avg",
                      "ccl_reduce_scatter --topology mini --elems 3 --dtype f32", "ccl_broadcast --elems 9000 --root 1",
                      "ccl_broadcast --topology torus6 --elems 5 --root 4", "ccl_reduce --elems 9000 --root 1",
                      "ccl_reduce --topology torus6 --elems 2049 --root 5 --op max",
                      "ccl_all_to_all --topology mini --set sips.count=2 --elems 500",
                      "ccl_all_to_all --topology mini --elems 2049 --n_slots 1", "ccl_barrier --topology full16",
                      "ccl_hello_send --elems 777"),
    name_of);

TEST_F(CclCommand, ABadMeshIsRefused) {
    const Finished finished = ahbm(
        "run ccl_allreduce --algo mesh_allreduce --set sips.count=1 --ccl-set algorithms.mesh_allreduce.cubes=1 "
        "--ccl-set algorithms.mesh_allreduce.pes=5");
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr("5 participants do not form a square mesh"));
}

}  // namespace
}  // namespace ahbm::test
