// SPDX-License-Identifier: Apache-2.0
/// Runs firmware natively inside a CPU's module: the hardware abstraction layer on top of the module's network
/// interface and mailboxes. Its waiting calls are SystemC waits of the module's thread.
/// Not modelled: instruction timing; firmware states its processing time through spend().
#pragma once

#include "firmware/hal.h"
#include "firmware/tl/backend.h"
#include "models/endpoints/mailbox.h"
#include "models/launch_barrier/launch_barrier.h"
#include "sim/alarm.h"
#include "sim/config/check.h"
#include "sim/config/codec.h"

#include <functional>
#include <optional>
#include <set>

namespace ahbm {

struct CpuConfig {
    unsigned posted_writes = 32;
    template <class V>
    void fields(V& v) {
        v("posted_writes", posted_writes, "packets of a CPU in flight before a write waits (assumption)",
          config::range(1, 65536));
    }
    void validate(config::Check& check) const {
        if (posted_writes == 0) check.fail("posted_writes", "at least 1 is expected");
    }
};

/// Runs one kernel on a PE; PE_CPU's part of the Hal.
class KernelRunner {
public:
    virtual ~KernelRunner() = default;
    virtual bool has_kernel(const std::string& name) const = 0;
    virtual firmware::KernelOutcome run(const std::string& name, const tl::KernelArgs& args) = 0;
    /// Ends the running kernel, if there is one, at its next call of the kernel language.
    virtual void cancel() = 0;
};

class NativeHal final : public firmware::PeHal, private PacketClient {
public:
    NetworkInterface fabric;
    Mailbox mailbox;      ///< requests
    Mailbox completions;  ///< answers, of IO_CPU only

    NativeHal(Fabric& shared, const firmware::CpuIdentity& identity, const CpuConfig& config,
              const MailboxConfig& mailbox_config);

    void set_kernel_runner(KernelRunner& runner) { runner_ = &runner; }
    /// Ends the program at its next waiting call.
    void shut_down();

    const firmware::CpuIdentity& identity() const override { return identity_; }
    sim::Time now() const override { return fabric.fabric().now(); }
    abi::Message wait_for_mail(firmware::Inbox inbox) override;
    void write(std::uint64_t address, std::span<const std::byte> bytes) override;
    bool read(std::uint64_t address, std::span<std::byte> bytes) override;
    bool fence() override;
    void wait_until(sim::Time time) override;
    void spend(sim::Time time) override { wait_until(now() + time); }
    void open_launch(std::uint64_t launch_id, std::span<const std::uint16_t> pe_masks) override;
    void close_launch(std::uint64_t launch_id) override;
    void abort_launch(std::uint64_t launch_id) override;
    std::optional<sim::Time> wait_for_start(std::uint64_t launch_id) override;
    bool has_kernel(const std::string& name) const override { return runner_ != nullptr && runner_->has_kernel(name); }
    firmware::KernelOutcome run_kernel(const std::string& name, const tl::KernelArgs& args) override;

    bool waiting_for_mail() const { return waiting_for_mail_; }

private:
    void handle_request(Payload& payload, Packet& packet) override;
    void handle_response(Payload& payload, Packet& packet) override;
    void handle_debug(Payload& payload, Packet& packet) override;
    void abort_all(std::uint64_t payload);
    void take_signal(const abi::LaunchSignal& signal);
    void finish(std::uint64_t payload);
    void pause(sc_core::sc_event& event);

    firmware::CpuIdentity identity_;
    CpuConfig config_;
    MessageSender sender_;
    KernelRunner* runner_ = nullptr;
    SignalWires wires_;
    LaunchBarrier barrier_;            ///< of IO_CPU only
    std::uint64_t launch_ = 0;         ///< of PE_CPU: the one that it works on, or worked on last
    std::optional<sim::Time> start_;   ///< of that one, when the barrier has told
    std::set<std::uint64_t> aborted_;  ///< launches that are not over here
    bool write_failed_ = false;
    bool shutting_down_ = false;
    bool waiting_for_mail_ = false;
    sc_core::sc_event acknowledged_;
    sc_core::sc_event wake_;
    sim::Alarm alarm_;
    std::span<std::byte> read_into_;
    bool read_done_ = false;
    bool read_ok_ = false;
};

}  // namespace ahbm
