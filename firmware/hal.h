// SPDX-License-Identifier: Apache-2.0
/// What firmware may ask of the CPU it runs on. The platform implements it inside each CPU's module; an instruction-set
/// simulator would implement it with loads, stores and a timer. No interrupts: programs wait for mail.
#pragma once

#include "firmware/abi/messages.h"
#include "sim/ids.h"
#include "sim/units.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ahbm::tl {
struct KernelArgs;
}

namespace ahbm::firmware {

/// Thrown by any waiting call of a Hal to end the program (end of simulation, reset). Not an error.
struct Shutdown {};

/// Which CPU this is, and how large the machine around it.
struct CpuIdentity {
    SipId sip;
    std::optional<CubeId> cube;  ///< M_CPU and PE_CPU
    std::optional<PeId> pe;      ///< PE_CPU
    unsigned cubes_per_sip = 0;
    unsigned pes_per_cube = 0;
};

/// IO_CPU has two inboxes, its mailbox and its completion queue; the other CPUs have one, and the choice has no effect.
enum class Inbox {
    any,          ///< completions before requests
    completions,  ///< leaves requests in the mailbox, whose back-pressure then reaches the sender
};

class Hal {
public:
    virtual ~Hal() = default;

    virtual const CpuIdentity& identity() const = 0;
    virtual sim::Time now() const = 0;

    /// The oldest message of the inbox; waits for one.
    virtual abi::Message wait_for_mail(Inbox inbox) = 0;
    /// Posted: returns when the write is queued, waits only while the outgoing queue is full. Writes leave in order.
    virtual void write(std::uint64_t address, std::span<const std::byte> bytes) = 0;
    /// Waits for the data. False: the target answered with an error.
    [[nodiscard]] virtual bool read(std::uint64_t address, std::span<std::byte> bytes) = 0;
    /// Waits until every write so far is acknowledged. False: one since the last fence was answered with an error.
    [[nodiscard]] virtual bool fence() = 0;

    /// Returns at once when `time` has passed.
    virtual void wait_until(sim::Time time) = 0;
    /// Processing time of this CPU.
    virtual void spend(sim::Time time) = 0;

    // The launch barrier of the SIP: wires of their own beside the fabric, with the latency of its paths and nothing on
    // them to wait for.
    /// IO_CPU, before it passes the launch on: which PEs (a mask per cube) must be ready before any of them starts.
    virtual void open_launch(std::uint64_t launch_id, std::span<const std::uint16_t> pe_masks) = 0;
    /// IO_CPU: every PE has answered.
    virtual void close_launch(std::uint64_t launch_id) = 0;
    /// A part of the launch has failed: the PEs that wait for its start, or run it, stop.
    virtual void abort_launch(std::uint64_t launch_id) = 0;
};

struct KernelOutcome {
    abi::Status status = abi::Status::ok;  ///< ok, kernel_error, or cancelled: the launch was aborted meanwhile
    std::string text;
    sim::Time closing_fence;  ///< from the end of the kernel's body until all it did was visible
};

/// PE_CPU also runs kernels.
class PeHal : public Hal {
public:
    virtual bool has_kernel(const std::string& name) const = 0;
    /// Tells the launch barrier that this PE is ready and waits until all are: returns when to start, the same for all
    /// of them and not in the past. Nothing: the launch was aborted.
    virtual std::optional<sim::Time> wait_for_start(std::uint64_t launch_id) = 0;
    /// Returns when the kernel and every command it issued are complete, and every store, queue tile and credit of them
    /// is visible. Errors of the kernel are outcomes, not throws.
    virtual KernelOutcome run_kernel(const std::string& name, const tl::KernelArgs& args) = 0;
};

}  // namespace ahbm::firmware
