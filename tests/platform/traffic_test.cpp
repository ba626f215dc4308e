// SPDX-License-Identifier: Apache-2.0
// Synthetic traffic: its arithmetic is the textbook's, its packets are those of the platform, and no load gets through
// that the links cannot carry.
#include "experiments/traffic/traffic_run.h"
#include "tests/platform/session_test.h"

#include <cmath>

namespace ahbm::test {
namespace {

/// A cube of k x k routers without a hole; by default their overhead is 1 ns, so that hops count.
PlatformConfig square(unsigned k, const std::vector<std::string>& more = {}) {
    std::vector<std::string> overrides{"sip.cube.noc.rows=" + std::to_string(k),
                                       "sip.cube.noc.columns=" + std::to_string(k), "sip.cube.noc.hole_rows=0",
                                       "sip.cube.noc.router_overhead=1 ns"};
    overrides.insert(overrides.end(), more.begin(), more.end());
    return topology("mini", overrides);
}

struct Routes {
    SipRouting sip;
    SystemRouting system;
    RouteWalker walker;
    explicit Routes(const PlatformConfig& config)
        : sip(SipGrid(config.sip.cube_mesh, config.sip.cube.noc, config.sip.ucie, config.sip.io_noc)),
          system(config.sips),
          walker(sip, system, {config.sip.cube.noc, config.sip.ucie, config.sip.io_noc, config.fabric_switch}) {}
};

TEST(TrafficForms, AreThoseOfTheTextbook) {
    // Dally and Towles: mean distance 2/3 (k - 1/k); bounds 4/k for uniform traffic and 2/k for the bit complement (the
    // bisection), 1/(k - 1) for the transpose (the corner of dimension order), 1 for the neighbour, for even k.
    for (const unsigned k : {6u, 8u}) {
        const PlatformConfig config = square(k);
        const Routes routes(config);
        const TrafficMesh mesh(routes.sip.grid(), TrafficRegion::cube, 0);
        ASSERT_EQ(mesh.nodes().size(), k * k);
        const auto forms = [&](TrafficPattern pattern) {
            return traffic_forms(routes.walker, config, SipId{0}, mesh, traffic_matrix(mesh, pattern, 0.2), 256);
        };
        const TrafficForms uniform = forms(TrafficPattern::uniform);
        EXPECT_NEAR(uniform.mean_hops, 2.0 / 3 * (k - 1.0 / k), 1e-9);
        EXPECT_NEAR(uniform.saturation, 4.0 / k, 1e-9);
        EXPECT_EQ(uniform.bottlenecks, 4 * k) << "both directions across the middle of every row and column";
        EXPECT_NEAR(forms(TrafficPattern::bit_complement).saturation, 2.0 / k, 1e-9);
        EXPECT_NEAR(forms(TrafficPattern::transpose).saturation, 1.0 / (k - 1), 1e-9);
        EXPECT_NEAR(forms(TrafficPattern::neighbour).saturation, 1, 1e-9);
        // The node in the middle can take no more than its link carries.
        const double nodes = k * k;
        EXPECT_NEAR(forms(TrafficPattern::hotspot).saturation, 1 / (0.2 * nodes + 0.8), 1e-9);
    }
}

TEST(TrafficForms, OfACubeWithItsHole) {
    const PlatformConfig config = topology("mini");
    const Routes routes(config);
    const TrafficMesh mesh(routes.sip.grid(), TrafficRegion::cube, 0);
    EXPECT_EQ(mesh.nodes().size(), 32u);
    const auto matrix = traffic_matrix(mesh, TrafficPattern::neighbour, 0);
    const TrafficForms forms = traffic_forms(routes.walker, config, SipId{0}, mesh, matrix, 256);
    EXPECT_EQ(forms.sources, 29u) << "three nodes' neighbours are where the HBM stack is";
    EXPECT_LT(
        traffic_forms(routes.walker, config, SipId{0}, mesh, traffic_matrix(mesh, TrafficPattern::uniform, 0), 256)
            .saturation,
        4.0 / 6)
        << "the hole takes links from the bisection";
    EXPECT_THROW(TrafficMesh(routes.sip.grid(), TrafficRegion::cube, 7), ConfigError);
}

class Traffic : public SessionTest, public ::testing::WithParamInterface<std::string_view> {
protected:
    struct Rig {
        std::unique_ptr<Session> session;
        TrafficMesh mesh;
        TrafficMatrix matrix;
        TrafficForms forms;
    };
    Rig rig(PlatformConfig config, TrafficPattern pattern, TrafficRegion region = TrafficRegion::cube) {
        for (const auto& [name, timing] : enum_names(Timing{}))
            if (name == GetParam()) config.fabric.timing = timing;
        SystemOptions options;
        options.shadow.mode = shadow::Mode::off;
        options.traffic_injectors = true;
        auto session = std::make_unique<Session>(config, kernels, options);
        const Routes routes(config);
        const TrafficMesh mesh(routes.sip.grid(), region, 0);
        const TrafficMatrix matrix = traffic_matrix(mesh, pattern, 0.2);
        return {std::move(session), mesh, matrix, traffic_forms(routes.walker, config, SipId{0}, mesh, matrix, 256)};
    }
    static void run(Rig& rig, const std::function<void(TrafficRun&)>& body) {
        rig.session->run([&] {
            TrafficRun traffic(rig.session->system(), SipId{0}, rig.mesh, rig.matrix, rig.forms);
            body(traffic);
        });
    }
};
std::vector<std::string_view> timings() {
    std::vector<std::string_view> names;
    for (const auto& [name, timing] : enum_names(Timing{})) names.push_back(name);
    return names;
}
INSTANTIATE_TEST_SUITE_P(Timings, Traffic, ::testing::ValuesIn(timings()),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(Traffic, OfOnePacketTakesTheClosedForm) {
    Rig one = rig(square(4), TrafficPattern::uniform);
    run(one, [&](TrafficRun& traffic) {
        for (std::size_t s = 0; s < one.mesh.nodes().size(); ++s)
            for (std::size_t d = 0; d < one.mesh.nodes().size(); ++d)
                EXPECT_EQ(traffic.single(s, d, 256), one.forms.zero_load[s][d]) << s << " to " << d;
    });
}

TEST_P(Traffic, BetweenCubesTakesTheClosedForm) {
    Rig cubes = rig(topology("default"), TrafficPattern::uniform, TrafficRegion::sip);
    ASSERT_EQ(cubes.mesh.nodes().size(), 16u);
    run(cubes, [&](TrafficRun& traffic) {
        for (const std::size_t d : {1u, 4u, 15u})
            EXPECT_EQ(traffic.single(0, d, 256), cubes.forms.zero_load[0][d]) << d;
        EXPECT_GT(traffic.single(0, 1, 256), sim::Time::ns(18)) << "a crossing of UCIe and 256 B at 128 GB/s";
    });
}

TEST_P(Traffic, AtLowLoadMeetsNobody) {
    Rig low = rig(square(6), TrafficPattern::transpose);
    run(low, [&](TrafficRun& traffic) {
        const TrafficResult result = traffic.run({0.001, 256, 10, 200});
        EXPECT_NEAR(static_cast<double>(result.latency.count), 36 * 200, 300);
        EXPECT_GE(result.mean, result.mean_zero_load);
        EXPECT_NEAR(result.mean, result.mean_zero_load, 0.002 * result.mean);
        EXPECT_NEAR(result.mean_zero_load, low.forms.mean_zero_load, 0.01 * result.mean);
    });
}

TEST_P(Traffic, IsAcceptedUpToTheBoundAndNotBeyond) {
    Rig mesh = rig(square(6), TrafficPattern::uniform);
    run(mesh, [&](TrafficRun& traffic) {
        const double bound = mesh.forms.saturation;
        double last = 0;
        for (const double share : {0.2, 0.5, 0.75}) {
            const TrafficResult result = traffic.run({share * bound, 256, 100, 500});
            EXPECT_NEAR(result.offered, share * bound, 0.02);
            EXPECT_NEAR(result.accepted, result.offered, 0.02 * result.offered) << share;
            EXPECT_GT(result.mean, last) << "latency grows with load";
            last = result.mean;
        }
        const TrafficResult over = traffic.run({1.5 * bound, 256, 200, 500});
        EXPECT_LE(over.over_bottleneck, 1.005 * bound);
        EXPECT_LT(over.accepted, over.offered);
        EXPECT_GT(over.mean, 5 * last) << "queues grow as long as this goes on";
        // Not all of it: packets that have got over the busiest links queue behind them, finite buffers and paths
        // reserved as a whole leave gaps.
        EXPECT_GT(over.over_bottleneck, 0.85 * bound);
    });
}

TEST_P(Traffic, OfOneSeedIsTheSameAndOfAnotherIsNot) {
    Rig mesh = rig(square(4), TrafficPattern::hotspot);
    run(mesh, [&](TrafficRun& traffic) {
        const auto take = [&](std::uint64_t seed) {
            const TrafficResult r = traffic.run({0.1, 256, 20, 100, seed});
            return std::tuple{r.offered, r.accepted, r.mean, r.latency.p99, r.latency.max, r.latency.count};
        };
        const auto first = take(1);
        EXPECT_EQ(take(1), first) << "the fabric had come to rest";
        EXPECT_NE(take(2), first);
    });
}

TEST_P(Traffic, IsCountedInTheBooks) {
    Rig mesh = rig(square(4), TrafficPattern::tornado);
    TrafficResult result;
    run(mesh, [&](TrafficRun& traffic) { result = traffic.run({0.9, 256, 0, 100}); });
    const Fabric& fabric = mesh.session->system().fabric();
    EXPECT_EQ(fabric.begun(), fabric.completed());
    EXPECT_GE(fabric.completed(), result.latency.count);
    EXPECT_GT(fabric.totals(Access::write, PathClass::same_cube).transactions, 0u);
}

}  // namespace
}  // namespace ahbm::test
