// SPDX-License-Identifier: Apache-2.0
/// The runtime's port to a simulated system: requests go to its host block, waiting is a SystemC wait.
#pragma once

#include "platform/system.h"
#include "sw_runtime/device_port.h"

#include <systemc>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ahbm {

class HostPort final : public runtime::DevicePort {
public:
    /// Requests count from here on, apart from cookies of users who submit to the host themselves.
    static constexpr std::uint64_t kFirstCookie = std::uint64_t{1} << 63;

    explicit HostPort(System& system);
    ~HostPort() override { close(); }

    const runtime::Machine& machine() const override { return machine_; }
    sim::Time now() const override { return system_.wheel().now(); }
    bool has_data() const override { return system_.recorder().enabled(); }
    void write_host(std::uint64_t address, std::vector<std::byte> bytes) override;
    std::vector<std::byte> read_host(std::uint64_t address, std::uint64_t bytes) override;
    void submit(abi::Message request, Done done) override;
    void abort_launches(SipId sip) override;
    void wait() override;
    void wake() override { woken_.notify(sc_core::SC_ZERO_TIME); }
    void spawn(std::vector<std::function<void()>> functions) override;
    void warn(const std::string& text) override { system_.log().warning(now(), "runtime", text); }
    void set_explainer(std::function<std::string()> explain) override { explainer_ = std::move(explain); }
    /// Lines about what the host program waits for; may be empty.
    std::string explanation() const { return explainer_ ? explainer_() : std::string(); }
    void forget(PhysAddr address, std::uint64_t bytes) override;

private:
    bool completed(std::uint64_t cookie, const abi::Completion& completion);

    System& system_;
    runtime::Machine machine_;
    std::uint64_t next_cookie_ = kFirstCookie;
    std::map<std::uint64_t, Done> open_;
    bool submitting_ = false;
    std::vector<std::pair<Done, abi::Completion>> refused_;  ///< answered inside submit(): told at the next wait
    sc_core::sc_event woken_;
    std::function<std::string()> explainer_;
};

}  // namespace ahbm
