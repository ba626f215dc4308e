// SPDX-License-Identifier: Apache-2.0
/// noc_traffic: synthetic traffic on the mesh of a cube's routers or of a SIP's cubes, one load after the other on a
/// fabric that has come to rest in between: offered against accepted load, and latency, beside what the routes allow.
#include "experiments/scenarios/builtin.h"
#include "experiments/scenarios/gemm_common.h"
#include "experiments/scenarios/verify.h"
#include "experiments/traffic/traffic_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace ahbm::scenarios {
namespace {

struct TrafficParameters {
    TrafficRegion region = TrafficRegion::cube;
    unsigned k = 0;
    TrafficPattern pattern = TrafficPattern::uniform;
    std::optional<double> hot_share;
    std::vector<double> rates{0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
    sim::Bytes packet = 256_B;
    unsigned warm_up = 100, measured = 1000;

    template <class V>
    void fields(V& v) {
        v("region", region, "cube: the routers of cube 0; sip: the cubes of a SIP, each with its PE 0's router");
        v("k", k, "only the first k rows and columns of them; 0: all", config::range(0, 32));
        v("pattern", pattern, "who sends to whom, by row and column");
        v("hot_share", hot_share,
          "hotspot: share of every source's packets that go to the node in the middle; null: 0.2",
          config::range(0.0, 1.0));
        v("rates", rates, "loads, one after the other: shares of each source's injection bandwidth",
          config::range(0.0, 2.0));
        v("packet", packet, "size of every packet", config::range(1_B, 1_MiB));
        v("warm_up", warm_up, "packets per source before measuring, on the average", config::range(0, 10000000));
        v("measured", measured, "packets per source that are measured, on the average", config::range(1, 10000000));
    }
    void validate(config::Check& check) const {
        if (rates.empty()) check.fail("rates", "at least one is expected");
        for (const double rate : rates)
            if (!(rate > 0 && rate <= 2)) check.fail("rates", "more than 0 and at most 2 is expected");
        if (hot_share && pattern != TrafficPattern::hotspot) check.fail("hot_share", "used with pattern hotspot only");
        if (packet == 0) check.fail("packet", "at least 1 B is expected");
        if (measured == 0) check.fail("measured", "at least 1 is expected");
    }
};

class TrafficScenario : public ParameterisedScenario<TrafficParameters> {
public:
    bool is_random() const override { return true; }
    bool has_values() const override { return false; }
    void check(const PlatformConfig& config, const RunRequest& request) override {
        check_names(request, {}, {});
        if (parameters_.packet > config.fabric.max_packet)
            throw ConfigError(
                "", "packet",
                fmt::format("at most {} B is expected (fabric.max_packet)", config.fabric.max_packet.value));
        const SipGrid grid(config.sip.cube_mesh, config.sip.cube.noc, config.sip.ucie, config.sip.io_noc);
        traffic_matrix({grid, parameters_.region, parameters_.k}, parameters_.pattern, hot_share());
    }
    void equip(SystemOptions& options) const override { options.traffic_injectors = true; }
    void run(ScenarioRun& run) override {
        System& system = run.session.system();
        const PlatformConfig& config = system.config();
        const SipId sip = run.context.device();
        const auto bytes = static_cast<std::uint32_t>(parameters_.packet.value);
        const TrafficMesh mesh(system.routing().grid(), parameters_.region, parameters_.k);
        const TrafficMatrix matrix = traffic_matrix(mesh, parameters_.pattern, hot_share());
        const RouteWalker walker(system.routing(), system.system_routing(),
                                 {config.sip.cube.noc, config.sip.ucie, config.sip.io_noc, config.fabric_switch});
        const TrafficForms forms = traffic_forms(walker, config, sip, mesh, matrix, bytes);
        TrafficRun traffic(system, sip, mesh, matrix, forms);

        Table table{fmt::format("latency and throughput of {} traffic", config::name_of(parameters_.pattern)),
                    {{"offered", "accepted", "over busiest links", "bound", "mean ns", "p50 ns", "p99 ns", "max ns",
                      "zero load ns", "packets"}}};
        double most = 0;
        for (const double rate : parameters_.rates) {
            const TrafficResult result =
                traffic.run({rate, bytes, parameters_.warm_up, parameters_.measured, run.request.seed});
            most = std::max(most, result.over_bottleneck);
            table.rows.push_back(
                {fmt::format("{:.4f}", result.offered), fmt::format("{:.4f}", result.accepted),
                 fmt::format("{:.4f}", result.over_bottleneck), fmt::format("{:.4f}", forms.saturation),
                 fmt::format("{:.3f}", result.mean), fmt::format("{:.3f}", result.latency.p50.ns()),
                 fmt::format("{:.3f}", result.latency.p99.ns()), fmt::format("{:.3f}", result.latency.max.ns()),
                 fmt::format("{:.3f}", result.mean_zero_load), fmt::format("{}", result.latency.count)});
        }
        run.result.tables.push_back(std::move(table));
        run.result.figures.push_back({"saturation_bound", forms.saturation, "of injection bandwidth"});
        run.result.figures.push_back({"most_over_busiest_links", most, "of injection bandwidth"});
        run.result.figures.push_back({"zero_load_latency", forms.mean_zero_load, "ns"});
        run.result.figures.push_back({"mean_hops", forms.mean_hops, "links between routers"});
        run.result.figures.push_back(
            {"injection_bandwidth", config.sip.cube.noc.link_bandwidth.bytes_per_ns(), "GB/s per source"});
        describe(run.result.notes, mesh, forms, sip);
        run.result.notes.push_back(
            "accepted and over busiest links count what arrives while it is measured: beyond saturation queues grow, "
            "and what "
            "has crossed the busiest links waits for others too");
        run.result.verifications.push_back(not_verified("traffic has no values to verify"));
    }

private:
    double hot_share() const { return parameters_.hot_share.value_or(0.2); }

    void describe(std::vector<std::string>& notes, const TrafficMesh& mesh, const TrafficForms& forms,
                  SipId sip) const {
        const bool cube = parameters_.region == TrafficRegion::cube;
        notes.push_back(fmt::format(
            "{} of {} nodes of a {} x {} mesh send: {} sip{}{}, each with an injector on a link of its own and an "
            "infinite queue before it; packets are one-way and latency counts from their generation",
            forms.sources, mesh.nodes().size(), mesh.rows(), mesh.columns(),
            cube ? "routers of" : "the router of PE 0 of each cube of", sip.value, cube ? ".cube0" : ""));
        notes.push_back(
            fmt::format("bound: at a load of {:.4f} the busiest of the links on the packets' routes are busy all the "
                        "time, {} of them, {} the first; packets that take none of them may go beyond",
                        forms.saturation, forms.bottlenecks, forms.bottleneck));
    }
};

}  // namespace

void register_noc_traffic(ScenarioRegistry& registry) {
    registry.add({"noc_traffic", "synthetic traffic on a mesh: latency against load, and the bound of its routes",
                  [] { return std::make_unique<TrafficScenario>(); }});
}

}  // namespace ahbm::scenarios
