// SPDX-License-Identifier: Apache-2.0
/// Links, sharing and mesh traffic against arithmetic and the textbook.
#include "experiments/scenarios/path_measurement.h"
#include "experiments/traffic/traffic_run.h"
#include "experiments/validation/validation.h"
#include "sim/config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

namespace ahbm::validation {
namespace {

/// Traffic of one pattern among the routers of cube 0.
struct CubeTraffic {
    TrafficMesh mesh;
    TrafficMatrix matrix;
    TrafficForms forms;
    TrafficRun run;
    CubeTraffic(System& system, TrafficPattern pattern, std::uint32_t bytes)
        : mesh(system.routing().grid(), TrafficRegion::cube, 0),
          matrix(traffic_matrix(mesh, pattern, 0)),
          forms(routes(system, bytes)),
          run(system, SipId{0}, mesh, matrix, forms) {}

    /// Mean latency over all pairs of the pattern, one packet at a time.
    double alone(std::uint32_t bytes) {
        double sum = 0, packets = 0;
        for (std::size_t s = 0; s < matrix.size(); ++s)
            for (std::size_t d = 0; d < matrix.size(); ++d) {
                if (matrix[s][d] == 0) continue;
                sum += matrix[s][d] * run.single(s, d, bytes).ns();
                packets += matrix[s][d];
            }
        return sum / packets;
    }
    /// The most that gets over the busiest links when sources offer 0.9, 1 and 1.1 times what these can carry.
    double most(double bound, std::uint32_t bytes) {
        double most = 0;
        for (const double share : {0.9, 1.0, 1.1})
            most = std::max(most, run.run({share * bound, bytes, 100, 400}).over_bottleneck);
        return most;
    }

private:
    TrafficForms routes(System& system, std::uint32_t bytes) const {
        const PlatformConfig& config = system.config();
        const RouteWalker walker(system.routing(), system.system_routing(),
                                 {config.sip.cube.noc, config.sip.ucie, config.sip.io_noc, config.fabric_switch});
        return traffic_forms(walker, config, SipId{0}, mesh, matrix, bytes);
    }
};

/// One packet over 1 to 6 links between routers: east along the first row, then south along the last column.
void measure_links(Session& session, std::vector<Case>& cases) {
    const PlatformConfig& config = session.system().config();
    const CubeNocConfig& noc = config.sip.cube.noc;
    const auto bytes = static_cast<std::uint32_t>(config.fabric.max_packet.value);
    CubeTraffic traffic(session.system(), TrafficPattern::uniform, bytes);
    for (unsigned links = 1; links <= std::min(6u, noc.columns + noc.rows - 2); ++links) {
        const unsigned east = std::min(links, noc.columns - 1), south = links - east;
        const sim::Time form = (links + 1) * noc.router_overhead + east * noc.wire_delay.over(noc.column_pitch) +
                               south * noc.wire_delay.over(noc.row_pitch) + noc.link_bandwidth.time_for(bytes);
        const sim::Time figure = traffic.run.single(*traffic.mesh.at({0, 0}), *traffic.mesh.at({south, east}), bytes);
        cases.push_back(
            {.name = fmt::format("{} B over {} link{} between routers of 1 ns", bytes, links, links > 1 ? "s" : ""),
             .formula = "(links + 1) router overheads + wires + bytes / link bandwidth",
             .form = form.ns(),
             .figure = figure.ns(),
             .bound = kExact});
    }
}

std::string reserved_ahead(Timing timing) {
    return timing == Timing::fast ? "paths are reserved as a whole in the order of issue: gaps before a reservation "
                                    "stay empty"
                                  : "";
}

/// What the answers to several PEs do to the links between a slice and them.
class AnswerLoads {
public:
    /// One more PE: its first packet leaves the slice `start` ns after the first of all.
    void add(const PathProbe& back, double bytes, double start) {
        for (const PathProbe::Hop& hop : back.hops) {
            Load& load = links_.try_emplace(hop.port, Load{start, 0}).first->second;
            load.busy += bytes / hop.bandwidth.bytes_per_ns();
            busiest_ = std::max(busiest_, load.busy);
            end_ = std::max(end_, load.start + load.busy);
        }
    }
    double busiest() const { return busiest_; }  ///< ns
    double end() const { return end_; }          ///< of the last link, ns

private:
    struct Load {
        double start, busy;
    };
    std::map<std::string, Load> links_;
    double busiest_ = 0, end_ = 0;
};

void measure_incast(Session& session, std::vector<Case>& cases) {
    const PlatformConfig& config = session.system().config();
    const HbmConfig& hbm = config.sip.cube.hbm;
    constexpr std::uint32_t bytes = 65536;
    const sim::Bandwidth link = config.sip.cube.noc.link_bandwidth;
    const double rate = hbm.channels * hbm.channel_bandwidth.bytes_per_ns(),
                 packet = static_cast<double>(config.fabric.max_packet.value) / rate;
    scenarios::PathMeasurement measure(session);
    const PeCoord slice{SipId{0}, CubeId{0}, PeId{0}};
    // The first burst before a link that is as fast as the slice; behind a slower slice the last one on the link.
    const double a_burst = (rate < link.bytes_per_ns() ? link : hbm.channel_bandwidth).time_for(hbm.burst).ns();
    const double once = config.sip.cube.pe.mmu.lookup.ns() + link.time_for(config.fabric.header).ns() + a_burst +
                        measure.ways(slice, slice).out.head_latency().ns();
    AnswerLoads loads;
    double one_by_one = 0, longest_back = 0;
    for (unsigned pe = 0; pe < config.sip.cube.noc.pe_count(); ++pe) {
        const auto ways = measure.ways({SipId{0}, CubeId{0}, PeId{pe}}, slice);
        loads.add(ways.back, bytes, pe * packet);
        one_by_one += bytes / ways.narrowest().bytes_per_ns();
        longest_back = std::max(longest_back, ways.back.head_latency().ns());
        const unsigned pes = pe + 1;
        if (!std::has_single_bit(pes)) continue;
        const double at_slice = pes * bytes / rate, figure = measure.incast(CubeId{0}, pes, bytes).ns();
        const bool links_bind = loads.busiest() > at_slice;
        // Held up, an answer takes its time at the slice and at the link one after the other: that, and no more.
        const bool queue = config.fabric.timing == Timing::flit && links_bind &&
                           figure <= std::max(at_slice + loads.busiest(), one_by_one) + once + longest_back;
        cases.push_back(
            {.name = fmt::format("{} PE{} reading 64 KiB of one slice", pes, pes > 1 ? "s" : ""),
             .formula =
                 "n bytes / slice's rate, or the last link's end, + look-up + header / link + a burst + overheads",
             .form = once + longest_back + (links_bind ? loads.end() : at_slice),
             .figure = figure,
             .bound = Bound::within(2),
             .reason = queue        ? "answers leave the slice in one queue: one for a slow link holds up the others"
                       : links_bind ? reserved_ahead(config.fabric.timing)
                                    : ""});
    }
}

/// Distances and bounds of a k x k mesh with dimension-order routing: Dally and Towles, chapters 3 and 5, k even.
struct Textbook {
    TrafficPattern pattern;
    double distance;  ///< mean in each dimension, in links
    double bound;     ///< of throughput, as a share of a link's bandwidth
    std::string distance_formula, bound_formula;
};
std::vector<Textbook> textbook(double k) {
    const double third = (k * k - 1) / (3 * k);
    return {{TrafficPattern::uniform, third, 4 / k, "(k - 1/k) / 3", "4 / k"},
            {TrafficPattern::transpose, third, 1 / (k - 1), "(k - 1/k) / 3", "1 / (k - 1)"},
            {TrafficPattern::neighbour, 2 * (k - 1) / k, 1, "2 (k - 1) / k", "1"},
            {TrafficPattern::bit_complement, k / 2, 2 / k, "k / 2", "2 / k"}};
}

constexpr std::uint32_t kPacket = 256;

/// What random traffic may reach. With buffers without end, most of the bound; what queues at the start of the window
/// and arrives in it may come on top. With finite ones no network gets all of it; less than 70 % would be a poor one.
Bound of_saturation(Timing timing, TrafficPattern pattern) {
    if (timing != Timing::flit) return {-5, 0.5};
    return pattern == TrafficPattern::uniform ? Bound{-30, -5} : Bound{-30, 0.5};
}

void measure_mesh(Session& session, std::vector<Case>& cases) {
    const PlatformConfig& config = session.system().config();
    const CubeNocConfig& noc = config.sip.cube.noc;
    const Timing timing = config.fabric.timing;
    std::vector<Case> bounds;
    for (const Textbook& book : textbook(noc.columns)) {
        CubeTraffic traffic(session.system(), book.pattern, kPacket);
        const std::string name =
            fmt::format("{} traffic on {} x {} routers", config::name_of(book.pattern), noc.rows, noc.columns);
        const double wires = noc.wire_delay.over(noc.column_pitch).ns() + noc.wire_delay.over(noc.row_pitch).ns();
        cases.push_back({.name = name + ": mean latency at zero load",
                         .formula = "d = " + book.distance_formula +
                                    " links in each dimension; (2 d + 1) router overheads + d wires in each + 256 B / "
                                    "link bandwidth",
                         .form = (2 * book.distance + 1) * noc.router_overhead.ns() + book.distance * wires +
                                 noc.link_bandwidth.time_for(kPacket).ns(),
                         .figure = traffic.alone(kPacket),
                         .bound = kExact});
        bounds.push_back({.name = name + ": saturation throughput",
                          .formula = book.bound_formula + " of the injection bandwidth",
                          .unit = "GB/s per source",
                          .form = book.bound * noc.link_bandwidth.bytes_per_ns(),
                          .figure = traffic.most(book.bound, kPacket) * noc.link_bandwidth.bytes_per_ns(),
                          .bound = of_saturation(timing, book.pattern),
                          .reason = reserved_ahead(timing)});
    }
    cases.insert(cases.end(), bounds.begin(), bounds.end());
}

/// The cube as it is, with the hole under its HBM stack.
void measure_cube(Session& session, std::vector<Case>& cases) {
    const CubeNocConfig& noc = session.system().config().sip.cube.noc;
    const Timing timing = session.system().config().fabric.timing;
    const double bandwidth = noc.link_bandwidth.bytes_per_ns();
    CubeTraffic traffic(session.system(), TrafficPattern::uniform, kPacket);
    const double most = traffic.most(traffic.forms.saturation, kPacket) * bandwidth;
    unsigned cut = 0;  // rows whose link between the halves exists
    for (unsigned row = 0; row < noc.rows; ++row)
        cut += noc.is_hole(row, noc.columns / 2 - 1) || noc.is_hole(row, noc.columns / 2) ? 0 : 1;
    const std::string name = "uniform traffic on the cube with its hole: saturation throughput";
    cases.push_back({.name = name,
                     .formula = "1 / load of the busiest link by the routes, of the injection bandwidth",
                     .unit = "GB/s per source",
                     .form = traffic.forms.saturation * bandwidth,
                     .figure = most,
                     .bound = of_saturation(timing, TrafficPattern::uniform),
                     .reason = reserved_ahead(timing)});
    cases.push_back({.name = name + " against its bisection",
                     .formula = "4 links across the middle / nodes, of the injection bandwidth",
                     .unit = "GB/s per source",
                     .form = 4.0 * cut / static_cast<double>(traffic.mesh.nodes().size()) * bandwidth,
                     .figure = most,
                     .bound = of_saturation(timing, TrafficPattern::uniform),
                     .reason = "a bisection counts on links that are loaded alike; turns that could end in a deadlock "
                               "are forbidden, so the ways around the hole share some of its corners"});
}

}  // namespace

void add_fabric_setups(std::vector<Setup>& setups) {
    // k x k routers, slow enough to show.
    std::vector<std::string> textbook = one_cube();
    textbook.insert(textbook.end(), {"sip.cube.noc.rows=6", "sip.cube.noc.columns=6", "sip.cube.noc.hole_rows=0",
                                     "sip.cube.noc.router_overhead=1 ns"});
    setups.push_back({"links", textbook, true, hosted(measure_links)});
    setups.push_back({"incast", one_cube(), false, hosted(measure_incast)});
    setups.push_back({"mesh", textbook, true, hosted(measure_mesh)});
    setups.push_back({"mesh", one_cube(), true, hosted(measure_cube)});
}

}  // namespace ahbm::validation
