// SPDX-License-Identifier: Apache-2.0
/// Open-loop traffic on a system that was built with injectors: every source generates packets at random times,
/// whatever becomes of them; its queue is infinite, and latency counts from the generation. To be used inside
/// Session::run.
#pragma once

#include "experiments/traffic/traffic_mesh.h"
#include "platform/system.h"
#include "sim/distribution.h"

#include <cstdint>
#include <random>
#include <vector>

namespace ahbm {

struct TrafficLoad {
    double rate = 0.1;  ///< of each source's injection bandwidth; more than 1 is more than its link can take
    std::uint32_t bytes = 256;
    unsigned warm_up = 100, measured = 1000;  ///< packets per source, on the average: how long these phases are
    std::uint64_t seed = 1;
};

/// What was seen while packets were measured. Loads are shares of each source's injection bandwidth.
struct TrafficResult {
    double offered = 0;   ///< generated
    double accepted = 0;  ///< arrived
    /// What arrived over the busiest links, as the load of each source that this amounts to: never more than
    /// TrafficForms::saturation. Beyond saturation `accepted` may still grow, by packets that take other ways.
    double over_bottleneck = 0;
    sim::Distribution::Summary latency;   ///< of the packets that were generated while measuring, all of which arrived
    double mean = 0, mean_zero_load = 0;  ///< ns; of the same packets, in the closed form
};

class TrafficRun : private TrafficInjector::Sink {
public:
    TrafficRun(System& system, SipId sip, const TrafficMesh& mesh, TrafficMatrix matrix, TrafficForms forms);
    ~TrafficRun() override;
    TrafficRun(const TrafficRun&) = delete;

    /// Warms up, measures, and goes on in the same way until all measured packets have arrived. Returns when the
    /// fabric is empty again. Gaps are exponential and everything drawn from the seed: the same seed, the same result.
    TrafficResult run(const TrafficLoad& load);
    /// One packet, alone: from its generation to its last byte.
    sim::Time single(std::size_t source, std::size_t destination, std::uint32_t bytes);

private:
    struct Source {
        TrafficInjector* injector;
        NodeId node;
        std::vector<double> until;  ///< of the unit interval, by destination
        std::mt19937_64 random;
        double next = 0;  ///< ps; time of the next packet, not rounded
    };
    static constexpr std::uint64_t kFirst = std::uint64_t{1} << 63;  ///< draws a time, generates nothing yet
    static double unit(std::mt19937_64& random);
    void generate(std::uint64_t source);
    void inject(std::size_t source, std::size_t destination);
    void end_measurement(std::uint64_t);
    void look_whether_done();
    void delivered(Payload& payload, const Packet& packet) override;
    bool measuring(sim::Time when) const { return when >= from_ && when < until_; }

    System& system_;
    TrafficMatrix matrix_;
    TrafficForms forms_;
    std::vector<Source> sources_;

    // of one run
    TrafficLoad load_;
    double gap_ps_ = 0;
    sim::Time from_, until_, last_;  ///< measured from, until; the last arrival
    bool stopping_ = false;
    std::size_t generating_ = 0;  ///< sources with a packet to come
    std::uint64_t in_flight_ = 0, measured_in_flight_ = 0, generated_ = 0, arrived_ = 0, over_bottleneck_ = 0;
    sim::Distribution latencies_;
    sim::Time zero_load_;
    sc_core::sc_event idle_;
};

}  // namespace ahbm
