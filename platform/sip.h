// SPDX-License-Identifier: Apache-2.0
/// Netlists of a SIP and of its IO chiplet.
#pragma once

#include "interconnect/io_noc/io_noc.h"
#include "models/io_cpu/io_cpu.h"
#include "models/pcie_ep/pcie_ep.h"
#include "platform/cube.h"
#include "sim/block_list.h"

namespace ahbm {

class IoChiplet : public sc_core::sc_module {
public:
    IoChiplet(const sc_core::sc_module_name& name, const Services& services, SipId sip,
              const std::vector<SipId>& neighbours);

    PcieEp pcie_ep;
    IoCpu io_cpu;
    IoNoc io_noc;
    sim::BlockList<UciePort> phys;
};

class Sip : public sc_core::sc_module {
public:
    Sip(const sc_core::sc_module_name& name, const Services& services, SipId sip, const std::vector<SipId>& neighbours);

    IoChiplet io0;
    Cube& cube(CubeId id) { return cubes_[id.value]; }

    void reset();

private:
    sim::BlockList<Cube> cubes_;
};

}  // namespace ahbm
