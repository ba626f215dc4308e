// SPDX-License-Identifier: Apache-2.0
/// IO_CPU: a SIP's command processor. Runs firmware/io_cpu natively on its mailbox and network interface.
/// Not modelled: instruction timing, private memory.
#pragma once

#include "firmware/io_cpu/io_cpu.h"
#include "models/cpu/native_hal.h"

#include <systemc>

namespace ahbm {

class IoCpu : public sc_core::sc_module {
public:
    NativeHal hal;

    SC_HAS_PROCESS(IoCpu);
    IoCpu(const sc_core::sc_module_name& name, Fabric& fabric, const firmware::CpuIdentity& identity,
          const CpuConfig& config, const MailboxConfig& mailbox, const firmware::FirmwareConfig& firmware);

    const firmware::IoCpu& program() const { return program_; }
    /// Restarts the program from a clean state.
    void reset() { hal.shut_down(); }

private:
    void run();

    firmware::IoCpu program_;
};

}  // namespace ahbm
