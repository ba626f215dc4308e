// SPDX-License-Identifier: Apache-2.0
/// A UCIe port: one side of a die towards the facing die, made of independent connections. The port's overhead is paid
/// on each of the two dies of a crossing.
/// Not modelled: link training, retry, lane repair.
#pragma once

#include "interconnect/config/ucie_config.h"
#include "interconnect/fabric/output_port.h"
#include "sim/block_list.h"

#include <systemc>

namespace ahbm {

/// One connection: from this die's NoC to the facing die and back.
class UcieConnection : public sc_core::sc_module {
public:
    OutputPort to_die;  ///< towards the facing die
    OutputPort to_noc;  ///< towards this die's NoC
    InputPort from_die{"from_die", receiver<&UcieConnection::inward>(this)};
    InputPort from_noc{"from_noc", receiver<&UcieConnection::outward>(this)};

    UcieConnection(const sc_core::sc_module_name& name, Fabric& fabric, const UcieConfig& config);

    /// See Receiver.
    void expect(const Packet&) const {
        to_die.prefetch();
        to_noc.prefetch();
    }

    /// Joins two facing connections, both directions.
    static void join(UcieConnection& a, UcieConnection& b, const UcieConfig& config, sim::Time wire);

private:
    void outward(Payload& payload);
    void inward(Payload& payload);

    sim::Time overhead_;
};

class UciePort : public sc_core::sc_module {
public:
    UciePort(const sc_core::sc_module_name& name, Fabric& fabric, const UcieConfig& config);

    UcieConnection& connection(unsigned index) { return connections_[index]; }
    unsigned connections() const { return static_cast<unsigned>(connections_.size()); }
    /// Joins two facing ports connection by connection.
    static void join(UciePort& a, UciePort& b, const UcieConfig& config, sim::Time wire);

private:
    sim::BlockList<UcieConnection> connections_;
};

}  // namespace ahbm
