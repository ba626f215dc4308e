// SPDX-License-Identifier: Apache-2.0
/// What the SystemC kernel itself costs on this machine, measured in the same process as the platform: the floor that
/// every other figure is printed beside.
#pragma once

#include <systemc>

#include <memory>

namespace ahbm::bench {

class KernelFloor {
public:
    /// To be made before the simulation starts, like any module.
    KernelFloor();
    ~KernelFloor();

    /// Registers kernel_event/64, kernel_event/1024, kernel_thread and socket_hop.
    void register_benchmarks();

private:
    class TimedMethods;
    class PingPong;
    class SocketPair;
    std::unique_ptr<TimedMethods> few_, many_;
    std::unique_ptr<PingPong> threads_;
    std::unique_ptr<SocketPair> sockets_;
};

}  // namespace ahbm::bench
