// SPDX-License-Identifier: Apache-2.0
// Micro-benchmarks: the SystemC kernel's floor, and the event wheel alone.
#include "bench/kernel_floor.h"
#include "sim/wheel.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <vector>

namespace {

using namespace ahbm;

/// An event that schedules itself again, some time ahead.
class Hold {
public:
    Hold(sim::Wheel& wheel, const std::vector<sim::Time>& delays) : wheel_(wheel), delays_(delays) {}
    void fire(std::uint64_t index) {
        wheel_.at<&Hold::fire>(wheel_.now() + delays_[index & (delays_.size() - 1)], sim::Priority::engine, this,
                               index + 1);
    }

private:
    sim::Wheel& wheel_;
    const std::vector<sim::Time>& delays_;
};

/// One iteration: pop, dispatch and push one event with so many pending.
void wheel_event(benchmark::State& state) {
    sim::Wheel wheel;
    std::mt19937_64 random(1);
    std::vector<sim::Time> delays(4096);
    for (sim::Time& delay : delays) delay = sim::Time::ps(static_cast<std::int64_t>(1 + random() % 200'000));
    Hold hold(wheel, delays);
    const auto pending = static_cast<std::uint64_t>(state.range(0));
    for (std::uint64_t i = 0; i < pending; ++i) hold.fire(i * 61);
    for (auto _ : state) wheel.dispatch_next();
    state.counters["per_event"] = benchmark::Counter(static_cast<double>(wheel.dispatched()),
                                                     benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(wheel_event)->Arg(64)->Arg(1024)->Arg(16384);

}  // namespace

int sc_main(int argc, char** argv) {
    ahbm::bench::KernelFloor floor;
    floor.register_benchmarks();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
