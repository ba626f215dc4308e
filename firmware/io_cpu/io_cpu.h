// SPDX-License-Identifier: Apache-2.0
/// The program of IO_CPU, a SIP's command processor: takes the host's requests in order, fans each out to the M_CPUs of
/// its target cubes, gathers their answers and posts one Completion to the host.
/// Not here: host DMA (memory_write and memory_read never reach a CPU), retries, priorities.
#pragma once

#include "firmware/gather.h"

namespace ahbm::firmware {

class IoCpu {
public:
    explicit IoCpu(const FirmwareConfig& config) : config_(config) {}

    /// Starts from a clean state; returns when the Hal throws Shutdown.
    void run(Hal& hal);
    const Dropped& dropped() const { return dropped_; }

private:
    void start_request(Hal& hal, const abi::Message& mail, sim::Time received_at);
    void take_completion(Hal& hal, const abi::Message& mail);

    FirmwareConfig config_;
    InFlight in_flight_;
    Dropped dropped_;
    std::uint64_t launches_ = 0;
};

}  // namespace ahbm::firmware
