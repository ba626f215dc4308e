// SPDX-License-Identifier: Apache-2.0
#include "experiments/traffic/traffic_run.h"

#include "sim/alarm.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ahbm {

TrafficRun::TrafficRun(System& system, SipId sip, const TrafficMesh& mesh, TrafficMatrix matrix, TrafficForms forms)
    : system_(system), matrix_(std::move(matrix)), forms_(std::move(forms)) {
    for (std::size_t s = 0; s < mesh.nodes().size(); ++s) {
        TrafficInjector& injector = system.injector(sip, mesh.nodes()[s].router);
        injector.set_sink(this);
        Source source{&injector, injector.fabric.node(), {}, {}};
        double sum = 0;
        for (const double share : matrix_[s]) source.until.push_back(sum += share);
        sources_.push_back(std::move(source));
    }
}

TrafficRun::~TrafficRun() {
    for (const Source& source : sources_) source.injector->set_sink(nullptr);
}

double TrafficRun::unit(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

TrafficResult TrafficRun::run(const TrafficLoad& load) {
    sim::WheelPump& wheel = system_.wheel();
    const double bandwidth = system_.config().sip.cube.noc.link_bandwidth.bytes_per_ns();
    const sim::Time start = wheel.now();
    load_ = load;
    gap_ps_ = 1e3 * load.bytes / (bandwidth * load.rate);
    from_ = start + sim::Time::ps(std::llround(load.warm_up * gap_ps_));
    until_ = from_ + sim::Time::ps(std::llround(load.measured * gap_ps_));
    last_ = start;
    stopping_ = false;
    generating_ = 0;
    in_flight_ = measured_in_flight_ = generated_ = arrived_ = over_bottleneck_ = 0;
    latencies_ = {};
    zero_load_ = {};
    for (std::size_t s = 0; s < sources_.size(); ++s) {
        Source& source = sources_[s];
        if (source.until.back() == 0) continue;
        std::seed_seq seed{load.seed & 0xffffffff, load.seed >> 32, std::uint64_t{s}};
        source.random.seed(seed);
        source.next = static_cast<double>(start.ps());
        ++generating_;
        generate(s | kFirst);
    }
    wheel.at<&TrafficRun::end_measurement>(until_, sim::Priority::wake, this);
    while (!stopping_ || generating_ > 0 || in_flight_ > 0) sc_core::wait(idle_);
    sim::Alarm(wheel).wait_until(last_);

    TrafficResult result;
    const double full = bandwidth * (until_ - from_).ns() / load.bytes;  // packets of one source at rate 1
    double over_bottleneck = 0;
    for (std::size_t s = 0; s < sources_.size(); ++s)
        for (std::size_t d = 0; d < sources_.size(); ++d) over_bottleneck += forms_.crosses[s][d] * matrix_[s][d];
    result.offered = static_cast<double>(generated_) / (full * forms_.sources);
    result.accepted = static_cast<double>(arrived_) / (full * forms_.sources);
    result.over_bottleneck = static_cast<double>(over_bottleneck_) / (full * over_bottleneck);
    result.latency = latencies_.summary();
    if (result.latency.count > 0) {
        const auto n = static_cast<double>(result.latency.count);
        result.mean = result.latency.sum.ns() / n;
        result.mean_zero_load = zero_load_.ns() / n;
    }
    return result;
}

sim::Time TrafficRun::single(std::size_t source, std::size_t destination, std::uint32_t bytes) {
    const sim::Time start = system_.wheel().now();
    load_.bytes = bytes;
    from_ = until_ = start;
    stopping_ = true;
    generating_ = 0;
    inject(source, destination);
    while (in_flight_ > 0) sc_core::wait(idle_);
    sim::Alarm(system_.wheel()).wait_until(last_);
    return last_ - start;
}

void TrafficRun::generate(std::uint64_t argument) {
    const bool first = (argument & kFirst) != 0;
    const std::size_t number = argument & ~kFirst;
    Source& source = sources_[number];
    if (stopping_) {
        --generating_;
        return look_whether_done();
    }
    if (!first) {
        const double draw = unit(source.random) * source.until.back();
        const auto to = std::upper_bound(source.until.begin(), source.until.end(), draw) - source.until.begin();
        inject(number, std::min<std::size_t>(static_cast<std::size_t>(to), sources_.size() - 1));
    }
    source.next -= gap_ps_ * std::log1p(-unit(source.random));
    system_.wheel().at<&TrafficRun::generate>(sim::Time::ps(std::llround(source.next)), sim::Priority::engine, this,
                                              number);
}

void TrafficRun::inject(std::size_t source, std::size_t destination) {
    ++in_flight_;
    if (measuring(system_.wheel().now())) {
        ++generated_;
        ++measured_in_flight_;
    }
    sources_[source].injector->inject(sources_[destination].node, load_.bytes, source * sources_.size() + destination);
}

void TrafficRun::end_measurement(std::uint64_t) { look_whether_done(); }

void TrafficRun::look_whether_done() {
    if (!stopping_ && system_.wheel().now() >= until_ && measured_in_flight_ == 0) {
        stopping_ = true;
        for (const Source& source : sources_) {  // nobody waits for what is still there
            in_flight_ -= source.injector->queued();
            source.injector->clear();
        }
    }
    if (stopping_ && generating_ == 0 && in_flight_ == 0) system_.wheel().notify(idle_);
}

void TrafficRun::delivered(Payload& payload, const Packet& packet) {
    const std::size_t source = packet.cookie / sources_.size(), destination = packet.cookie % sources_.size();
    const sim::Time end = packet.tail;
    --in_flight_;
    last_ = std::max(last_, end);
    if (measuring(end)) {
        ++arrived_;
        over_bottleneck_ += forms_.crosses[source][destination];
    }
    if (measuring(packet.issued)) {
        --measured_in_flight_;
        latencies_.add(end - packet.issued);
        zero_load_ += forms_.zero_load[source][destination];
    }
    sources_[source].injector->fabric.finish(payload, end);
    look_whether_done();
}

}  // namespace ahbm
