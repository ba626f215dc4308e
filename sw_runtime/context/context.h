// SPDX-License-Identifier: Apache-2.0
/// Where a host program starts: makes tensors on a device and launches kernels.
///
///     Context ctx(port);
///     Tensor a = ctx.from_host(array, {.policy = {Split::row_wise, Split::row_wise}, .name = "a"});
///     Tensor b = ctx.zeros({64, 64}, Dtype::f16);
///     LaunchResult r = ctx.wait(ctx.launch("copy", {b, a}));
///
/// Work on one SIP is ordered as on a stream. Ranks, process groups and collectives are not here.
#pragma once

#include "sw_runtime/tensor/tensor.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm::runtime {

/// Which SIPs a user names: "all", "sip:0", "sip0".
struct DeviceSelector {
    std::optional<SipId> sip;  ///< none: all
    /// Throws std::invalid_argument naming the forms.
    static DeviceSelector parse(std::string_view text);
};

/// How a launch went, in simulated time.
struct LaunchResult {
    abi::Status status = abi::Status::ok;
    std::string text;
    sim::Time submitted;             ///< the request left the host
    sim::Time received;              ///< IO_CPU took it up
    sim::Time target_start;          ///< the launch barrier: every PE starts then
    sim::Time exec_start;            ///< earliest and
    sim::Time exec_end;              ///< latest of all PEs
    sim::Time completed;             ///< the completion reached the host
    std::vector<abi::PeSpan> spans;  ///< per PE

    sim::Time total() const { return completed - submitted; }
    sim::Time dispatch() const { return target_start - submitted; }
    sim::Time execution() const { return exec_end - exec_start; }
    sim::Time network() const { return total() - execution(); }
    /// The longest time that a PE, at the end of its kernel, waited for what it had stored and sent to be visible.
    sim::Time closing_fence() const;
};

struct LaunchOptions {
    std::optional<SipId> sip;       ///< default: the context's current device
    std::vector<PeCoord> pes{};     ///< exactly these run it, with a shard or without; default: those with a shard
    std::uint32_t queue_group = 0;  ///< whose queue pairs it uses, as a process group installed them
    /// Called once when the launch is complete, whatever its status, in the event that brings the answer: must not
    /// wait.
    std::function<void(const LaunchResult&)> completion;
};

/// Of work that is complete.
LaunchResult result_of(const Work& work);

/// A launch under way. A handle: copies mean the same launch.
class LaunchHandle {
public:
    LaunchHandle() = default;

private:
    friend class Context;
    LaunchHandle(WorkRef work, SipId sip) : work_(std::move(work)), sip_(sip) {}
    WorkRef work_;
    SipId sip_;
};

/// All contexts on one port, and their copies, share the machine and its memory; each has its own current device, so
/// every rank works with its own copy.
class Context {
public:
    explicit Context(DevicePort& port);

    /// The SIP that tensors are made on from now on. Throws std::out_of_range.
    void set_device(SipId sip);
    SipId device() const { return device_; }
    const Machine& machine() const { return devices_->machine(); }
    sim::Time now() const { return devices_->port().now(); }
    bool has_data() const { return devices_->port().has_data(); }

    /// Memory nobody has written: reading it is reported.
    Tensor empty(const Shape& shape, Dtype dtype, const TensorOptions& options = {});
    Tensor zeros(const Shape& shape, Dtype dtype, const TensorOptions& options = {}) {
        return full(shape, 0.0, dtype, options);
    }
    Tensor full(const Shape& shape, double value, Dtype dtype, const TensorOptions& options = {});
    Tensor from_host(const Array& array, const TensorOptions& options = {});
    /// Throws NpyError.
    Tensor from_npy(const std::filesystem::path& path, const TensorOptions& options = {});

    /// Runs a kernel on the PEs of one SIP that hold a shard of an argument; without tensors, on all of them. Does not
    /// wait. Throws std::invalid_argument: too many arguments, a tensor on another SIP.
    LaunchHandle launch(const std::string& kernel, const std::vector<Tensor>& tensors,
                        const std::vector<double>& scalars = {}, const LaunchOptions& options = {});
    /// Waits for one launch; throws LaunchError when it did not end well. May be asked again.
    LaunchResult wait(const LaunchHandle& launch);
    /// Waits for everything pending on the current device.
    void synchronize() { devices_->stream(device_).synchronize(); }

private:
    friend class Rank;
    friend class World;
    /// The device for what comes now; tells once when nobody has set it though several ranks should.
    SipId choose_device();

    std::shared_ptr<Devices> devices_;
    SipId device_;
    std::string unset_warning_;
};

}  // namespace ahbm::runtime
