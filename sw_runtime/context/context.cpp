// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/context/context.h"

#include "sw_runtime/tensor/npy.h"
#include "sw_runtime/tensor/storage.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <stdexcept>

namespace ahbm::runtime {
namespace {

sim::Time time_of(std::uint64_t ps) {
    return ps == abi::no_time ? sim::Time{} : sim::Time::ps(static_cast<std::int64_t>(ps));
}

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

static_assert(static_cast<int>(Dtype::f16) == static_cast<int>(abi::ElementType::f16) &&
              static_cast<int>(Dtype::bf16) == static_cast<int>(abi::ElementType::bf16) &&
              static_cast<int>(Dtype::f32) == static_cast<int>(abi::ElementType::f32) &&
              static_cast<int>(Dtype::i32) == static_cast<int>(abi::ElementType::i32) &&
              static_cast<int>(Dtype::i8) == static_cast<int>(abi::ElementType::i8));

abi::TensorDescriptor describe(const Tensor& tensor) {
    abi::TensorDescriptor descriptor;
    descriptor.type = static_cast<abi::ElementType>(tensor.dtype());
    descriptor.rank = tensor.shape().rank;
    descriptor.block_rows = tensor.layout().block_rows;
    descriptor.block_cols = tensor.layout().block_cols;
    for (std::size_t i = 0; i < tensor.shape().rank; ++i) descriptor.dims[i] = tensor.shape()[i];
    descriptor.base = tensor.virtual_range().base;
    descriptor.bytes = tensor.virtual_range().bytes;
    return descriptor;
}

abi::ShardDescriptor describe(const Tensor& tensor, const ShardSpec& shard) {
    return {tensor.virtual_range().base + shard.offset, static_cast<std::uint32_t>(shard.rows),
            static_cast<std::uint32_t>(shard.cols), static_cast<std::uint32_t>(shard.first_row),
            static_cast<std::uint32_t>(shard.first_col)};
}

/// One section per PE that holds a shard of any tensor; without tensors one per PE of the SIP.
std::vector<abi::LaunchSection> sections_of(const std::vector<Tensor>& tensors, SipTopology topology) {
    std::map<PeCoord, std::vector<abi::ShardDescriptor>> shards;
    if (tensors.empty())
        for (std::uint32_t c = 0; c < topology.cubes; ++c)
            for (std::uint32_t p = 0; p < topology.pes; ++p) shards[{SipId{}, CubeId{c}, PeId{p}}];
    for (std::size_t i = 0; i < tensors.size(); ++i)
        for (const PlacedShard& shard : tensors[i].shards()) {
            auto& of_pe = shards[shard.spec.at];
            of_pe.resize(tensors.size());
            of_pe[i] = describe(tensors[i], shard.spec);
        }
    std::vector<abi::LaunchSection> sections;
    for (auto& [at, of_pe] : shards)
        sections.push_back(
            {static_cast<std::uint16_t>(at.cube.value), static_cast<std::uint16_t>(at.pe.value), std::move(of_pe)});
    return sections;
}

}  // namespace

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

Context::Context(DevicePort& port) : devices_(std::make_shared<Devices>(port)) {}

void Context::set_device(SipId sip) {
    devices_->stream(sip);  // is it there?
    device_ = sip;
}

Tensor Context::empty(const Shape& shape, Dtype dtype, const TensorOptions& options) {
    return Tensor(std::make_shared<Tensor::Storage>(devices_, shape, dtype, device_, options));
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
    const Machine& has = machine();
    const SipId sip = options.sip.value_or(device_);
    if (tensors.size() > has.max_tensors)
        throw std::invalid_argument(
            fmt::format("launch of '{}' with {} tensors: at most {}", kernel, tensors.size(), has.max_tensors));
    if (scalars.size() > has.max_scalars)
        throw std::invalid_argument(
            fmt::format("launch of '{}' with {} scalars: at most {}", kernel, scalars.size(), has.max_scalars));
    for (const Tensor& tensor : tensors)
        if (tensor.sip() != sip)
            throw std::invalid_argument(fmt::format("launch of '{}' on sip{}: '{}' is on sip{}", kernel, sip.value,
                                                    tensor.name(), tensor.sip().value));
    abi::KernelLaunch launch;
    launch.kernel = kernel;
    launch.scalars = scalars;
    launch.header.sip = static_cast<std::uint16_t>(sip.value);
    for (const Tensor& tensor : tensors) launch.tensors.push_back(describe(tensor));
    launch.sections = sections_of(tensors, devices_->topology());
    for (const abi::LaunchSection& section : launch.sections) {
        launch.header.cube_mask |= static_cast<std::uint16_t>(1u << section.cube);
        launch.header.pe_mask |= static_cast<std::uint16_t>(1u << section.pe);
    }
    auto work = std::make_shared<Work>();
    work->kind = WorkKind::launch;
    work->what = fmt::format("launch of '{}'", kernel);
    work->requests.push_back(abi::encode(launch));
    // The arguments need no holding: they are unmapped and freed behind this launch at the earliest.
    if (options.completion)
        work->done = [completion = options.completion](const Work& done) { completion(result_of(done)); };
    devices_->stream(sip).enqueue(work);
    return {work, sip};
}

LaunchResult Context::wait(const LaunchHandle& launch) {
    if (!launch.work_) throw std::invalid_argument("waiting for a launch that was never made");
    devices_->stream(launch.sip_).wait(launch.work_);
    return result_of(*launch.work_);
}

}  // namespace ahbm::runtime
