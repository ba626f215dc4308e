// SPDX-License-Identifier: Apache-2.0
#include "bench/kernel_floor.h"

#include "sim/kernel_time.h"

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <tlm>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <deque>
#include <random>
#include <string>

namespace ahbm::bench {
namespace {

constexpr std::uint64_t kEvents = 20000;  ///< per iteration

/// One method that notifies itself at ever new times.
class TimedMethod : public sc_core::sc_module {
public:
    SC_HAS_PROCESS(TimedMethod);
    TimedMethod(const sc_core::sc_module_name& name, std::mt19937_64& random, std::uint64_t& left)
        : sc_module(name), random_(random), left_(left) {
        SC_METHOD(run);
        sensitive << event_;
        dont_initialize();
    }
    void arm() { event_.notify(sim::to_sc_time(sim::Time::ps(static_cast<std::int64_t>(1 + random_() % 100'000)))); }

private:
    void run() {
        if (left_ == 0) return;
        --left_;
        arm();
    }

    std::mt19937_64& random_;
    std::uint64_t& left_;
    sc_core::sc_event event_;
};

}  // namespace

class KernelFloor::TimedMethods {
public:
    explicit TimedMethods(unsigned count) {
        for (unsigned i = 0; i < count; ++i)
            methods_.emplace_back(("floor" + std::to_string(count) + "_" + std::to_string(i)).c_str(), random_, left_);
    }
    void run() {
        left_ = kEvents;
        for (TimedMethod& method : methods_) method.arm();
        sc_core::sc_start();
    }

private:
    std::mt19937_64 random_{1};
    std::uint64_t left_ = 0;
    std::deque<TimedMethod> methods_;
};

/// Two threads that wake each other.
class KernelFloor::PingPong : public sc_core::sc_module {
public:
    SC_HAS_PROCESS(PingPong);
    explicit PingPong(const sc_core::sc_module_name& name) : sc_module(name) {
        SC_THREAD(ping);
        SC_THREAD(pong);
    }
    void run() {
        left_ = kEvents;
        ping_.notify(sc_core::SC_ZERO_TIME);
        sc_core::sc_start();
    }

private:
    void ping() { play(ping_, pong_); }
    void pong() { play(pong_, ping_); }
    void play(sc_core::sc_event& mine, sc_core::sc_event& other) {
        for (;;) {
            wait(mine);
            if (left_ == 0) continue;
            --left_;
            other.notify(sc_core::SC_ZERO_TIME);
        }
    }

    std::uint64_t left_ = 0;
    sc_core::sc_event ping_, pong_;
};

class KernelFloor::SocketPair : public sc_core::sc_module {
public:
    explicit SocketPair(const sc_core::sc_module_name& name) : sc_module(name) {
        out_.bind(in_);
        in_.register_nb_transport_fw(this, &SocketPair::transport);
    }
    void hop() {
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay;
        out_->nb_transport_fw(payload_, phase, delay);
    }

private:
    tlm::tlm_sync_enum transport(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
        benchmark::DoNotOptimize(&payload);
        return tlm::TLM_ACCEPTED;
    }

    tlm_utils::simple_initiator_socket<SocketPair> out_{"out"};
    tlm_utils::simple_target_socket<SocketPair> in_{"in"};
    tlm::tlm_generic_payload payload_;
};

KernelFloor::KernelFloor()
    : few_(std::make_unique<TimedMethods>(64)),
      many_(std::make_unique<TimedMethods>(1024)),
      threads_(std::make_unique<PingPong>("floor_threads")),
      sockets_(std::make_unique<SocketPair>("floor_sockets")) {}

KernelFloor::~KernelFloor() = default;

void KernelFloor::register_benchmarks() {
    const auto add = [](const std::string& name, auto* part) {
        benchmark::RegisterBenchmark(name.c_str(), [part](benchmark::State& state) {
            for (auto _ : state) part->run();
            state.counters["per_event"] =
                benchmark::Counter(static_cast<double>(kEvents),
                                   benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
        });
    };
    add("kernel_event/64", few_.get());
    add("kernel_event/1024", many_.get());
    add("kernel_thread_wake", threads_.get());
    benchmark::RegisterBenchmark("socket_hop", [pair = sockets_.get()](benchmark::State& state) {
        for (auto _ : state) pair->hop();
        state.counters["per_event"] =
            benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    });
}

}  // namespace ahbm::bench
