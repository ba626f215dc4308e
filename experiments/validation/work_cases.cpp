// SPDX-License-Identifier: Apache-2.0
/// Collectives against alpha-beta forms, matrix products against the roofline.
#include "experiments/configs.h"
#include "experiments/scenarios/ccl_bench.h"
#include "experiments/scenarios/gemm_common.h"
#include "experiments/scenarios/path_measurement.h"
#include "experiments/scenarios/reference.h"
#include "experiments/validation/validation.h"
#include "sw_runtime/process_group/planner.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::validation {
namespace {

constexpr std::uint64_t kTensor = 1 << 19;  ///< bytes per participant
constexpr double kTile = 4096;              ///< bytes; the slots of queues

/// SIPs of 2 x 2 cubes with 4 PEs each.
std::vector<std::string> small_system(unsigned sips, const std::vector<std::string>& more) {
    std::vector<std::string> overrides = one_sip();
    overrides.insert(overrides.end(), {fmt::format("sips.count={}", sips), "sip.cube_mesh.w=2", "sip.cube_mesh.h=2",
                                       "sip.cube.noc.pe_per_corner=1"});
    overrides.insert(overrides.end(), more.begin(), more.end());
    return overrides;
}

/// Simulated time of one all-reduce; the algorithm as configured but for `settings`.
double all_reduce(Session& session, const std::string& algorithm, const std::vector<std::string>& settings) {
    std::vector<std::string> overrides;
    for (const std::string& setting : settings)
        overrides.push_back(fmt::format("algorithms.{}.{}", algorithm, setting));
    scenarios::CclBenchOptions options;
    options.sizes = {kTensor};
    options.check = false;
    options.group =
        runtime::group_options(load_ccl("ccl", overrides), runtime::CollectiveOp::all_reduce, algorithm, {});
    return scenarios::bench_ccl(session, options, [](const scenarios::CclBenchRow&) {})
        .front()
        .in_place.times.kernel.ns();
}

/// Latency and rate between neighbours: of cubes by a UCIe crossing, of SIPs by way of both IO chiplets and the switch.
struct Step {
    double alpha, beta;
    explicit Step(const UcieConfig& ucie)
        : alpha(2 * ucie.port_overhead.ns()), beta(ucie.connection_bandwidth.bytes_per_ns()) {}
    explicit Step(const PlatformConfig& config)
        : alpha(4 * config.sip.ucie.port_overhead.ns() + 2 * config.sip.pcie_ep.overhead.ns() +
                config.fabric_switch.overhead.ns()),
          beta(config.fabric_switch.link_bandwidth.bytes_per_ns()) {}
    double ring(unsigned n) const { return 2 * (n - 1) * (alpha + kTensor / static_cast<double>(n) / beta); }
    double all() const { return static_cast<double>(kTensor) / beta; }
    double tile() const { return alpha + kTile / beta; }
};

constexpr const char* kRing = "2 (n - 1) (alpha + S / n / beta)";

/// How `fast` fails with deep queues; with one slot per queue it is as exact as `hop` (docs/validation.md).
std::string far_ahead(Timing timing) {
    return timing == Timing::fast ? "several tiles in flight on a slow link: what is issued later waits, on links that "
                                    "are idle, behind paths that are reserved far ahead"
                                  : "";
}

Case collective(Session& session, const std::string& what, const std::string& formula, double form,
                const std::string& algorithm, const std::vector<std::string>& settings = {}) {
    return {.name = what,
            .formula = formula,
            .form = form,
            .figure = all_reduce(session, algorithm, settings),
            .bound = Bound::within(3),
            .reason = far_ahead(session.system().config().fabric.timing)};
}

void measure_cube_collectives(Session& session, std::vector<Case>& cases) {
    const Step cubes(session.system().config().sip.ucie);
    cases.push_back(collective(session, "ring all-reduce of 512 KiB over 4 cubes, links of 16 GB/s", kRing,
                               cubes.ring(4), "ring_allreduce_bw"));
    // Queues so deep that the window of tiles does not limit a link.
    cases.push_back(collective(session, "tree all-reduce of 512 KiB over 4 cubes, links of 16 GB/s",
                               "S / beta + 2 depth (alpha + tile / beta): tiles are pipelined, up and down at once",
                               cubes.all() + 2 * 2 * cubes.tile(), "tree_allreduce", {"n_slots=16"}));
}

void measure_sip_collectives(Session& session, std::vector<Case>& cases) {
    const PlatformConfig& config = session.system().config();
    const Step cubes(config.sip.ucie), sips(config);
    cases.push_back(collective(session, "ring all-reduce of 512 KiB over 2 SIPs, PCIe of 8 GB/s", kRing, sips.ring(2),
                               "ring_allreduce_bw", {"cubes=1"}));
    // 8 slots cover the link; deeper queues let a window of tiles get into a link before those of others.
    cases.push_back(collective(
        session, "hierarchical all-reduce of 512 KiB over 2 SIPs of 4 cubes of 4 PEs, PCIe of 8 and UCIe of 16 GB/s",
        "S / beta of PCIe + alpha of PCIe + 2 x 2 crossings (alpha + tile / beta): levels are pipelined",
        sips.all() + sips.alpha + 2 * 2 * cubes.tile(), "hierarchical_allreduce", {"n_slots=8"}));
}

void measure_ring_as_configured(Session& session, std::vector<Case>& cases) {
    const Step cubes(session.system().config().sip.ucie);
    Case ring = collective(session, "ring all-reduce of 512 KiB over 4 cubes, links as configured", kRing,
                           cubes.ring(4), "ring_allreduce_bw");
    ring.reason =
        "a PE's own link also carries what it loads from HBM and stores there, beside what goes around the ring; the "
        "form knows UCIe only";
    cases.push_back(ring);
}

double product_time(Session& session, std::uint32_t n, OperandMode mode) {
    runtime::Context context(session.port());
    RunRequest request;
    request.verify = false;
    ScenarioResult outcome;
    ScenarioRun run{session, context, request, outcome};
    scenarios::run_gemm(run, {GemmSplit::one_pe, mode}, scenarios::random_array({n, n}, Dtype::f16, 1, "a"),
                        scenarios::random_array({n, n}, Dtype::f16, 1, "b"));
    return outcome.launches.front().times.execution().ns();
}

void measure_gemm(Session& session, std::vector<Case>& cases) {
    const PlatformConfig& config = session.system().config();
    const PeGemmConfig& gemm = config.sip.cube.pe.gemm;
    constexpr std::uint32_t n = 256;
    constexpr double matrix = 2.0 * n * n;  // bytes, f16
    const HbmConfig& hbm = config.sip.cube.hbm;
    const double slice = slice_rate(config), channels = hbm.channels * hbm.channel_bandwidth.bytes_per_ns(),
                 compute = 2.0 * n * n * n / (static_cast<double>(gemm.rate.megaflops) / 1e3);
    // Every tile of A meets every column of tiles of B, and the other way round.
    const double traffic = matrix * n / gemm.tile_n + matrix * n / gemm.tile_m + matrix;
    // A kernel ends when what it has stored is visible.
    const PeCoord self{SipId{0}, CubeId{0}, PeId{0}};
    const sim::Time last_tile =
        scenarios::PathMeasurement(session).pe_closed_form(self, self, gemm.tile_m * gemm.tile_n * 2);
    cases.push_back(
        {.name = "256 x 256 x 256 f16 on one PE, operands loaded first",
         .formula = "bytes of A and B / HBM bandwidth + 2 m n k / GEMM rate + the last tile of C on its way",
         .form = 2 * matrix / slice + compute + last_tile.ns(),
         .figure = product_time(session, n, OperandMode::load_load),
         .bound = Bound::within(5)});
    cases.push_back(
        {.name = "256 x 256 x 256 f16 on one PE, operands streamed by tiles",
         .formula = "max of 2 m n k / GEMM rate and bytes / HBM bandwidth (A n / tile_n times, B m / tile_m times, C "
                    "once), or what is read / link",
         .form = std::max({compute, traffic / channels, (traffic - matrix) / slice}),
         .figure = product_time(session, n, OperandMode::ref_ref),
         .bound = Bound::within(5)});
}

}  // namespace

void add_work_setups(std::vector<Setup>& setups) {
    const std::vector<std::string> narrow{"sip.ucie.connection_bandwidth=16 GB/s", "switch.link_bandwidth=8 GB/s"};
    setups.push_back({"collectives", small_system(1, narrow), false, measure_cube_collectives});
    setups.push_back({"collectives", small_system(2, narrow), false, measure_sip_collectives});
    setups.push_back({"collectives", small_system(1, {}), false, measure_ring_as_configured});
    setups.push_back({"gemm", one_cube(), false, hosted(measure_gemm)});
}

}  // namespace ahbm::validation
