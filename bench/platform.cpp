// SPDX-License-Identifier: Apache-2.0
// End-to-end benchmarks of one topology: elaboration, DMA traffic, GEMM; with the data shadow off and, with
// --recording, lazy and in the background, as systems side by side in one process.
// Time is that of the simulation's thread. --topology=FILE, --sips=N, --timing=NAME, --recording, --runs=N (rounds of
// traffic per iteration), and Google Benchmark's own options.
#include "bench/allocations.h"
#include "bench/kernel_floor.h"
#include "bench/traffic.h"
#include "experiments/traffic/traffic_run.h"
#include "sim/config/config.h"
#include "sim/huge_pages.h"
#include "sw_runtime/context/context.h"

#include <benchmark/benchmark.h>

#include <sys/resource.h>

#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace ahbm;
using benchmark::Counter;

constexpr std::uint32_t kBytes = 64 << 10;  ///< of a load or store
constexpr std::uint32_t kMaxBytes = 256 << 10;
constexpr std::uint32_t kGemmExtent = 1024;  ///< M = K = N

double cpu_seconds(clockid_t of = CLOCK_PROCESS_CPUTIME_ID) {
    timespec time{};
    clock_gettime(of, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double resident_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) * 1024;
}

unsigned modules_below(const std::vector<sc_core::sc_object*>& objects) {
    unsigned count = 0;
    for (const sc_core::sc_object* object : objects)
        if (std::string_view(object->kind()) == "sc_module") count += 1 + modules_below(object->get_child_objects());
    return count;
}

struct Elaboration {
    double seconds = 0;
    double bytes = 0;
    double blocks = 0;
};

/// A system and what was prepared on it for the workloads.
struct Bench {
    std::string mode;
    Session session;
    std::unique_ptr<bench::Traffic> traffic;
    runtime::Tensor a, b, c;
    std::unique_ptr<runtime::Context> context;

    Bench(std::string shadow_mode, const PlatformConfig& config, const tl::KernelRegistry& kernels, shadow::Mode data)
        : mode(std::move(shadow_mode)),
          session(config, kernels, options(data, config.fabric.timing), ("system_" + mode).c_str()) {}

    void prepare() {
        session.run([this] {
            traffic = std::make_unique<bench::Traffic>(session, kMaxBytes);
            context = std::make_unique<runtime::Context>(session.port());
            const Shape shape{kGemmExtent, kGemmExtent};
            using runtime::Split;
            a = context->zeros(shape, Dtype::f16, {{Split::row_wise, Split::replicate}, Layout{32, 64}, "A"});
            b = context->zeros(shape, Dtype::f16, {{Split::replicate, Split::column_wise}, Layout{64, 32}, "B"});
            c = context->empty(shape, Dtype::f16, {{Split::row_wise, Split::column_wise}, Layout{32, 32}, "C"});
            context->synchronize();
        });
        settle();
    }
    /// Behind each measurement: a second thread at work would slow the next one, which is another system's.
    void settle() {
        if (mode == "background") session.system().recorder().evaluate_pending();
    }
    Fabric& fabric() { return session.system().fabric(); }

private:
    static SystemOptions options(shadow::Mode data, Timing timing) {
        SystemOptions made;
        made.traffic_injectors = timing == Timing::fast;  // for cross_cube()
        made.shadow.mode = data;
        // What is measured is recording: nothing is evaluated until somebody asks.
        made.shadow.max_pending_operations = UINT64_MAX;
        return made;
    }
};

void run_traffic(Bench& bench, unsigned rounds) {
    bench.session.run([&] { bench.traffic->run(bench::Reach::everywhere, rounds, kBytes); });
}

void run_gemm(Bench& bench) {
    bench.session.run([&] { bench.context->wait(bench.context->launch("gemm", {bench.a, bench.b, bench.c})); });
}

void traffic(benchmark::State& state, Bench& bench, unsigned rounds) {
    const std::uint64_t hops = bench.fabric().hops(), flit_hops = bench.fabric().flit_hops();
    const std::uint64_t events = bench.session.system().wheel().dispatched();
    const std::uint64_t messages = 2 * bench.fabric().completed();
    for (auto _ : state) run_traffic(bench, rounds);
    const auto hopped = static_cast<double>(bench.fabric().hops() - hops);
    const auto sent = static_cast<double>(2 * bench.fabric().completed() - messages);
    bench.settle();
    state.counters["hops_per_second"] = Counter(hopped, Counter::kIsRate);
    state.counters["per_event"] = Counter(hopped, Counter::kIsRate | Counter::kInvert);
    // In the other timings there are none; the spread of nothing would be no number.
    if (const std::uint64_t flits = bench.fabric().flit_hops() - flit_hops; flits > 0)
        state.counters["flit_hops_per_second"] = Counter(static_cast<double>(flits), Counter::kIsRate);
    state.counters["hops_per_message"] = hopped / sent;
    state.counters["events_per_message"] =
        static_cast<double>(bench.session.system().wheel().dispatched() - events) / sent;
}

void three_hop_message(benchmark::State& state, Bench& bench, bench::Reach reach, unsigned rounds) {
    const std::uint64_t transactions = bench.fabric().completed();
    const std::uint64_t hops = bench.fabric().hops();
    for (auto _ : state) bench.session.run([&] { bench.traffic->run(reach, rounds, kBytes); });
    const auto sent = static_cast<double>(2 * (bench.fabric().completed() - transactions));
    state.counters["per_message"] = Counter(sent, Counter::kIsRate | Counter::kInvert);
    state.counters["hops_per_message"] = static_cast<double>(bench.fabric().hops() - hops) / sent;
}

/// The same commands with twice the bytes: what is more belongs to the packets.
void heap_use(benchmark::State& state, Bench& bench, unsigned rounds) {
    struct Use {
        double count, bytes, transactions;
    };
    const auto measure = [&](std::uint32_t bytes) {
        const std::uint64_t transactions = bench.fabric().completed();
        const bench::Allocations before = bench::allocations();
        bench.session.run([&] { bench.traffic->run(bench::Reach::neighbour, 4 * rounds, bytes); });
        const bench::Allocations after = bench::allocations();
        return Use{static_cast<double>(after.count - before.count), static_cast<double>(after.bytes - before.bytes),
                   static_cast<double>(bench.fabric().completed() - transactions)};
    };
    measure(kMaxBytes);  // pools grow to their steady state
    for (auto _ : state) {
        const Use small = measure(kMaxBytes / 2);
        const Use large = measure(kMaxBytes);
        const double packets = large.transactions - small.transactions;
        state.counters["allocations_per_transaction"] = (large.count - small.count) / packets;
        state.counters["heap_bytes_per_transaction"] = (large.bytes - small.bytes) / packets;
    }
}

void gemm(benchmark::State& state, Bench& bench) {
    const runtime::Machine& machine = bench.session.port().machine();
    const double tiles = static_cast<double>(kGemmExtent / machine.gemm_tile_m) * (kGemmExtent / machine.gemm_tile_k) *
                         (kGemmExtent / machine.gemm_tile_n);
    for (auto _ : state) run_gemm(bench);
    bench.settle();
    state.counters["tiles_per_second"] = Counter(tiles, Counter::kIsIterationInvariantRate);
    state.counters["per_event"] = Counter(tiles, Counter::kIsIterationInvariantRate | Counter::kInvert);
}

/// What recording adds to the time of the simulation's thread. The systems take turns: from minute to minute the
/// machine changes by more than the difference.
void recording_cost(benchmark::State& state, const std::vector<Bench*>& systems,
                    const std::function<void(Bench&)>& work) {
    std::map<std::string, double> seconds;
    for (auto _ : state) {
        for (int round = 0; round < 5; ++round) {
            for (Bench* bench : systems) {
                const double begin = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
                work(*bench);
                seconds[bench->mode] += cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
                bench->settle();
            }
        }
    }
    for (const auto& [mode, spent] : seconds)
        if (mode != "off") state.counters[mode] = spent / seconds["off"] - 1;
}

/// What a loosely timed initiator at PE 0's router of cube 0 comes to: it posts 256 B to that of the cube beside, one
/// after the other has arrived, ahead of the kernel by up to a quantum of 1 us.
void cross_cube(benchmark::State& state, Bench& bench, unsigned count) {
    struct Initiator final : TrafficInjector::Sink {
        NetworkInterface& fabric;
        sim::Time local;
        explicit Initiator(NetworkInterface& at) : fabric(at) {}
        void post(NodeId to, std::uint32_t bytes) {
            fabric.send(fabric.request(Purpose::injected, Access::write, {}, to, bytes, local), local, local);
        }
        void delivered(Payload& payload, const Packet& packet) override { fabric.finish(payload, local = packet.tail); }
    };
    System& system = bench.session.system();
    const TrafficMesh cubes(system.routing().grid(), TrafficRegion::sip, 0);
    TrafficInjector& target = system.injector(SipId{0}, cubes.nodes()[1].router);
    Initiator initiator(system.injector(SipId{0}, cubes.nodes()[0].router).fabric);
    target.set_sink(&initiator);
    sim::Alarm alarm(system.wheel());
    const std::uint64_t hops = bench.fabric().hops();
    for (auto _ : state)
        bench.session.run([&] {
            initiator.local = system.wheel().now();
            for (unsigned i = 0; i < count; ++i) {
                initiator.post(target.fabric.node(), 256);
                if (initiator.local - system.wheel().now() > 1_us) alarm.wait_until(initiator.local);
            }
            alarm.wait_until(initiator.local);
        });
    state.counters["transactions_per_second"] = Counter(count, Counter::kIsRate);
    state.counters["per_transaction"] = Counter(count, Counter::kIsRate | Counter::kInvert);
    state.counters["hops_per_transaction"] = static_cast<double>(bench.fabric().hops() - hops) / count;
    target.set_sink(nullptr);
}

void elaboration(benchmark::State& state, const Elaboration& measured) {
    for (auto _ : state) state.SetIterationTime(measured.seconds);
    state.counters["seconds"] = measured.seconds;
    state.counters["resident_bytes"] = measured.bytes;
    state.counters["blocks"] = measured.blocks;
}

template <class Function>
benchmark::internal::Benchmark* add(const std::string& name, Function function) {
    return benchmark::RegisterBenchmark(name.c_str(), function)->Iterations(1)->Unit(benchmark::kMillisecond);
}

}  // namespace

int sc_main(int argc, char** argv) {
    sim::prefer_huge_pages(std::size_t{1} << 30);
    install_report_policy();
    benchmark::Initialize(&argc, argv);
    std::string topology = AHBM_SOURCE_DIR "/configs/topology/default.yaml";
    std::vector<std::string> overrides;
    bool recording = false;
    unsigned rounds = 8;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--recording")
            recording = true;
        else if (argument.starts_with("--topology="))
            topology = argument.substr(11);
        else if (argument.starts_with("--timing="))
            overrides.push_back("fabric.timing=" + std::string(argument.substr(9)));
        else if (argument.starts_with("--sips="))
            overrides.push_back("sips.count=" + std::string(argument.substr(7)));
        else if (argument.starts_with("--runs="))
            rounds = static_cast<unsigned>(std::atoi(argv[i] + 7));
        else
            return std::cerr << "unknown argument " << argument << '\n', 1;
    }

    const auto config = config::load_file<PlatformConfig>(topology, overrides);
    tl::KernelRegistry kernels;
    tl::register_builtin_kernels(kernels);
    bench::TrafficKernel::add_to(kernels);

    Elaboration measured{-cpu_seconds(), -resident_bytes(), 0};
    Bench off("off", config, kernels, shadow::Mode::off);
    std::unique_ptr<Bench> lazy, background;
    if (recording) {
        lazy = std::make_unique<Bench>("lazy", config, kernels, shadow::Mode::lazy);
        background = std::make_unique<Bench>("background", config, kernels, shadow::Mode::background);
    }
    bench::KernelFloor floor;
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    measured.seconds += cpu_seconds();
    measured.bytes += resident_bytes();
    measured.blocks = modules_below(sc_core::sc_get_top_level_objects());

    floor.register_benchmarks();
    if (!recording) add("elaboration", [&](benchmark::State& s) { elaboration(s, measured); })->UseManualTime();
    for (Bench* bench : {&off, lazy.get(), background.get()}) {
        if (bench == nullptr) continue;
        bench->prepare();
        add("traffic/" + bench->mode, [=](benchmark::State& s) { traffic(s, *bench, rounds); });
        add("gemm/" + bench->mode, [=](benchmark::State& s) { gemm(s, *bench); });
        add("heap/" + bench->mode, [=](benchmark::State& s) { heap_use(s, *bench, rounds); });
        if (bench != &off) continue;
        if (config.fabric.timing == Timing::fast)
            add("cross_cube", [=](benchmark::State& s) { cross_cube(s, *bench, 20000 * rounds); });
        add("three_hop_message_alone",
            [=](benchmark::State& s) { three_hop_message(s, *bench, bench::Reach::alone, 1000 * rounds); });
        add("three_hop_message",
            [=](benchmark::State& s) { three_hop_message(s, *bench, bench::Reach::neighbour, 8 * rounds); });
    }
    if (recording) {
        const std::vector<Bench*> systems{&off, lazy.get(), background.get()};
        add("recording/traffic",
            [=](benchmark::State& s) { recording_cost(s, systems, [=](Bench& b) { run_traffic(b, rounds); }); });
        add("recording/gemm", [=](benchmark::State& s) { recording_cost(s, systems, run_gemm); });
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
