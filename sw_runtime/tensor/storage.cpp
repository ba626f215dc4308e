// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/tensor/storage.h"

#include "sw_runtime/tensor/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace ahbm::runtime {
namespace {

/// Memory of tensors that pending launches still use, or whose mappings are still being removed, comes back when that
/// is complete: worth waiting for.
std::shared_ptr<Allocation> allocate(const std::shared_ptr<Devices>& devices, const std::vector<ShardSpec>& shards,
                                     std::uint64_t bytes, const std::string& name) {
    for (;;) {
        try {
            return std::make_shared<Allocation>(devices, shards, bytes, fmt::format("tensor '{}'", name));
        } catch (const OutOfMemory&) {
            if (!devices->stream(shards.front().at.sip).wait_for_front()) throw;
        }
    }
}

void check_layout(const Layout& layout, const std::string& name) {
    if ((layout.block_rows == 0) != (layout.block_cols == 0))
        throw std::invalid_argument(
            fmt::format("the layout of '{}' has blocks of {} x {}: both extents or none are expected", name,
                        layout.block_rows, layout.block_cols));
}

/// The descriptors count rows and columns of a shard in 32 bits, bytes in 64.
void check_extents(const Shape& shape, const std::string& name) {
    double elements = 1;
    for (std::size_t i = 0; i < shape.rank; ++i) elements *= shape[i];
    if (elements > 0x1p56)
        throw std::invalid_argument(fmt::format("'{}' of shape {} has {:.0f} elements, at most {}", name,
                                                ahbm::to_string(shape), elements, std::uint64_t{1} << 56));
    if (shape.rows() > UINT32_MAX)
        throw std::invalid_argument(fmt::format("'{}' of shape {} has {} rows, at most {}", name,
                                                ahbm::to_string(shape), shape.rows(), UINT32_MAX));
}

WorkRef work(WorkKind kind, std::string what, std::vector<abi::Message> requests,
             std::function<void(const Work&)> done) {
    auto made = std::make_shared<Work>();
    made->kind = kind;
    made->what = std::move(what);
    made->requests = std::move(requests);
    made->done = std::move(done);
    return made;
}

}  // namespace

Tensor::Storage::Storage(std::shared_ptr<Devices> devices, const Shape& tensor_shape, Dtype dtype, SipId target,
                         const TensorOptions& options)
    : shape(tensor_shape),
      format{dtype, options.layout},
      name(options.name.empty() ? fmt::format("tensor{}", devices->next_tensor_number()) : options.name),
      sip(target),
      devices_(std::move(devices)) {
    check_layout(options.layout, name);
    check_extents(shape, name);
    const std::vector<ShardSpec> shards = resolve(options.policy, shape, format.size(), devices_->topology(), sip);
    allocation_ = allocate(devices_, shards, bytes(), name);
    devices_->stream(sip).enqueue(work(WorkKind::mapping, fmt::format("mapping of '{}'", name),
                                       map_messages(map_entries(*allocation_), sip), nullptr));
}

Tensor::Storage::~Storage() {
    if (!devices_->open()) return;  // the machine went with its session
    std::vector<abi::Message> requests = unmap_messages(map_entries(*allocation_), sip);
    // The work holds the allocation until every PE has forgotten it.
    devices_->stream(sip).enqueue(work(WorkKind::mapping, fmt::format("unmapping of '{}'", name), std::move(requests),
                                       [allocation = std::move(allocation_)](const Work& unmapping) {
                                           if (unmapping.error) allocation->abandon();
                                       }));
}

std::vector<abi::Message> Tensor::Storage::copies(abi::Opcode opcode, std::uint64_t host_address,
                                                  AddressRange part) const {
    std::vector<abi::Message> requests;
    for (const PlacedShard& shard : allocation_->shards()) {
        if (opcode == abi::Opcode::memory_read && shard.spec.replica != 0) continue;
        const std::uint64_t first = std::max(shard.spec.offset, part.base);
        const std::uint64_t last = std::min(shard.spec.offset + shard.spec.nbytes, part.base + part.bytes);
        if (first >= last) continue;
        abi::MemoryCopy copy;
        copy.header.opcode = opcode;
        copy.header.sip = static_cast<std::uint16_t>(sip.value);
        copy.transfer = {host_address + (first - part.base), shard.memory.plus(first - shard.spec.offset).raw(),
                         last - first};
        requests.push_back(abi::encode(copy));
    }
    return requests;
}

std::optional<std::vector<std::byte>> Tensor::Storage::read(AddressRange part) const {
    Stream& stream = devices_->stream(sip);
    stream.barrier();
    const HostBuffer buffer(devices_, part.bytes, name);
    const WorkRef transfer = work(WorkKind::transfer, fmt::format("reading '{}'", name),
                                  copies(abi::Opcode::memory_read, buffer.address(), part), nullptr);
    stream.enqueue(transfer);
    stream.wait(transfer);
    if (!devices_->port().has_data()) return std::nullopt;
    return devices_->port().read_host(buffer.address(), part.bytes);
}

void Tensor::Storage::check_source(const Shape& source, Dtype dtype) const {
    if (source != shape || dtype != format.dtype)
        throw std::invalid_argument(fmt::format("'{}' is {} {}, the source is {} {}", name, ahbm::to_string(shape),
                                                ahbm::to_string(format.dtype), ahbm::to_string(source),
                                                ahbm::to_string(dtype)));
}

void Tensor::Storage::write(const Array& source) {
    check_source(source.shape, source.dtype);
    const bool has_data = devices_->port().has_data();
    if (has_data && source.bytes.size() != bytes())
        throw std::invalid_argument(
            fmt::format("'{}' takes {} bytes, the source has {}", name, bytes(), source.bytes.size()));
    auto buffer = std::make_shared<HostBuffer>(devices_, bytes(), name);
    if (has_data)
        devices_->port().write_host(buffer->address(), to_image(source.bytes, shape.cols(), format, one_replica()));
    devices_->stream(sip).enqueue(work(WorkKind::transfer, fmt::format("writing '{}'", name),
                                       copies(abi::Opcode::memory_write, buffer->address(), {0, bytes()}),
                                       [buffer](const Work&) {}));
}

std::vector<ShardSpec> Tensor::Storage::one_replica() const {
    std::vector<ShardSpec> shards;
    for (const PlacedShard& shard : allocation_->shards())
        if (shard.spec.replica == 0) shards.push_back(shard.spec);
    return shards;
}

const PlacedShard* Tensor::Storage::shard_with(std::uint64_t row, std::uint64_t col) const {
    for (const PlacedShard& shard : allocation_->shards()) {
        const ShardSpec& s = shard.spec;
        if (row >= s.first_row && row < s.first_row + s.rows && col >= s.first_col && col < s.first_col + s.cols)
            return &shard;
    }
    return nullptr;
}

}  // namespace ahbm::runtime
