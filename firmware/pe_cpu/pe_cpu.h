// SPDX-License-Identifier: Apache-2.0
/// The program of PE_CPU: installs mappings in its PE_MMU and queue pairs in its PE_IPCQ, and runs kernels when
/// the launch barrier says so, one message at a time.
#pragma once

#include "firmware/gather.h"

namespace ahbm::firmware {

class PeCpu {
public:
    explicit PeCpu(const FirmwareConfig& config) : config_(config) {}

    /// Starts from a clean state; returns when the Hal throws Shutdown.
    void run(PeHal& hal);
    const Dropped& dropped() const { return dropped_; }

private:
    /// Each carries the request out and writes into the answer how that went.
    void execute(PeHal& hal, const abi::MmuMap& map, abi::Completion& answer);
    void execute(PeHal& hal, const abi::MmuUnmap& unmap, abi::Completion& answer);
    void execute(PeHal& hal, const abi::IpcqInit& init, abi::Completion& answer);
    void execute(PeHal& hal, const abi::IpcqReset& reset, abi::Completion& answer);
    void execute(PeHal& hal, const abi::KernelLaunch& launch, abi::Completion& answer);

    FirmwareConfig config_;
    Dropped dropped_;
};

}  // namespace ahbm::firmware
