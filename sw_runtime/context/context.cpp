// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/context/context.h"

#include "sw_runtime/launch/kernel_work.h"
#include "sw_runtime/tensor/npy.h"
#include "sw_runtime/tensor/storage.h"

#include <fmt/format.h>

#include <algorithm>

#include <charconv>
#include <stdexcept>
#include <utility>

namespace ahbm::runtime {

sim::Time LaunchResult::closing_fence() const {
    std::uint64_t longest = 0;
    for (const abi::PeSpan& span : spans) longest = std::max(longest, span.fence_ps);
    return sim::Time::ps(static_cast<std::int64_t>(longest));
}
namespace {

sim::Time time_of(std::uint64_t ps) {
    return ps == abi::no_time ? sim::Time{} : sim::Time::ps(static_cast<std::int64_t>(ps));
}

}  // namespace

LaunchResult result_of(const Work& work) {
    const abi::Completion& answer = work.completion;
    return {answer.status,
            answer.text,
            work.submitted,
            time_of(answer.received_ps),
            time_of(answer.target_start_ps),
            time_of(answer.exec_start_ps),
            time_of(answer.exec_end_ps),
            work.completed,
            answer.spans};
}

DeviceSelector DeviceSelector::parse(std::string_view text) {
    if (text == "all") return {};
    std::string_view number = text;
    if (number.starts_with("sip")) number.remove_prefix(3);
    if (number.starts_with(':')) number.remove_prefix(1);
    std::uint32_t sip = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), sip);
    if (!text.starts_with("sip") || error != std::errc{} || end != number.data() + number.size())
        throw std::invalid_argument(fmt::format("'{}' names no device: expected all, sip:0 or sip0", text));
    return {SipId{sip}};
}

Context::Context(DevicePort& port) : devices_(Devices::of(port)) {}

void Context::set_device(SipId sip) {
    devices_->stream(sip);  // is it there?
    device_ = sip;
    unset_warning_.clear();
}

SipId Context::choose_device() {
    if (!unset_warning_.empty()) devices_->port().warn(std::exchange(unset_warning_, {}));
    return device_;
}

Tensor Context::empty(const Shape& shape, Dtype dtype, const TensorOptions& options) {
    return Tensor(std::make_shared<Tensor::Storage>(devices_, shape, dtype, choose_device(), options));
}

Tensor Context::full(const Shape& shape, double value, Dtype dtype, const TensorOptions& options) {
    return from_host(has_data() ? filled(shape, dtype, value) : Array{shape, dtype, {}}, options);
}

Tensor Context::from_host(const Array& array, const TensorOptions& options) {
    Tensor tensor = empty(array.shape, array.dtype, options);
    tensor.copy_(array);
    return tensor;
}

Tensor Context::from_npy(const std::filesystem::path& path, const TensorOptions& options) {
    return from_host(load_npy(path), options);
}

LaunchHandle Context::launch(const std::string& kernel, const std::vector<Tensor>& tensors,
                             const std::vector<double>& scalars, const LaunchOptions& options) {
    const SipId sip = options.sip ? *options.sip : choose_device();
    WorkRef work = kernel_work({kernel, sip, tensors, scalars, options.pes, options.queue_group}, machine());
    // The arguments need no holding: they are unmapped and freed behind this launch at the earliest.
    if (options.completion)
        work->done = [completion = options.completion](const Work& done) { completion(result_of(done)); };
    devices_->stream(sip).enqueue(work);
    return {std::move(work), sip};
}

LaunchResult Context::wait(const LaunchHandle& launch) {
    if (!launch.work_) throw std::invalid_argument("waiting for a launch that was never made");
    devices_->stream(launch.sip_).wait(launch.work_);
    return result_of(*launch.work_);
}

}  // namespace ahbm::runtime
