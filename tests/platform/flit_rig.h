// SPDX-License-Identifier: Apache-2.0
/// The smallest fabric with something to share: sources, a crossing, one link, a crossing, sinks. What a sink gets is
/// not answered.
#pragma once

#include "interconnect/fabric/network_interface.h"
#include "platform/cube.h"
#include "sim/block_list.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::test {

struct RigConfig {
    Timing timing = Timing::flit;
    unsigned sources = 1;
    sim::Bandwidth source = sim::Bandwidth::gigabytes(256), link = sim::Bandwidth::gigabytes(256);
    std::vector<sim::Bandwidth> sinks{sim::Bandwidth::gigabytes(256)};
    sim::Time wire = sim::Time::ps(300), overhead = sim::Time::ps(700);
    unsigned vc_depth = 8;
};

class FlitRig : public sc_core::sc_module {
public:
    struct Arrival {
        std::uint64_t cookie;
        sim::Time head, tail;
        Ledger ledger;
    };
    class Endpoint final : private PacketClient {
    public:
        NetworkInterface fabric;
        std::vector<Arrival> arrivals;

        Endpoint(const std::string& name, Fabric& shared)
            : fabric((name + "_out").c_str(), (name + "_in").c_str(), shared, *this) {}
        /// Now, with the tail following as late as that.
        void send(unsigned sink, std::uint32_t bytes, VirtualChannel channel = VirtualChannel::data,
                  std::uint64_t cookie = 0, sim::Time tail = {}) {
            const sim::Time now = fabric.fabric().now();
            Payload& payload = fabric.request(Purpose::injected, Access::write, {}, node(sink), bytes, now);
            Packet::of(payload).channel = channel;
            Packet::of(payload).cookie = cookie;
            fabric.send(payload, now, now + tail);
        }

    private:
        void handle_request(Payload& payload, Packet& packet) override {
            arrivals.push_back({packet.cookie, packet.head, packet.tail, packet.ledger});
            payload.release();
        }
        void handle_response(Payload&, Packet&) override {}
    };

    FlitRig(const sc_core::sc_module_name& name, const RigConfig& rig)
        : sc_module(name),
          routing_(SipGrid(CubeMeshConfig{}, CubeNocConfig{}, UcieConfig{}, IoNocConfig{})),
          directory_(Cube::directory(routing_.grid().cube()), {}, routing_),
          fabric(wheel, fabric_config(rig), directory_),
          merge_("merge", fabric, rig.sources, 1, rig.overhead),
          split_("split", fabric, 1, rig.sinks.size(), rig.overhead) {
        for (unsigned i = 0; i < rig.sources; ++i) {
            Endpoint& source = sources.emplace_back("source" + std::to_string(i), fabric);
            source.fabric.out.connect(merge_.in[i], rig.source, rig.wire, LedgerPart::noc);
        }
        merge_.out[0].connect(split_.in[0], rig.link, rig.wire, LedgerPart::noc);
        for (std::size_t i = 0; i < rig.sinks.size(); ++i) {
            Endpoint& sink = sinks.emplace_back("sink" + std::to_string(i), fabric);
            split_.out[i].connect(sink.fabric.in, rig.sinks[i], rig.wire, LedgerPart::noc);
        }
    }

    OutputPort& link() { return merge_.out[0]; }
    /// Once everything has arrived.
    void expect_books_closed() {
        for (const OutputPort* port : fabric.ports()) {
            const Link::Stats& stats = port->link().stats();
            EXPECT_EQ(stats.bytes, stats.delivered_bytes) << port->name();
            if (stats.packets > 0) {
                EXPECT_LE(stats.busy, stats.last_use - stats.first_use) << port->name();
            }
        }
    }

    sim::WheelPump wheel{"wheel"};

private:
    struct Crossing : sc_core::sc_module {
        sim::BlockList<OutputPort> out;
        sim::BlockList<InputPort> in;
        Crossing(const sc_core::sc_module_name& name, Fabric& shared, std::size_t inputs, std::size_t outputs,
                 sim::Time overhead)
            : sc_module(name), overhead_(overhead) {
            for (std::size_t i = 0; i < outputs; ++i) out.emplace_back(("out" + std::to_string(i)).c_str(), shared);
            for (std::size_t i = 0; i < inputs; ++i)
                in.emplace_back(("in" + std::to_string(i)).c_str(), receiver<&Crossing::transport>(this));
        }

    private:
        void transport(Payload& payload) {
            Packet& packet = Packet::of(payload);
            OutputPort& port = out[out.size() == 1 ? 0 : packet.destination.port];
            port.forward(payload, packet, overhead_, LedgerPart::noc);
        }
        sim::Time overhead_;
    };
    static FabricConfig fabric_config(const RigConfig& rig) {
        FabricConfig config;
        config.timing = rig.timing;
        config.flit.vc_depth = rig.vc_depth;
        return config;
    }
    static NodeId node(unsigned sink) { return {.kind = NodeId::Kind::cube, .port = static_cast<std::uint8_t>(sink)}; }

    SipRouting routing_;
    Directory directory_;

public:
    Fabric fabric;
    sim::BlockList<Endpoint> sources, sinks;

private:
    Crossing merge_, split_;
};

}  // namespace ahbm::test
