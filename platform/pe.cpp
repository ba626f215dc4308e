// SPDX-License-Identifier: Apache-2.0
#include "platform/pe.h"

namespace ahbm {

Pe::Pe(const sc_core::sc_module_name& name, const Services& services, PeCoord self)
    : sc_module(name),
      tcm("tcm", services.config.sip.cube.pe.tcm, services.fabric.wheel(), services.recorder),
      mmu("mmu", services.config.sip.cube.pe.mmu),
      dma("dma", services.fabric, self, services.recorder),
      ipcq("ipcq", services.config.sip.cube.pe.ipcq, {self, services.fabric.directory().memory_map()},
           services.fabric.wheel(), services.recorder, services.log),
      fetch_store("fetch_store", services.config.sip.cube.pe.fetch_store, services.fabric.wheel(), services.recorder),
      gemm(services.models.pe_gemm.at(services.config.sip.cube.pe.gemm.impl)("gemm", services)),
      math(services.models.pe_math.at(services.config.sip.cube.pe.math.impl)("math", services)),
      scheduler("scheduler", services.config.sip.cube.pe.scheduler, services.config.sip.cube.pe.gemm,
                services.config.sip.cube.pe.tcm, tcm.name(), services.fabric.wheel(), services.recorder),
      cpu("cpu", services.fabric, {self, services.cubes(), services.pes(), &services.kernels},
          {services.config.sip.cube.pe.cpu, services.config.sip.cube.pe.gemm, services.config.sip.cube.pe.tcm,
           services.config.cpu, services.config.mailbox, services.config.firmware},
          services.recorder, services.log) {
    cpu.kernels.scheduler.bind(scheduler.commands);
    cpu.kernels.tcm.bind(tcm.cpu);
    scheduler.dma.bind(dma.control);
    scheduler.fetch_store.bind(fetch_store.control);
    scheduler.gemm.bind(gemm->jobs());
    scheduler.math.bind(math->jobs());
    fetch_store.tcm.bind(tcm.fetch_store);
    cpu.kernels.ipcq.bind(ipcq.cpu);
    scheduler.ipcq.bind(ipcq.control);
    ipcq.dma.bind(dma.comm);
    ipcq.tcm.bind(tcm.ipcq);
    dma.ipcq.bind(ipcq.arrivals);
    dma.tcm.bind(tcm.dma);
    dma.translate.bind(mmu.translate);
    dma.mmu_registers.bind(mmu.registers);

    // PE_DMA is the PE's port on the NoC: PE_CPU reaches the fabric through it.
    const sim::Bandwidth bandwidth = services.config.sip.cube.noc.link_bandwidth;
    cpu.hal.fabric.out.connect(dma.from_cpu, bandwidth, {}, LedgerPart::noc, OutputPort::Cut::not_at_all);
    dma.to_cpu.connect(cpu.hal.fabric.in, bandwidth, {}, LedgerPart::noc, OutputPort::Cut::not_at_all);
    dma.fabric.set_node(services.fabric.directory().pe(self));
    cpu.hal.fabric.set_node(services.fabric.directory().pe(self, NodeId::Unit::cpu));
}

void Pe::reset() {
    cpu.reset();
    scheduler.reset();
    dma.reset();
    ipcq.reset();
    fetch_store.reset();
    gemm->reset();
    math->reset();
    mmu.reset();
    tcm.reset();
}

}  // namespace ahbm
