// SPDX-License-Identifier: Apache-2.0
#include "models/pe_cpu/pe_cpu.h"

namespace ahbm {

PeCpu::PeCpu(const sc_core::sc_module_name& name, Fabric& fabric, const KernelContext::Surroundings& surroundings,
             const Configs& configs, shadow::Recorder& recorder, sim::Log& log)
    : sc_module(name),
      hal(fabric,
          {surroundings.self.sip, surroundings.self.cube, surroundings.self.pe, surroundings.cubes_per_sip,
           surroundings.pes_per_cube},
          configs.cpu, configs.mailbox),
      kernels(fabric, surroundings, configs.pe_cpu, configs.gemm, configs.tcm, recorder, log),
      program_(configs.firmware) {
    hal.set_kernel_runner(kernels);
    SC_THREAD(run);
}

void PeCpu::run() {
    for (;;) program_.run(hal);  // returns on reset
}

}  // namespace ahbm
