// SPDX-License-Identifier: Apache-2.0
/// One router of a cube NoC: up to four neighbours (routers, or UCIe connections at the edge of the cube) and local
/// ports for the blocks that hang on it. Cut-through; routes by decoded destination through the SIP's table.
/// Its buffers are at the far ends of the links that lead here, and finite in `flit` timing only (flit_port.h).
#pragma once

#include "interconnect/fabric/output_port.h"
#include "sim/block_list.h"

#include <boost/container/small_vector.hpp>
#include <systemc>

namespace ahbm {

class Router : public sc_core::sc_module {
public:
    Router(const sc_core::sc_module_name& name, Fabric& fabric, SipId sip, RouterId id, unsigned local_ports,
           sim::Time overhead);

    OutputPort& output(Direction side) const { return *to_[static_cast<std::size_t>(side)]; }
    InputPort& input(Direction side) { return inputs_[static_cast<std::size_t>(side)]; }
    OutputPort& local_output(std::uint8_t port) const { return *to_[kLocal + port]; }
    InputPort& local_input(std::uint8_t port) { return inputs_[kLocal + port]; }

    /// See Receiver.
    void expect(const Packet& packet) const { route(packet).prefetch(); }

private:
    static constexpr std::size_t kLocal = 4;

    void transport(Payload& payload);
    OutputPort& route(const Packet& packet) const;
    void add_port(const std::string& to);

    Fabric& fabric_;
    const SipRouting& routing_;
    SipId sip_;
    RouterId id_;
    sim::Time overhead_;
    boost::container::small_vector<OutputPort*, 8> to_;  ///< north, east, south, west, then local ports
    sim::BlockList<OutputPort> outputs_;
    sim::BlockList<InputPort> inputs_;
};

}  // namespace ahbm
