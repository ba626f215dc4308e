// SPDX-License-Identifier: Apache-2.0
/// A bench for one block on the fabric: ends that send requests to it and answer what it sends, links to join them, and
/// a log of what arrived when. A header is as large as a flit, 256 B, so that it takes 1 ns on the links of the bench,
/// which carry 256 B/ns and whose wires are 1 ns long: times can be worked out by hand.
#pragma once

#include "interconnect/fabric/network_interface.h"
#include "shadow/recorder.h"
#include "tests/support/sim_test.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::test {

using namespace sim::literals;

/// Where the blocks of a cube with two PEs hang.
inline CubeDirectory two_pes() {
    return {.pe = {{0, 0}, {1, 0}}, .hbm = {{0, 1}, {1, 1}}, .m_cpu = {2, 0}, .sram = {3, 0}};
}

/// What a bench has in common with a platform.
struct BlockBench {
    struct Config {
        Timing timing = Timing::hop;
        shadow::Mode shadow = shadow::Mode::lazy;
        CubeDirectory cube = {};
        MemoryMap map = {};
        unsigned vc_depth = 8;
        sim::Bytes max_packet = 4_KiB;
        unsigned max_outstanding = 8;
    };
    static constexpr sim::Bandwidth bandwidth = sim::Bandwidth::gigabytes(256);
    static constexpr sim::Time wire = sim::Time::ps(1000);

    sim::WheelPump wheel{"wheel"};
    shadow::Recorder recorder;
    SipRouting routing{SipGrid(CubeMeshConfig{.w = 1, .h = 1}, CubeNocConfig{}, UcieConfig{}, IoNocConfig{})};
    Directory directory;
    Fabric fabric;

    BlockBench() : BlockBench(Config{}) {}
    explicit BlockBench(Timing timing) : BlockBench(Config{.timing = timing}) {}
    explicit BlockBench(const Config& config)
        : recorder(of_recorder(config)),
          directory(config.cube, config.map, routing),
          fabric(wheel, of_fabric(config), directory) {
        sc_core::sc_report_handler::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);
    }

    /// Once everything has arrived: every transaction is complete, every byte is delivered, no wire was double booked.
    void expect_books_closed() const {
        EXPECT_EQ(fabric.begun(), fabric.completed());
        for (const OutputPort* port : fabric.ports()) {
            const Link::Stats& stats = port->link().stats();
            EXPECT_EQ(stats.bytes, stats.delivered_bytes) << port->name();
            if (stats.packets == 0) continue;
            EXPECT_LE(stats.busy, stats.last_use - stats.first_use) << port->name();
        }
    }

private:
    static shadow::RecorderConfig of_recorder(const Config& config) {
        shadow::RecorderConfig recorder;
        recorder.mode = config.shadow;
        return recorder;
    }
    static FabricConfig of_fabric(const Config& config) {
        FabricConfig fabric;
        fabric.timing = config.timing;
        fabric.header = 256_B;
        fabric.max_packet = config.max_packet;
        fabric.max_outstanding = config.max_outstanding;
        fabric.flit.vc_depth = config.vc_depth;
        return fabric;
    }
};

/// An end of the fabric. As a requester it sends and logs the answers; as a target it logs requests and answers them.
class BenchEnd : public sc_core::sc_module, private PacketClient {
public:
    NetworkInterface fabric;

    /// As a target: from a request's tail to the answer's head; the answer's bytes are all there then.
    sim::Time service;
    std::string refusal;                   ///< not empty: answers with an error of this text
    std::byte value{};                     ///< answers reads with bytes of this value
    std::vector<std::byte> inline_answer;  ///< real bytes with every answer to a read
    bool holds_back = false;               ///< answers only when it is told to

    struct Request {
        std::uint64_t number;
        sim::Time head, tail;
        Access access;
        Domain target;
        std::uint32_t bytes;
        VirtualChannel channel;
        std::uint8_t layer;
        Purpose purpose;
        std::vector<std::byte> inline_bytes;
    };
    struct Answer {
        std::uint64_t number = 0;
        tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
        std::string error;
        sim::Time head, tail;
        Ledger ledger;
        shadow::Bundle data;
        bool ok() const { return status == tlm::TLM_OK_RESPONSE; }
    };
    std::vector<Request> requests;  ///< in the order of arrival
    std::vector<Answer> answers;
    std::vector<std::pair<sim::Time, std::vector<std::byte>>> pokes;  ///< by debug transport, and when

    BenchEnd(const sc_core::sc_module_name& name, BlockBench& bench, NodeId node = {.kind = NodeId::Kind::cube})
        : sc_module(name), fabric("out", "in", bench.fabric, *this), bench_(bench) {
        fabric.set_node(node);
    }

    /// Sends a request, which `prepare` may change first: prepare(packet). What leaves now has its last byte here
    /// `late` after its first. Returns its number: they count the requests of this end, from 0.
    template <class Prepare>
    std::uint64_t send(Access access, const Domain& target, std::uint32_t bytes, NodeId to, Purpose purpose,
                       Prepare prepare, sim::Time late = {}) {
        const sim::Time now = bench_.fabric.now();
        Payload& payload = fabric.request(purpose, access, target, to, bytes, now);
        Packet::of(payload).cookie = sent_;
        prepare(Packet::of(payload));
        fabric.send(payload, now, now + late);
        return sent_++;
    }
    std::uint64_t read(const Domain& target, std::uint32_t bytes, NodeId to = {.kind = NodeId::Kind::cube},
                       Purpose purpose = Purpose::kernel) {
        return send(Access::read, target, bytes, to, purpose, [](Packet&) {});
    }
    std::uint64_t write(const Domain& target, std::uint32_t bytes, std::byte value = {},
                        NodeId to = {.kind = NodeId::Kind::cube}, sim::Time late = {}) {
        return send(
            Access::write, target, bytes, to, Purpose::kernel,
            [&](Packet& packet) { packet.data = bytes_of(value, bytes); }, late);
    }
    /// Real bytes, on a channel of choice: messages and what else is not the data of a kernel.
    std::uint64_t write_inline(const Domain& target, std::vector<std::byte> bytes, VirtualChannel channel,
                               NodeId to = {.kind = NodeId::Kind::cube}) {
        const auto size = static_cast<std::uint32_t>(bytes.size());
        return send(Access::write, target, size, to, Purpose::registers, [&](Packet& packet) {
            packet.channel = channel;
            packet.inline_bytes = std::move(bytes);
        });
    }

    bool answered(std::uint64_t number) const { return find(number) != nullptr; }
    const Answer& answer(std::uint64_t number) const {
        static const Answer none;
        const Answer* found = find(number);
        EXPECT_NE(found, nullptr) << name() << ": no answer to request " << number;
        return found != nullptr ? *found : none;
    }
    /// When the last byte of the answer was here.
    sim::Time end(std::uint64_t number) const { return answer(number).tail; }
    /// Answers the oldest request that is held back.
    void release() {
        Payload& payload = *held_.front();
        held_.erase(held_.begin());
        respond(payload, bench_.fabric.now());
    }

private:
    shadow::Bundle bytes_of(std::byte value, std::uint32_t bytes) {
        if (!bench_.recorder.enabled()) return {};
        return bench_.recorder.constant(std::vector<std::byte>(bytes, value));
    }
    const Answer* find(std::uint64_t number) const {
        for (const Answer& each : answers)
            if (each.number == number) return &each;
        return nullptr;
    }
    void handle_request(Payload& payload, Packet& packet) override {
        requests.push_back({packet.cookie, packet.head, packet.tail, packet.access, packet.target, packet.bytes,
                            packet.channel, packet.layer, packet.purpose, packet.inline_bytes});
        if (holds_back)
            held_.push_back(&payload);
        else
            respond(payload, packet.tail + service);
    }
    void handle_debug(Payload& payload, Packet& packet) override {
        if (packet.probe == nullptr) pokes.emplace_back(bench_.fabric.now(), packet.inline_bytes);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    void respond(Payload& payload, sim::Time when) {
        payload.set_response_status(refusal.empty() ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
        Packet& packet = Packet::of(payload);
        packet.error = refusal;
        if (packet.access == Access::read && refusal.empty()) {
            packet.data = bytes_of(value, packet.bytes);
            packet.inline_bytes = inline_answer;
        }
        fabric.respond(payload, when, when);
    }
    void handle_response(Payload& payload, Packet& packet) override {
        Answer answer{packet.cookie, payload.get_response_status(), packet.error, packet.head, packet.tail, {}, {}};
        answer.data = packet.data;
        answer.ledger = packet.ledger;
        answer.ledger[LedgerPart::serialisation] += packet.tail - packet.head;
        answers.push_back(std::move(answer));
        fabric.finish(payload, packet.tail);  // fails unless the ledger sums to the latency
    }

    BlockBench& bench_;
    std::uint64_t sent_ = 0;
    std::vector<Payload*> held_;
};

/// Joins a port to another's input by a link of the bench.
inline void join(OutputPort& from, InputPort& to, LedgerPart part = LedgerPart::noc) {
    from.connect(to, BlockBench::bandwidth, BlockBench::wire, part);
}
/// Joins two interfaces, both directions.
inline void join(NetworkInterface& a, NetworkInterface& b) {
    join(a.out, b.in);
    join(b.out, a.in);
}

/// For the body of simulate(): waits until this time, or for everything that was sent to have come to its end.
inline void wait_until(sim::Time time) { sc_core::wait(sim::to_sc_time(time) - sc_core::sc_time_stamp()); }
inline void wait_for_all() { sc_core::wait(1, sc_core::SC_MS); }

/// The message of the invariant that a call breaks; empty: none.
template <class Call>
std::string what_breaks(Call call) {
    try {
        call();
    } catch (const sc_core::sc_report& report) {
        return report.get_msg();
    }
    return {};
}

/// The first byte of a bundle; an unwritten one reads as the recorder's poison, so ask first_gap() first.
inline int first_byte(BlockBench& bench, const shadow::Bundle& bundle) {
    return std::to_integer<int>(bench.recorder.materialize(bundle).at(0));
}

/// For INSTANTIATE_TEST_SUITE_P over timings.
inline std::string timing_name(const testing::TestParamInfo<Timing>& test) {
    switch (test.param) {
        case Timing::hop: return "hop";
        case Timing::fast: return "fast";
        case Timing::flit: return "flit";
    }
    return "unknown";
}

}  // namespace ahbm::test
