// SPDX-License-Identifier: Apache-2.0
/// HBM against the arithmetic of its pseudo-channels, die-to-die and host links against their rates, and the
/// predecessor's figures.
#include "experiments/scenarios/path_measurement.h"
#include "experiments/validation/validation.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::validation {
namespace {

using scenarios::PathMeasurement;
using scenarios::Transfer;

constexpr PeCoord kSelf{SipId{0}, CubeId{0}, PeId{0}}, kNext{SipId{0}, CubeId{0}, PeId{1}},
    kBeside{SipId{0}, CubeId{1}, PeId{0}}, kOther{SipId{1}, CubeId{0}, PeId{0}};
constexpr std::uint32_t kMegabyte = 1 << 20;

void measure_hbm(Session& session, std::vector<Case>& cases) {
    const PlatformConfig& config = session.system().config();
    const HbmConfig& hbm = config.sip.cube.hbm;
    const auto burst = static_cast<std::uint32_t>(hbm.burst.value);
    const double channel = hbm.channel_bandwidth.bytes_per_ns();
    PathMeasurement measure(session);
    for (const Transfer direction : {Transfer::read, Transfer::acknowledged_write})
        cases.push_back({.name = fmt::format("1 MiB {} in the own slice, streaming",
                                             direction == Transfer::read ? "read" : "written"),
                         .formula = "bytes / slice's rate: channels x channel bandwidth, or a slower link",
                         .form = kMegabyte / slice_rate(config),
                         .figure = measure.pe_dma(kSelf, kSelf, kMegabyte, direction).ns(),
                         .bound = Bound::within(1)});
    constexpr std::uint32_t count = 1024;
    const double window = config.fabric.max_outstanding * burst / measure.pe_closed_form(kSelf, kSelf, burst).ns();
    for (std::uint32_t apart = 2; apart <= hbm.channels; apart *= 2)
        cases.push_back({.name = fmt::format("{} bursts of {} B read, {} B apart: {} of {} channels", count, burst,
                                             apart * burst, hbm.channels / apart, hbm.channels),
                         .formula = "bytes / (channels that the stride meets x channel bandwidth, or a slower link, or "
                                    "bursts in flight over a round trip)",
                         .form = count * burst / std::min({hbm.channels / apart * channel, slice_rate(config), window}),
                         .figure = measure.strided_read(kSelf, kSelf, count, apart * burst, burst).ns(),
                         .bound = Bound::within(1)});
}

void measure_io(Session& session, std::vector<Case>& cases) {
    const PlatformConfig& config = session.system().config();
    PathMeasurement measure(session);
    const auto rate = [&](const std::string& name, const std::string& formula, double form, sim::Time time) {
        cases.push_back({.name = name,
                         .formula = formula,
                         .unit = "GB/s",
                         .form = form,
                         .figure = kMegabyte / time.ns(),
                         .bound = Bound::within(2)});
    };
    const double ucie = std::min(config.sip.ucie.connection_bandwidth.bytes_per_ns(), slice_rate(config)),
                 pcie = std::min(config.fabric_switch.link_bandwidth.bytes_per_ns(), ucie);
    const std::string connection = "a connection's rate, or a slower slice's: data packets carry no header",
                      link = "a PCIe link's rate, or a slower slice's: data packets carry no header";
    if (config.sip.cube_mesh.w > 1) {
        rate("UCIe: 1 MiB read from the cube beside", connection, ucie,
             measure.pe_dma(kSelf, kBeside, kMegabyte, Transfer::read));
        rate("UCIe: 1 MiB written to the cube beside", connection, ucie,
             measure.pe_dma(kSelf, kBeside, kMegabyte, Transfer::acknowledged_write));
    }
    rate("PCIe: 1 MiB from host to device", link, pcie, measure.host_dma(kSelf, kMegabyte, Transfer::write));
    rate("PCIe: 1 MiB from device to host", link, pcie, measure.host_dma(kSelf, kMegabyte, Transfer::read));
    if (config.sips.count > 1)
        rate("PCIe: 1 MiB read from another SIP", link, pcie, measure.pe_dma(kSelf, kOther, kMegabyte, Transfer::read));
}

/// Its flit model's figures, of its own platform; ours follow from other mechanisms and are not fitted.
void measure_predecessor(Session& session, std::vector<Case>& cases) {
    const PlatformConfig& config = session.system().config();
    const unsigned pes = config.sip.cube.noc.pe_count();
    PathMeasurement measure(session);
    const auto point = [&](const std::string& name, double theirs, sim::Time ours, const std::string& why) {
        cases.push_back({.name = name,
                         .formula = "the predecessor's figure",
                         .form = theirs,
                         .figure = ours.ns(),
                         .bound = Bound::within(5),
                         .reason = why});
    };
    point("16 KiB read from the own slice", 77, measure.pe_dma(kSelf, kSelf, 16384, Transfer::read),
          "64 streaming + 8 first burst + 0.5 look-up; routers cost nothing by default");
    for (const auto& [readers, theirs] : {std::pair{1u, 82.0}, {2u, 158.0}, {3u, 230.0}})
        if (readers <= pes)
            point(fmt::format("{} PE{} reading 16 KiB of one slice", readers, readers > 1 ? "s" : ""), theirs,
                  measure.incast(CubeId{0}, readers, 16384),
                  "the slice's 256 GB/s are shared without gaps; their flits lose some to arbitration");
    if (config.sip.cube_mesh.w > 1)
        point("64 KiB over one UCIe connection", 545, measure.pe_dma(kSelf, kBeside, 65536, Transfer::read),
              "512 streaming + a crossing of 16 each way + first burst");
    for (const auto& [bytes, theirs] : {std::pair{128u, 12.0}, {256u, 13.0}, {384u, 14.0}})
        point(fmt::format("{} B stored in the next PE's slice, acknowledged", bytes), theirs,
              measure.pe_dma(kSelf, kNext, bytes, Transfer::acknowledged_write),
              "theirs is 11 + bytes / 128 GB/s, ours 8.6 + bytes / 256 GB/s: wider links, and of the fixed part 8 are "
              "the last burst in its pseudo-channel");
    for (const auto& [bytes, theirs] : {std::pair{128u, 31.1}, {256u, 32.6}, {384u, 34.1}})
        point(fmt::format("{} B by a queue to the next PE", bytes), theirs, measure.ipcq(kSelf, kNext, bytes),
              "theirs is 29.6 + 1.5 per 128 B, ours 9 + 0.75 per 128 B: wider links, and less to do per message than "
              "their DMA job");
}

}  // namespace

void add_memory_setups(std::vector<Setup>& setups) {
    setups.push_back({"hbm", one_cube(), false, hosted(measure_hbm)});
    setups.push_back({"io", {}, false, hosted(measure_io)});
    setups.push_back({"predecessor", one_sip(), false, hosted(measure_predecessor)});
}

}  // namespace ahbm::validation
