// SPDX-License-Identifier: Apache-2.0
/// M_CPU: a cube's management CPU. Runs firmware/m_cpu natively on its mailbox and network interface.
/// Not modelled: instruction timing, private memory.
#pragma once

#include "firmware/m_cpu/m_cpu.h"
#include "models/cpu/native_hal.h"

#include <systemc>

namespace ahbm {

class MCpu : public sc_core::sc_module {
public:
    NativeHal hal;

    SC_HAS_PROCESS(MCpu);
    MCpu(const sc_core::sc_module_name& name, Fabric& fabric, const firmware::CpuIdentity& identity,
         const CpuConfig& config, const MailboxConfig& mailbox, const firmware::FirmwareConfig& firmware);

    const firmware::MCpu& program() const { return program_; }
    /// Restarts the program from a clean state.
    void reset() { hal.shut_down(); }

private:
    void run();

    firmware::MCpu program_;
};

}  // namespace ahbm
