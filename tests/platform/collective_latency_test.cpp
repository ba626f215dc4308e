// SPDX-License-Identifier: Apache-2.0
// Small collectives take what their path latencies say: nothing is hidden in the kernels or the runtime.
#include "experiments/configs.h"
#include "experiments/scenarios/ccl_common.h"
#include "experiments/scenarios/path_measurement.h"
#include "sw_runtime/process_group/planner.h"
#include "tests/platform/session_test.h"

#include <algorithm>

namespace ahbm::test {
namespace {

using scenarios::PathMeasurement;

struct Ring {
    const char* topology;
    unsigned sips, cubes;
};
void PrintTo(const Ring& ring, std::ostream* out) {
    *out << ring.topology << ", " << ring.sips << " SIPs, " << ring.cubes << " cubes";
}

class SmallRings : public SessionTest, public ::testing::WithParamInterface<Ring> {};

TEST_P(SmallRings, TakeTheAlphaTermOfTheirSteps) {
    const Ring ring = GetParam();
    auto session = make(topology(ring.topology, {"sips.count=" + std::to_string(ring.sips)}), shadow::Mode::off);
    std::vector<PeCoord> members;
    for (unsigned sip = 0; sip < ring.sips; ++sip)
        for (unsigned cube = 0; cube < ring.cubes; ++cube) members.push_back(pe(sip, cube, 0));
    const auto n = static_cast<std::uint32_t>(members.size());
    const std::uint32_t elements = 8 * n, tile_bytes = 8 * size_of(Dtype::f16);

    sim::Time longest, load, kernel;
    session->run([&] {
        PathMeasurement measure(*session);
        // One way between neighbours of one SIP as measured; between SIPs (no kernel spans two) by its head latency.
        const sim::Time within = measure.ipcq(pe(0, 0, 0), pe(0, 0, 1), tile_bytes);
        Fabric& fabric = session->system().fabric();
        const auto head = [&](PeCoord from, PeCoord to) {
            return fabric.path(fabric.directory().pe(from), fabric.directory().pe(to)).head_latency();
        };
        const sim::Time around = within - head(pe(0, 0, 0), pe(0, 0, 1));
        // What a participant has last went 2 (n - 1) places round the ring to get there.
        for (std::uint32_t start = 0; start < n; ++start) {
            sim::Time way;
            for (std::uint32_t i = start; i < start + 2 * (n - 1); ++i)
                way += head(members[i % n], members[(i + 1) % n]) + around;
            longest = std::max(longest, way);
        }
        load = measure.pe_closed_form(members.front(), members.front(), tile_bytes);

        runtime::Context context(session->port());
        std::vector<runtime::LaunchResult> times(ring.sips);
        runtime::spawn(
            context,
            [&](runtime::Rank& rank) {
                rank.set_device(rank.rank());
                const std::vector<std::string> cubes{"algorithms.ring_allreduce_bw.cubes=" +
                                                     std::to_string(ring.cubes)};
                rank.init_process_group(
                    "ahbm", runtime::group_options(load_ccl("ccl", cubes), runtime::CollectiveOp::all_reduce,
                                                   "ring_allreduce_bw", {}));
                const auto place = rank.group().participation(runtime::CollectiveOp::all_reduce);
                const runtime::Tensor tensor =
                    rank.context().zeros({place.per_rank, elements}, Dtype::f16, {place.policy, {}, "x"});
                rank.context().synchronize();
                rank.barrier();
                times[rank.rank()] = rank.all_reduce(tensor);
                rank.destroy_process_group();
            },
            ring.sips);
        // Without the fences that close the kernels: the way of a last tile and of its acknowledgement.
        for (const runtime::LaunchResult& time : times)
            for (const abi::PeSpan& span : time.spans)
                kernel = std::max(kernel, sim::Time::ps(static_cast<std::int64_t>(span.exec_end_ps - span.fence_ps -
                                                                                  span.exec_start_ps)));
    });
    // The first tile is loaded; half of the steps also add, one pass of PE_MATH.
    const PlatformConfig& config = session->system().config();
    const sim::Time add = config.sip.cube.pe.math.clock.time_for(1);
    const sim::Time alpha_term = load + longest + add * (n - 1);
    EXPECT_NEAR(kernel.ns(), alpha_term.ns(), 0.10 * alpha_term.ns()) << n << " participants";
}

INSTANTIATE_TEST_SUITE_P(Platforms, SmallRings,
                         ::testing::Values(Ring{"default", 2, 1}, Ring{"mini", 1, 2}, Ring{"mini", 1, 4},
                                           Ring{"default", 1, 16}, Ring{"default", 2, 16}));

}  // namespace
}  // namespace ahbm::test
