// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/devices.h"

#include <fmt/format.h>

#include <stdexcept>

namespace ahbm::runtime {
namespace {
/// What a SIP's host aperture reaches. The lowest page is left to completions.
constexpr AddressRange host_range{4096, (std::uint64_t{64} << 30) - 4096};
}  // namespace

Allocation::Allocation(const std::shared_ptr<Devices>& devices, const std::vector<ShardSpec>& shards,
                       std::uint64_t bytes, std::string_view requester)
    : devices_(devices), sip_(shards.front().at.sip) {
    VirtualAllocator& addresses = devices->addresses(sip_);
    const std::uint64_t page = addresses.page();
    range_ = {addresses.allocate(bytes, requester).base, bytes};
    try {
        shards_.reserve(shards.size());
        blocks_.reserve(shards.size());
        for (const ShardSpec& shard : shards) {
            const std::uint64_t padding = shard.offset % page;
            const std::uint64_t block = padding + shard.nbytes;
            blocks_.push_back({devices->pools().allocate_hbm(shard.at, block, {page}, requester), block});
            shards_.push_back({shard, blocks_.back().address.plus(padding)});
        }
    } catch (...) {
        free();
        throw;
    }
}

Allocation::~Allocation() { free(); }

void Allocation::free() {
    const std::shared_ptr<Devices> devices = devices_.lock();
    if (!devices || !devices->open()) return;
    for (const Block& block : blocks_) {
        devices->pools().free(block.address);
        devices->port().forget(block.address, block.bytes);
    }
    devices->addresses(sip_).free(range_.base);
    devices_.reset();
}

HostBuffer::HostBuffer(const std::shared_ptr<Devices>& devices, std::uint64_t bytes, std::string_view requester)
    : devices_(devices), address_(devices->host_memory().allocate(bytes, {4096}, requester)) {}

HostBuffer::~HostBuffer() {
    if (const auto devices = devices_.lock()) devices->host_memory().free(address_);
}

Devices::Devices(DevicePort& port)
    : port_(port),
      open_(port.open()),
      waiting_(port),
      pools_(port.machine().memory),
      host_memory_("host memory", host_range) {
    for (std::uint32_t sip = 0; sip < machine().memory.sips; ++sip)
        devices_.push_back({std::make_shared<Stream>(port, waiting_), VirtualAllocator{}});
}

std::shared_ptr<Devices> Devices::of(DevicePort& port) {
    if (!port.shared) port.shared = std::make_shared<Devices>(port);
    return port.shared;
}

DevicePort& Devices::port() const {
    if (!open()) throw std::logic_error("the session that this tensor or context belongs to has ended");
    return port_;
}

Devices::Device& Devices::at(SipId sip) {
    port();
    if (sip.value < devices_.size()) return devices_[sip.value];
    throw std::out_of_range(fmt::format("no sip{}: the machine has {}", sip.value, devices_.size()));
}

}  // namespace ahbm::runtime
