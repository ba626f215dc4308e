// SPDX-License-Identifier: Apache-2.0
#include "observe/ledger/actors.h"

#include <fmt/format.h>

#include <utility>

namespace ahbm {

Actors::Actors(System& system) {
    const Directory& directory = system.fabric().directory();
    const runtime::DeviceMemory has = system.machine().memory;
    add(Directory::host(), "host");
    std::uint32_t number = 0;
    for (std::uint32_t s = 0; s < has.sips; ++s) {
        const SipId sip{s};
        add(Directory::io_cpu(sip), fmt::format("sip{}.io0.io_cpu", s));
        add(Directory::pcie_ep(sip), fmt::format("sip{}.io0.pcie_ep", s));
        for (std::uint32_t c = 0; c < has.cubes; ++c) {
            const CubeId cube{c};
            add(directory.m_cpu(sip, cube), fmt::format("sip{}.cube{}.m_cpu", s, c));
            add(directory.sram(sip, cube), fmt::format("sip{}.cube{}.sram", s, c));
            for (std::uint32_t p = 0; p < has.pes; ++p, ++number) {
                const PeCoord at{sip, cube, PeId{p}};
                const std::string name = to_string(at);
                add(directory.pe(at, NodeId::Unit::memory), name + " dma", number);
                add(directory.pe(at, NodeId::Unit::ipcq), name + " ipcq", number);
                add(directory.pe(at, NodeId::Unit::cpu), name + " cpu");
                add(directory.hbm(at), fmt::format("sip{}.cube{}.hbm{}", s, c, p));
            }
        }
        const SipGrid& grid = system.routing().grid();
        for (RouterId router{0}; system.has_injectors() && router.value < grid.router_count(); ++router.value)
            add(system.injector(sip, router).fabric.node(), fmt::format("sip{}.{} injector", s, grid.name(router)));
    }
}

void Actors::add(NodeId node, std::string name, std::optional<std::uint32_t> pe) {
    ids_.emplace(key(node), static_cast<Id>(actors_.size()));
    actors_.push_back({std::move(name), pe});
}

}  // namespace ahbm
