// SPDX-License-Identifier: Apache-2.0
/// The program of M_CPU, a cube's management CPU: fans IO_CPU's requests out to the PEs that have a part in them and
/// answers with one Completion for the cube. A PE that fails aborts
/// the launch for all of its PEs.
#pragma once

#include "firmware/gather.h"

namespace ahbm::firmware {

class MCpu {
public:
    explicit MCpu(const FirmwareConfig& config) : config_(config) {}

    /// Starts from a clean state; returns when the Hal throws Shutdown.
    void run(Hal& hal);
    const Dropped& dropped() const { return dropped_; }

private:
    void start_request(Hal& hal, const abi::Message& mail);
    void take_completion(Hal& hal, const abi::Message& mail);

    FirmwareConfig config_;
    InFlight in_flight_;
    Dropped dropped_;
};

}  // namespace ahbm::firmware
