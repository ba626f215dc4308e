// SPDX-License-Identifier: Apache-2.0
/// pe_dma_probe: latency and bandwidth of every path class, incast on one slice, and the reference points of the
/// predecessor beside our figures.
#include "experiments/scenarios/builtin.h"
#include "experiments/scenarios/gemm_common.h"
#include "experiments/scenarios/path_measurement.h"
#include "experiments/scenarios/probe_report.h"
#include "experiments/scenarios/verify.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::scenarios {
namespace {

struct PathClassPlace {
    std::string name;
    PeCoord slice;
};

std::vector<PathClassPlace> places(const runtime::DeviceMemory& has) {
    const PeCoord self{SipId{0}, CubeId{0}, PeId{0}};
    std::vector<PathClassPlace> result{{"own slice", self}};
    if (has.pes > 1) result.push_back({"same cube", {SipId{0}, CubeId{0}, PeId{has.pes - 1}}});
    if (has.cubes > 1) result.push_back({"neighbour cube", {SipId{0}, CubeId{1}, PeId{0}}});
    if (has.cubes > 2) result.push_back({"far cube", {SipId{0}, CubeId{has.cubes - 1}, PeId{has.pes - 1}}});
    if (has.sips > 1) result.push_back({"other SIP", {SipId{1}, CubeId{0}, PeId{0}}});
    return result;
}

std::vector<std::string> row(const std::string& name, std::uint32_t bytes, sim::Time time, sim::Time closed_form,
                             sim::Bandwidth narrow) {
    const double rate = bytes / time.ns();
    return {name,
            fmt::format("{}", bytes),
            fmt::format("{:.3f}", time.ns()),
            fmt::format("{:.3f}", closed_form.ns()),
            fmt::format("{:.1f}", rate),
            fmt::format("{:.0f}", narrow.bytes_per_ns()),
            fmt::format("{:.1f}", 100.0 * rate / narrow.bytes_per_ns())};
}

struct ProbeParameters {
    std::vector<sim::Bytes> sizes{{4096}, {16384}, {65536}, {262144}, {1048576}};
    unsigned incast = 8;

    template <class V>
    void fields(V& v) {
        v("sizes", sizes, "transfer sizes", config::range(1_B, 4_MiB));
        v("incast", incast, "most PEs that read one slice at once", config::range(1, 16));
    }
    void validate(config::Check& check) const {
        if (sizes.empty()) check.fail("sizes", "at least one is expected");
        for (const sim::Bytes size : sizes)
            if (size == 0 || size > 4_MiB) check.fail("sizes", "sizes from 1 B to 4 MiB are expected");
    }
};

class ProbeScenario : public ParameterisedScenario<ProbeParameters> {
public:
    void check(const PlatformConfig&, const RunRequest& request) override {
        check_names(request, {}, {});
        if (request.device.sip && *request.device.sip != SipId{0})
            throw InputError("--device: the probe measures from sip0");
    }
    void run(ScenarioRun& run) override {
        PathMeasurement measure(run.session);
        const runtime::DeviceMemory has = run.context.machine().memory;
        const PeCoord self{SipId{0}, CubeId{0}, PeId{0}};
        Table paths{"transfers on an idle system",
                    {{"path", "bytes", "ns", "closed form ns", "GB/s", "narrowest GB/s", "% of it"}}};
        for (const sim::Bytes size : parameters_.sizes) {
            const auto bytes = static_cast<std::uint32_t>(size.value);
            const sim::Bandwidth pcie = measure.ways_from_host(self).narrowest();
            const sim::Time host = measure.host_closed_form(self, bytes);
            paths.rows.push_back(row("H2D", bytes, measure.host_dma(self, bytes, Transfer::write), host, pcie));
            paths.rows.push_back(row("D2H", bytes, measure.host_dma(self, bytes, Transfer::read), host, pcie));
            for (const PathClassPlace& place : places(has))
                paths.rows.push_back(
                    row("PE read, " + place.name, bytes, measure.pe_dma(self, place.slice, bytes, Transfer::read),
                        measure.pe_closed_form(self, place.slice, bytes), measure.ways(self, place.slice).narrowest()));
        }
        run.result.tables.push_back(std::move(paths));
        Table incast{"PEs of cube 0 reading 16 KiB of PE 0's slice at once", {{"PEs", "makespan ns", "GB/s"}}};
        for (unsigned pes = 1; pes <= std::min(parameters_.incast, has.pes); ++pes) {
            const sim::Time time = measure.incast(CubeId{0}, pes, 16384);
            incast.rows.push_back({fmt::format("{}", pes), fmt::format("{:.3f}", time.ns()),
                                   fmt::format("{:.1f}", pes * 16384 / time.ns())});
        }
        run.result.tables.push_back(std::move(incast));
        run.result.verifications.push_back(not_verified("a probe has no values to verify"));
    }
};

}  // namespace

std::vector<Table> probe_report(Session& session) {
    PathMeasurement measure(session);
    const runtime::DeviceMemory has = session.system().machine().memory;
    const PeCoord self{SipId{0}, CubeId{0}, PeId{0}};
    Table points{"reference points of the predecessor (its flit model)",
                 {{"case", "theirs ns", "ours ns", "difference", "why"}}};
    const auto point = [&](const std::string& name, double theirs, sim::Time ours, const std::string& why) {
        points.rows.push_back({name, fmt::format("{:.1f}", theirs), fmt::format("{:.3f}", ours.ns()),
                               fmt::format("{:+.1f}%", 100.0 * (ours.ns() - theirs) / theirs), why});
    };
    point("PE_DMA read 16 KiB, own slice", 77, measure.pe_dma(self, self, 16384, Transfer::read),
          "64 streaming + 8 first burst + 0.5 look-up; no router overhead here");
    const double incast[] = {82, 158, 230};
    for (unsigned pes = 1; pes <= std::min(3u, has.pes); ++pes)
        point(fmt::format("{} PE(s) reading 16 KiB of one slice", pes), incast[pes - 1],
              measure.incast(CubeId{0}, pes, 16384),
              pes == 1 ? "as above" : "the slice's 256 GB/s shared without gaps; flits lose some to arbitration");
    if (has.cubes > 1)
        point("64 KiB over one UCIe connection", 545,
              measure.pe_dma(self, {SipId{0}, CubeId{1}, PeId{0}}, 65536, Transfer::read),
              "512 streaming + two crossings of 16, request and response, + first burst");
    const double stores[] = {12, 13, 14};
    for (unsigned i = 0; i < 3 && has.pes > 1; ++i)
        point(fmt::format("PE_DMA store pe0 -> pe1 slice, {} B", 128 * (i + 1)), stores[i],
              measure.pe_dma(self, {SipId{0}, CubeId{0}, PeId{1}}, 128 * (i + 1), Transfer::acknowledged_write),
              "0.5 look-up + hops + 8 write of the last burst, and back: acknowledged");
    const double messages[] = {31.1, 32.6, 34.1};
    for (unsigned i = 0; i < 3 && has.pes > 1; ++i)
        point(fmt::format("IPCQ pe0 -> pe1, {} B", 128 * (i + 1)), messages[i],
              measure.ipcq(self, {SipId{0}, CubeId{0}, PeId{1}}, 128 * (i + 1)),
              "calls, reserve, hops, arrival, slot read; their DMA costs more per job, their links are half as wide");

    std::vector<Table> tables{points};
    for (const PathClassPlace& place : places(has)) {
        Table hops{"PE 0's request to " + place.name + ": per hop",
                   {{"port", "leaves at ns", "overhead", "wire", "GB/s"}}};
        sim::Time at;
        for (const PathProbe::Hop& hop : measure.ways(self, place.slice).out.hops) {
            at += hop.overhead;
            hops.rows.push_back({name_within_system(hop.port), fmt::format("{:.3f}", at.ns()),
                                 fmt::format("{:.3f}", hop.overhead.ns()), fmt::format("{:.3f}", hop.wire.ns()),
                                 fmt::format("{:.0f}", hop.bandwidth.bytes_per_ns())});
            at += hop.wire;
        }
        tables.push_back(std::move(hops));
    }
    return tables;
}

void register_pe_dma_probe(ScenarioRegistry& registry) {
    registry.add({"pe_dma_probe", "latency and bandwidth of every path class, and incast",
                  [] { return std::make_unique<ProbeScenario>(); }});
}

}  // namespace ahbm::scenarios
