// SPDX-License-Identifier: Apache-2.0
/// Test equipment on a router: sends packets that nothing answers, and takes in those of others. A packet that is
/// injected waits in an infinite queue until the link to the router is free; its latency begins when it is injected.
/// Not modelled: who decides what to inject (platform/traffic), a finite source queue, answers.
#pragma once

#include "interconnect/fabric/network_interface.h"

#include <systemc>

#include <cstdint>
#include <deque>

namespace ahbm {

class TrafficInjector : public sc_core::sc_module, private PacketClient {
public:
    NetworkInterface fabric;

    TrafficInjector(const sc_core::sc_module_name& name, Fabric& shared);

    /// Told of what arrives anywhere.
    class Sink {
    public:
        virtual ~Sink() = default;
        /// A packet has arrived here or, in the timings that know ahead, is to arrive until packet.tail. Whoever is
        /// told hands the payload to fabric.finish() of the injector that sent it.
        virtual void delivered(Payload& payload, const Packet& packet) = 0;
    };
    void set_sink(Sink* sink) { sink_ = sink; }

    /// Queues a packet now; `cookie` is the sink's own.
    void inject(NodeId to, std::uint32_t bytes, std::uint64_t cookie);
    /// Forgets what is still in the queue.
    void clear() { queue_.clear(); }
    std::size_t queued() const { return queue_.size(); }

private:
    struct Waiting {
        sim::Time since;
        NodeId to;
        std::uint32_t bytes;
        std::uint64_t cookie;
    };
    void send_next();
    void sent(std::uint64_t);
    void handle_request(Payload& payload, Packet& packet) override;
    void handle_response(Payload& payload, Packet& packet) override;

    Sink* sink_ = nullptr;
    std::deque<Waiting> queue_;
    bool sending_ = false;
};

}  // namespace ahbm
