// SPDX-License-Identifier: Apache-2.0
#include "platform/ledger/purpose.h"

#include "firmware/abi/ipcq_registers.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm {

std::string_view name_of(Access access) { return access == Access::read ? "read" : "write"; }

std::string to_string(const TrafficClass& traffic) {
    const std::string path(kPathClassNames[static_cast<std::size_t>(traffic.path)]);
    const std::string_view purpose = kPurposeNames[static_cast<std::size_t>(traffic.purpose)];
    if (traffic.purpose == Purpose::kernel) return fmt::format("{} {}", name_of(traffic.access), path);
    if (traffic.purpose == Purpose::transfer || traffic.purpose == Purpose::registers)
        return fmt::format("{} {} {}", purpose, name_of(traffic.access), path);
    return fmt::format("{} {}", purpose, path);
}

Purposes::Purposes(System& system)
    : fabric_(system.fabric()),
      injectors_(system.has_injectors()),
      routers_(system.routing().grid().cube().router_count()) {
    const CubeDirectory& cube = fabric_.directory().cube();
    for (std::uint32_t r = 0; r < routers_; ++r) local_ports_.push_back(cube.ports_of(static_cast<std::uint16_t>(r)));
    ports_ = *std::max_element(local_ports_.begin(), local_ports_.end());
    pes_.assign(std::size_t{routers_} * ports_, false);
    for (const NocPort& at : cube.pe) pes_[std::size_t{at.router} * ports_ + at.port] = true;
}

Purpose Purposes::of(const Packet& packet) const {
    const NodeId requester = packet.response ? packet.destination : packet.source;
    const Domain& to = packet.target;
    if (to.is(abi::PeResource::ipcq)) {
        if (to.offset == abi::ipcq_credit_offset) return Purpose::credit;
        return to.offset >= abi::ipcq_arrival_offset ? Purpose::kernel : Purpose::registers;
    }
    if (to.is(abi::IocpuResource::completion) || to.window == abi::WindowKind::host_aperture)
        return Purpose::completion;
    if (to.is(abi::McpuResource::mailbox))  // of PE_CPU below, or of IO_CPU above
        return requester.kind == NodeId::Kind::cube ? Purpose::completion : Purpose::mailbox;
    if (to.is(abi::IocpuResource::mailbox) || to.is(abi::PeResource::cpu)) return Purpose::mailbox;
    const bool memory = to.window == abi::WindowKind::hbm || to.window == abi::WindowKind::cube_sram ||
                        to.is(abi::PeResource::tcm) || to.is(abi::McpuResource::sram) ||
                        to.is(abi::IocpuResource::sram);
    if (requester.kind != NodeId::Kind::cube) return memory ? Purpose::transfer : Purpose::registers;
    if (injectors_ && requester.port >= local_ports_[requester.router % routers_]) return Purpose::injected;
    const bool pe = requester.port < ports_ && pes_[requester.router % routers_ * ports_ + requester.port];
    if (pe && requester.unit != NodeId::Unit::cpu) return Purpose::kernel;
    return memory ? Purpose::transfer : Purpose::registers;
}

TrafficClass Purposes::traffic(const Packet& packet) const {
    const NodeId requester = packet.response ? packet.destination : packet.source,
                 target = packet.response ? packet.source : packet.destination;
    return {of(packet), packet.access, fabric_.path_class(requester, target)};
}

}  // namespace ahbm
