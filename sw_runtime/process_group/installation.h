// SPDX-License-Identifier: Apache-2.0
/// Queue pairs made real: rings in device memory, and one IpcqInit per PE, all under one queue group. Each rank
/// installs the PEs of its own SIP; kernels may use the group when all have.
#pragma once

#include "sw_runtime/devices.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ahbm::runtime {

/// One end of a queue pair.
struct QueueEnd {
    PeCoord at;
    std::string direction;
    auto operator<=>(const QueueEnd&) const = default;
};

/// Which PEs are connected, and how.
struct Wiring {
    std::string name;                    ///< for messages: "ring_allreduce"
    std::map<QueueEnd, QueueEnd> pairs;  ///< every end and its peer, both ways
    abi::BufferKind buffer = abi::BufferKind::tcm;
    std::uint32_t n_slots = 4;
    std::uint32_t slot_bytes = 4096;
    /// The policies; group, target and queues are filled in per PE.
    abi::IpcqInit policies;
};

class Installation : public std::enable_shared_from_this<Installation> {
public:
    /// Takes the rings from the pools; in TCM from the top, because kernels use it from the bottom. Throws OutOfMemory.
    Installation(const std::shared_ptr<Devices>& devices, Wiring wiring, std::uint16_t queue_group);
    ~Installation();
    Installation(const Installation&) = delete;

    std::uint16_t queue_group() const { return queue_group_; }

    /// Puts one IpcqInit per PE of this SIP into its stream, side by side and in front of later launches; once.
    void install(SipId sip);
    /// All SIPs have answered.
    bool settled() const { return open_ == 0; }
    /// Why it cannot be used: the first IpcqInit that was refused.
    std::exception_ptr error() const { return error_; }
    /// `act` is called when it is settled, now or later. It must not wait.
    void when_settled(std::function<void()> act);

    /// Takes the queue pairs of one SIP out again, behind its launches. When all SIPs have done so the rings go back to
    /// the pools. Empty when there is nothing to take out.
    WorkRef remove(SipId sip);

private:
    enum class State : std::uint8_t { absent, installing, installed, removed };
    void place_rings();
    void free_rings();
    abi::Message init_of(PeCoord at, const std::vector<abi::QueuePairEntry>& queues) const;
    void answered(SipId sip, const Work& work);

    std::weak_ptr<Devices> devices_;
    Wiring wiring_;
    std::uint16_t queue_group_;
    std::map<QueueEnd, PhysAddr> rings_;
    std::map<SipId, State> sips_;
    std::size_t open_ = 0;     ///< SIPs that have not answered
    std::size_t removed_ = 0;  ///< SIPs without its queue pairs again
    std::exception_ptr error_;
    std::vector<std::function<void()>> waiting_;
};

}  // namespace ahbm::runtime
