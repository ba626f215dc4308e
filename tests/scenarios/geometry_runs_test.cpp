// SPDX-License-Identifier: Apache-2.0
/// Geometries beside the shipped ones, from the command line: they run and verify in every timing, or are refused with
/// the field's name.
#include "tests/scenarios/process.h"

#include <fmt/format.h>

namespace ahbm::test {
namespace {

struct Geometry {
    const char* name;
    const char* sets;
};
void PrintTo(const Geometry& geometry, std::ostream* out) { *out << geometry.name; }

std::string sets(const char* list) {
    std::string all, word;
    for (std::istringstream in(list); in >> word;) all += " --set " + word;
    return all;
}

class GeometryRuns : public InFolder, public ::testing::WithParamInterface<Geometry> {};
INSTANTIATE_TEST_SUITE_P(
    Shapes, GeometryRuns,
    ::testing::Values(Geometry{"hole_one_row_from_the_edge", "sip.cube.noc.hole_row=1"},
                      Geometry{"one_connection", "sip.ucie.connections=1"},
                      Geometry{"one_connection_behind_the_hole",
                               "sip.cube_mesh.w=4 sip.cube_mesh.h=1 sip.cube.noc.hole_row=1 sip.ucie.connections=1"},
                      Geometry{"narrow", "sip.cube.noc.columns=4 sip.cube.noc.hole_column=1"},
                      Geometry{"wide_hole",
                               "sip.cube.noc.columns=5 sip.cube.noc.hole_column=1 sip.cube.noc.hole_columns=3 "
                               "sip.ucie.connections=2"},
                      Geometry{"small",
                               "sip.cube.noc.rows=3 sip.cube.noc.columns=3 sip.cube.noc.hole_row=1 "
                               "sip.cube.noc.hole_rows=1 sip.cube.noc.hole_column=1 sip.cube.noc.hole_columns=1 "
                               "sip.ucie.connections=1"},
                      Geometry{"one_router",
                               "sip.cube.noc.rows=1 sip.cube.noc.columns=1 sip.cube.noc.hole_rows=0 "
                               "sip.ucie.connections=1"},
                      Geometry{"one_row_of_cubes",
                               "sip.cube_mesh.w=5 sip.cube_mesh.h=1 sip.cube.noc.hole_row=3 "
                               "sip.ucie.connections=1"},
                      Geometry{"one_pe", "sip.cube.noc.pes=1"}, Geometry{"three_pes", "sip.cube.noc.pes=3"},
                      Geometry{"seven_pes", "sip.cube.noc.pe_per_corner=2 sip.cube.noc.pes=7"},
                      Geometry{"thirteen_pes", "sip.cube.noc.pe_per_corner=4 sip.cube.noc.pes=13 sips.count=1"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_P(GeometryRuns, EverybodyReachesEverybodyInEveryTiming) {
    const std::string shape = " --topology mini --set sips.count=2" + sets(GetParam().sets);
    for (const char* timing : {"hop", "fast", "flit"})
        for (const char* run : {"ccl_allreduce --elems 3000 --algo hierarchical_allreduce", "va_offset_verify"}) {
            const Finished finished = ahbm(fmt::format("run {} --timing {}{}", run, timing, shape));
            EXPECT_EQ(finished.code, 0) << timing << ": " << run << finished.out << finished.err;
        }
}

// Finite buffers, and more of everything than they take: what could deadlock would.
TEST_P(GeometryRuns, SaturatedBuffersDrain) {
    for (const char* region : {"cube", "sip"}) {
        const Finished finished =
            ahbm(fmt::format("run noc_traffic --timing flit --region {} --rates [1.0] --measured 200 --set "
                             "fabric.flit.vc_depth=1 --topology mini{}",
                             region, sets(GetParam().sets)));
        EXPECT_EQ(finished.code, 0) << region << finished.out << finished.err;
    }
}

class GeometryRefusals : public InFolder {};

TEST_F(GeometryRefusals, NameTheField) {
    for (const auto& [set, field] : {std::pair{"sip.cube.noc.hole_row=0", "sip.cube.noc.hole_rows"},
                                     {"sip.cube.noc.rows=33", "sip.cube.noc.rows"},
                                     {"sip.ucie.connections=7", "sip.ucie.connections"},
                                     {"sip.cube.noc.pes=5", "sip.cube.noc.pes"},
                                     {"sip.cube.noc.pe_per_corner=5", "sip.cube.noc.pe_per_corner"},
                                     {"sip.cube.noc.router_overhead=10s", "sip.cube.noc.router_overhead"},
                                     {"sip.ucie.port_overhead=1000s", "sip.ucie.port_overhead"},
                                     {"sip.cube_mesh.w=9", "sip.cube_mesh"}}) {
        const Finished finished = ahbm(fmt::format("run pe_dma_probe --topology mini --set {}", set));
        EXPECT_EQ(finished.code, 2) << set;
        EXPECT_NE(finished.err.find(field), std::string::npos) << finished.err;
    }
}

}  // namespace
}  // namespace ahbm::test
