// SPDX-License-Identifier: Apache-2.0
/// The order of one SIP's work: a queue that hands each piece to the hardware when what it must follow is complete.
/// - A launch follows everything in front of it: a PE that is still busy would miss the launch barrier.
/// - Transfers and mappings follow the launches and transfers in front of them; mappings hold up only launches. Among
///   themselves mappings keep their order because the mailboxes do.
/// Putting work in never waits, so a rank inside a collective cannot block its siblings by it.
/// Not modelled: several streams per SIP, overlap of transfers with kernels.
#pragma once

#include "sw_runtime/device_port.h"
#include "sw_runtime/launch/waiting.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ahbm::runtime {

/// The hardware could not do what it was asked to; says what and why.
class DeviceError : public std::runtime_error {
public:
    explicit DeviceError(const std::string& text, abi::Status status = abi::Status::ok)
        : std::runtime_error(text), status_(status) {}
    /// What the hardware answered; ok: it was not asked.
    abi::Status status() const { return status_; }

private:
    abi::Status status_;
};

/// A kernel did not end well, or did not run: what() names kernel, PE and reason.
class LaunchError : public DeviceError {
public:
    using DeviceError::DeviceError;
};

enum class WorkKind : std::uint8_t { mapping, transfer, launch };

/// One or more requests that run side by side.
struct Work {
    WorkKind kind;
    std::string what;  ///< for messages: "launch of 'gemm'"
    std::vector<abi::Message> requests;
    std::function<void(const Work&)> done;  ///< called once; dropped together with what it holds when complete

    std::uint64_t number = 0;  ///< of a mapping: its place among those started
    std::size_t open = 0;      ///< requests handed over and not answered
    bool held = false;         ///< waits for Stream::release, and what is behind it with it
    bool started = false;
    bool complete = false;
    sim::Time submitted;         ///< when the hardware got it, which may be later than when it was put in
    sim::Time completed;         ///< when the last answer reached the host
    abi::Completion completion;  ///< the worst answer
    std::exception_ptr error;
};
using WorkRef = std::shared_ptr<Work>;

class Stream : public std::enable_shared_from_this<Stream> {
public:
    Stream(DevicePort& port, Waiting& waiting) : port_(port), waiting_(waiting) {}

    void enqueue(WorkRef work);
    /// Throws the work's error, each time it is asked.
    void wait(const WorkRef& work);
    /// Waits for the launches and transfers that are in now. Throws the first error that nobody has seen yet.
    void barrier();
    /// Waits for the mappings that are in now as well. Throws as barrier() does.
    void synchronize();
    /// Waits until the work in front is complete; false when there is none. Errors stay with who asks for them.
    bool wait_for_front();

    /// Lets a held piece of work take its turn.
    void release(const WorkRef& work);
    /// Ends work that has not started with this error.
    void fail(const WorkRef& work, std::exception_ptr error);
    /// Fails every launch and transfer that has not started. Mappings stay: they follow tensors, which live on.
    void drop(const std::string& why);
    bool launch_under_way() const;
    /// Pieces of work looked at so far: what keeping the order costs.
    std::uint64_t steps() const { return steps_; }
    /// Waits until nothing is left, and forgets the errors nobody has seen.
    void drain();

private:
    void advance();
    const WorkRef* front() const;
    void start(const WorkRef& work);
    void answered(const WorkRef& work, const abi::Completion& completion);
    void finish(const WorkRef& work, std::exception_ptr error);

    DevicePort& port_;
    Waiting& waiting_;
    /// Not complete, in order: mappings under way, then, from the first launch or transfer on, what waits for it.
    std::map<std::uint64_t, WorkRef> mappings_;
    std::list<WorkRef> queue_;
    std::uint64_t numbers_ = 0;  ///< of mappings started
    std::uint64_t steps_ = 0;
    std::vector<WorkRef> failed_;  ///< nobody has seen their error
};

}  // namespace ahbm::runtime
