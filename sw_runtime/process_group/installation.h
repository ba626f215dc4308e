// SPDX-License-Identifier: Apache-2.0
/// An install plan made real: its rings in device memory, and its queue pairs in the PEs as one queue group. Each rank
/// installs the PEs of its own SIP; kernels may use the group when all have.
#pragma once

#include "sw_runtime/collectives/install_plan.h"
#include "sw_runtime/devices.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ahbm::runtime {

class Installation : public std::enable_shared_from_this<Installation> {
public:
    /// Takes the rings from the pools; in TCM from the top, because kernels use it from the bottom. Throws OutOfMemory.
    Installation(const std::shared_ptr<Devices>& devices, std::string name, collectives::InstallPlan plan,
                 std::uint16_t queue_group);
    ~Installation();
    Installation(const Installation&) = delete;

    const std::string& name() const { return name_; }
    const collectives::InstallPlan& plan() const { return plan_; }
    std::uint16_t queue_group() const { return queue_group_; }

    /// Puts one IpcqInit per PE of this SIP into its stream, side by side, in front of launches; once.
    void install(SipId sip);
    bool installed(SipId sip) const { return sips_.at(sip) == State::installed; }
    /// All SIPs are installed, or one has failed; `act` is called then, now or later.
    void when_settled(std::function<void()> act);
    /// Why it cannot be used: the first IpcqInit that was refused.
    std::exception_ptr error() const { return error_; }
    bool settled() const;

    /// Takes the queue pairs of one SIP out, behind its launches. Null when there are none.
    WorkRef remove(SipId sip);

private:
    enum class State : std::uint8_t { absent, installing, installed, failed };
    void installed(SipId sip, const Work& work);

    std::shared_ptr<Devices> devices_;
    std::string name_;
    collectives::InstallPlan plan_;
    std::uint16_t queue_group_;
    std::map<collectives::QueueEnd, PhysAddr> rings_;
    std::map<SipId, State> sips_;
    std::exception_ptr error_;
    std::vector<std::function<void()>> waiting_;
};

}  // namespace ahbm::runtime
