// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/launch/kernel_work.h"

#include <fmt/format.h>

#include <map>
#include <stdexcept>
#include <utility>

namespace ahbm::runtime {
namespace {

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

/// Without PEs named: those that hold a shard of any tensor; without tensors all of the SIP.
std::vector<abi::LaunchSection> sections_of(const KernelCall& call, const DeviceMemory& has) {
    std::map<PeCoord, std::vector<abi::ShardDescriptor>> shards;
    const std::vector<abi::ShardDescriptor> nothing(call.tensors.size());
    for (const PeCoord at : call.pes) shards.emplace(at, nothing);
    if (call.pes.empty() && call.tensors.empty())
        for (std::uint32_t c = 0; c < has.cubes; ++c)
            for (std::uint32_t p = 0; p < has.pes; ++p) shards[{call.sip, CubeId{c}, PeId{p}}];
    for (std::size_t i = 0; i < call.tensors.size(); ++i)
        for (const PlacedShard& shard : call.tensors[i].shards()) {
            if (call.pes.empty()) shards.emplace(shard.spec.at, nothing);
            const auto of_pe = shards.find(shard.spec.at);
            if (of_pe != shards.end()) of_pe->second[i] = describe(call.tensors[i], shard.spec);
        }
    std::vector<abi::LaunchSection> sections;
    for (auto& [at, of_pe] : shards)
        sections.push_back(
            {static_cast<std::uint16_t>(at.cube.value), static_cast<std::uint16_t>(at.pe.value), std::move(of_pe)});
    return sections;
}

void check(const KernelCall& call, const Machine& has) {
    const auto reject = [&](const std::string& why) {
        throw std::invalid_argument(fmt::format("launch of '{}' {}", call.kernel, why));
    };
    if (call.tensors.size() > has.max_tensors)
        reject(fmt::format("with {} tensors: at most {} (firmware.max_tensors)", call.tensors.size(), has.max_tensors));
    if (call.scalars.size() > has.max_scalars)
        reject(fmt::format("with {} scalars: at most {} (firmware.max_scalars)", call.scalars.size(), has.max_scalars));
    for (const Tensor& tensor : call.tensors)
        if (tensor.sip() != call.sip)
            reject(fmt::format("on sip{}: '{}' is on sip{}", call.sip.value, tensor.name(), tensor.sip().value));
    for (const PeCoord at : call.pes)
        if (at.sip != call.sip || at.cube.value >= has.memory.cubes || at.pe.value >= has.memory.pes)
            reject(fmt::format("on sip{}: it has no {}", call.sip.value, to_string(at)));
}

}  // namespace

WorkRef kernel_work(const KernelCall& call, const Machine& machine) {
    check(call, machine);
    abi::KernelLaunch launch;
    launch.kernel = call.kernel;
    launch.scalars = call.scalars;
    launch.queue_group = call.queue_group;
    launch.header.sip = static_cast<std::uint16_t>(call.sip.value);
    for (const Tensor& tensor : call.tensors) launch.tensors.push_back(describe(tensor));
    launch.sections = sections_of(call, machine.memory);
    for (const abi::LaunchSection& section : launch.sections) {
        launch.header.cube_mask |= static_cast<std::uint16_t>(1u << section.cube);
        launch.header.pe_mask |= static_cast<std::uint16_t>(1u << section.pe);
    }
    auto work = std::make_shared<Work>();
    work->kind = WorkKind::launch;
    work->what = fmt::format("launch of '{}'", call.kernel);
    work->requests.push_back(abi::encode(launch));
    return work;
}

}  // namespace ahbm::runtime
