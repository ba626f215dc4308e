// SPDX-License-Identifier: Apache-2.0
// A ring of 32 PEs that pass tiles on for 31 rounds, made of the platform's own wheel, links and transactions.
// bench/simpy_ring.py is the same model in SimPy; both print the same simulated time per repetition.
//
// How the model maps to components:
//   tile of 4 KiB to the next PE   a write transaction of 4096 B over a 64 GB/s link direction: 64 ns serialisation
//   hop of 20 ns                   the wire of that link direction
//   receive slot                   taken when the write is sent, so the sender counts: 4 writes unacknowledged
//   credit return                  the write's acknowledgement, 16 B (0.25 ns) on the other link direction, 20 ns hop
//   add                            37.72 ns from the tail's arrival on; then the slot is free and the sum goes out
// A round is 64 + 20 + 37.72 ns, 31 rounds are 3773.32 ns: credits never hold anybody up, but all of them are moved.
#include "interconnect/fabric/network_interface.h"
#include "interconnect/topology/system_routing.h"
#include "platform/cube.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

using namespace ahbm;

constexpr unsigned kPes = 32;
constexpr unsigned kRounds = kPes - 1;
constexpr unsigned kSlots = 4;
constexpr std::uint32_t kTile = 4096;
constexpr sim::Bandwidth kLink = 64_GBps;
constexpr sim::Time kHop = 20_ns;
constexpr sim::Time kAdd = 37.72_ns;

class RingPe : public sc_core::sc_module, private PacketClient {
public:
    NetworkInterface next;      ///< tiles out, credits back
    NetworkInterface previous;  ///< tiles in, credits out

    RingPe(const sc_core::sc_module_name& name, Fabric& fabric)
        : sc_module(name),
          next("to_next", "from_next", fabric, *this),
          previous("to_previous", "from_previous", fabric, *this),
          wheel_(fabric.wheel()) {}

    /// Schedules one repetition.
    void start_at(sim::Time start) { wheel_.at<&RingPe::start>(start, sim::Priority::engine, this); }
    unsigned received() const { return received_; }
    sim::Time last_sum() const { return ready_at_; }
    sim::Time last_credit() const { return last_credit_; }

private:
    void start(std::uint64_t) {
        sent_ = received_ = 0;
        ready_at_ = wheel_.now();
        ready_ = 1;
        send();
    }
    /// Sends what is ready while the next PE has slots.
    void send() {
        while (ready_ > 0 && credits_ > 0 && sent_ < kRounds) {
            --ready_;
            --credits_;
            ++sent_;
            const sim::Time now = wheel_.now();
            next.send(next.request(Purpose::injected, Access::write, {}, {}, kTile, ready_at_), now, now);
        }
    }
    void handle_request(Payload& payload, Packet& packet) override {
        const sim::Time start = std::max(packet.tail, adder_free_at_);
        adder_free_at_ = start + kAdd;
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        wheel_.at<&RingPe::added>(adder_free_at_, sim::Priority::engine, this,
                                  reinterpret_cast<std::uintptr_t>(&payload));
    }
    void added(std::uint64_t argument) {
        const sim::Time now = wheel_.now();
        previous.respond(*reinterpret_cast<Payload*>(argument), now, now);
        ++received_;
        ++ready_;
        ready_at_ = now;
        send();
    }
    void handle_response(Payload& payload, Packet& packet) override {
        wheel_.at<&RingPe::credited>(packet.tail, sim::Priority::engine, this,
                                     reinterpret_cast<std::uintptr_t>(&payload));
    }
    void credited(std::uint64_t argument) {
        last_credit_ = wheel_.now();
        next.finish(*reinterpret_cast<Payload*>(argument), last_credit_);
        ++credits_;
        send();
    }

    sim::WheelPump& wheel_;
    unsigned credits_ = kSlots;
    unsigned ready_ = 0;  ///< tiles to send
    unsigned sent_ = 0;
    unsigned received_ = 0;
    sim::Time ready_at_;
    sim::Time last_credit_;
    sim::Time adder_free_at_;
};

class Ring {
public:
    Ring() {
        wheel_.set_run_ahead(true);
        for (unsigned i = 0; i < kPes; ++i) pes_.emplace_back(("pe" + std::to_string(i)).c_str(), fabric_);
        for (unsigned i = 0; i < kPes; ++i) {
            RingPe& from = pes_[i];
            RingPe& to = pes_[(i + 1) % kPes];
            from.next.out.connect(to.previous.in, kLink, kHop, LedgerPart::noc);
            to.previous.out.connect(from.next.in, kLink, kHop, LedgerPart::noc);
        }
    }

    /// Simulated time from the start to the last sum.
    sim::Time repeat() {
        const sim::Time start = idle_at_;
        for (RingPe& pe : pes_) pe.start_at(start);
        sc_core::sc_start();
        sim::Time end;
        for (const RingPe& pe : pes_) {
            if (pe.received() != kRounds) throw std::runtime_error("the ring stopped early");
            end = std::max(end, pe.last_sum());
            idle_at_ = std::max(idle_at_, pe.last_credit());
        }
        return end - start;
    }

private:
    FabricConfig config_;
    sim::WheelPump wheel_{"wheel"};
    // The fabric wants a place for everybody; on a ring nobody asks for routes.
    CubeNocConfig noc_;
    SipRouting routing_{SipGrid({1, 1}, noc_, {}, {})};
    Directory directory_{Cube::directory(routing_.grid().cube()), {}, routing_};
    Fabric fabric_{wheel_, config_, directory_};
    std::deque<RingPe> pes_;
    sim::Time idle_at_;
};

}  // namespace

int sc_main(int argc, char** argv) {
    Ring ring;
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    std::cerr << "simulated time per repetition: " << ring.repeat().ns() << " ns\n";
    benchmark::Initialize(&argc, argv);
    benchmark::RegisterBenchmark("ring", [&](benchmark::State& state) {
        sim::Time simulated;
        for (auto _ : state) simulated = ring.repeat();
        state.counters["simulated_ns"] = simulated.ns();
        state.counters["per_event"] = benchmark::Counter(
            kPes * kRounds, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    });
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
