// SPDX-License-Identifier: Apache-2.0
// Where the root of an all-reduce is: on these machines the default is not slower than another place by more than 6 %;
// docs/collectives.md says why not less.
#include "tests/scenarios/process.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace ahbm::test {
namespace {

using nlohmann::json;

struct Case {
    const char* name;
    const char* machine;
    std::vector<unsigned> elems;  ///< of f16, per participant
    bool walk = true;             ///< of hierarchical_allreduce, too
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class RootPlaces : public InFolder, public ::testing::WithParamInterface<Case> {
protected:
    /// The longest of its launches.
    std::int64_t time(const std::string& algorithm, unsigned elems, const std::string& root) {
        const Finished finished = ahbm(fmt::format(
            "run ccl_allreduce {} --data off --algo {} --elems {} --json r.json {}", GetParam().machine, algorithm,
            elems, root.empty() ? "" : fmt::format("--ccl-set algorithms.{}.root={}", algorithm, root)));
        EXPECT_EQ(finished.code, 0) << finished.err;
        std::int64_t longest = 0;
        const json result = json::parse(content(folder / "r.json"));
        for (const json& launch : result["launches"])
            longest = std::max(longest, launch["execution_ps"].get<std::int64_t>());
        return longest;
    }
};
constexpr const char* kTwoOf4x3 = "--topology mini --set sips.count=2 --set sip.cube_mesh.w=4 --set sip.cube_mesh.h=3";
INSTANTIATE_TEST_SUITE_P(
    Machines, RootPlaces,
    ::testing::Values(
        Case{"mini", "--topology mini", {32, 2048, 49152}},
        Case{"odd_mesh", "--topology mini --set sip.cube_mesh.w=3 --set sip.cube_mesh.h=3", {32, 3000, 6144, 49152}},
        Case{"two_odd_meshes",
             "--topology mini --set sip.cube_mesh.w=3 --set sip.cube_mesh.h=3 --set sips.count=2",
             {32, 2048, 6144, 32768}},
        Case{"two_of_4x3", kTwoOf4x3, {32, 6144, 32768}},
        Case{"ring_of_three_4x4",
             "--topology mini --set sips.count=3 --set sip.cube_mesh.w=4 --set sip.cube_mesh.h=4",
             {32, 2048, 4096, 16384}},
        Case{"open_mesh",
             "--topology mini --set sips.count=4 --set sips.topology=mesh_2d_no_wrap "
             "--set sip.cube_mesh.h=4",
             {32, 2048, 16384}},
        Case{"default", "--topology default", {32, 2048}}),
    [](const auto& test) { return std::string(test.param.name); });

// 1, 3, 5, 8, 9 and 24 tiles of 4 KiB. The place of a walk does not follow the size.
const std::vector<unsigned> kThresholds{32, 2048, 6144, 10240, 16384, 18432, 49152};
Case tree(const char* name, const char* machine) { return {name, machine, kThresholds, false}; }
INSTANTIATE_TEST_SUITE_P(
    LongMachines, RootPlaces,
    ::testing::Values(tree("one_4x4", "--topology mini --set sip.cube_mesh.w=4 --set sip.cube_mesh.h=4"),
                      tree("one_3x3", "--topology mini --set sip.cube_mesh.w=3 --set sip.cube_mesh.h=3"),
                      tree("two_of_4x3", kTwoOf4x3), tree("default", "--topology default"),
                      tree("small_slots", "--topology default --ccl-set 'defaults.slot_size=1 KiB'"),
                      tree("two_slots", "--topology default --ccl-set defaults.n_slots=2"),
                      tree("six_slots", "--topology default --ccl-set defaults.n_slots=6"),
                      tree("eight_slots", "--topology default --ccl-set defaults.n_slots=8"),
                      tree("slow_links", "--topology default --set 'sip.ucie.connection_bandwidth=16 GB/s'"),
                      tree("slow_ports", "--topology default --set 'sip.ucie.port_overhead=40 ns'"),
                      Case{"torus6", "--topology torus6", {32, 2048, 49152}},
                      Case{"full16", "--topology full16", {32, 2048}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_P(RootPlaces, TheDefaultIsNotSlowerThanAnother) {
    for (const char* algorithm : {"intercube_allreduce", "hierarchical_allreduce"}) {
        if (algorithm == std::string("hierarchical_allreduce") && !GetParam().walk) continue;
        for (const unsigned elems : GetParam().elems) {
            const std::int64_t standard = time(algorithm, elems, "");
            for (const char* root : {"beside_io", "centre", "corner", "far_corner"})
                EXPECT_LE(static_cast<double>(standard), 1.06 * static_cast<double>(time(algorithm, elems, root)))
                    << algorithm << " of " << elems << " elements with root " << root;
        }
    }
}

}  // namespace
}  // namespace ahbm::test
