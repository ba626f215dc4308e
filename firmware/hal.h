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

/// A write on an otherwise idle fabric.
struct WriteTiming {
    sim::Time latency;    ///< from the store until the receiving program can take the message from its mailbox
    sim::Time occupancy;  ///< how long it holds the slowest link of its way: the least distance to a write behind it
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

    /// Cost of a message of `bytes` from one CPU to another, both named by their mailbox address.
    struct Leg {
        std::uint64_t from = 0;
        std::uint64_t to = 0;
        std::uint64_t bytes = 0;
    };
    virtual WriteTiming write_timing(const Leg& leg) const = 0;
};

struct KernelOutcome {
    abi::Status status = abi::Status::ok;  ///< ok, kernel_error or mmu_fault
    std::string text;
};

/// PE_CPU also runs kernels.
class PeHal : public Hal {
public:
    virtual bool has_kernel(const std::string& name) const = 0;
    /// Returns when the kernel and every command it issued are complete. Errors of the kernel are outcomes, not throws.
    virtual KernelOutcome run_kernel(const std::string& name, const tl::KernelArgs& args) = 0;
};

}  // namespace ahbm::firmware
