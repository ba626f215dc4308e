// SPDX-License-Identifier: Apache-2.0
/// PE_CPU: runs firmware/pe_cpu natively, which runs the kernels. Its network interface goes through PE_DMA, the PE's
/// port on the cube NoC.
/// Not modelled: instruction timing; a kernel pays a fixed number of cycles per call of the kernel language.
#pragma once

#include "firmware/pe_cpu/pe_cpu.h"
#include "models/pe_cpu/kernel_context.h"

#include <systemc>

namespace ahbm {

class PeCpu : public sc_core::sc_module {
public:
    NativeHal hal;
    KernelContext kernels;

    struct Configs {
        const PeCpuConfig& pe_cpu;
        const PeGemmConfig& gemm;
        const PeTcmConfig& tcm;
        const CpuConfig& cpu;
        const MailboxConfig& mailbox;
        const firmware::FirmwareConfig& firmware;
    };
    SC_HAS_PROCESS(PeCpu);
    PeCpu(const sc_core::sc_module_name& name, Fabric& fabric, const KernelContext::Surroundings& surroundings,
          const Configs& configs, shadow::Recorder& recorder, sim::Log& log);

    const firmware::PeCpu& program() const { return program_; }
    void reset() { hal.shut_down(); }

private:
    void run();

    firmware::PeCpu program_;
};

}  // namespace ahbm
