// SPDX-License-Identifier: Apache-2.0
#include "models/io_cpu/io_cpu.h"

namespace ahbm {

IoCpu::IoCpu(const sc_core::sc_module_name& name, Fabric& fabric, const firmware::CpuIdentity& identity,
             const CpuConfig& config, const MailboxConfig& mailbox, const firmware::FirmwareConfig& firmware)
    : sc_module(name), hal(fabric, identity, config, mailbox), program_(firmware) {
    SC_THREAD(run);
}

void IoCpu::run() {
    for (;;) program_.run(hal);  // returns on reset
}

}  // namespace ahbm
