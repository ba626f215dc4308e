// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/memory/pools.h"

#include <fmt/format.h>

#include <stdexcept>

namespace ahbm::runtime {

DevicePools::DevicePools(const DeviceMemory& memory) : memory_(memory) {
    if (memory.tcm_reserved > memory.tcm)
        throw std::invalid_argument(fmt::format("TCM of {} bytes is smaller than its reserved part of {} bytes",
                                                memory.tcm.value, memory.tcm_reserved.value));
}

Pool& DevicePools::hbm(PeCoord at) {
    const auto found = hbm_.find(at);
    if (found != hbm_.end()) return found->second;
    check(at);
    std::string name = to_string(at) + ".hbm";
    return hbm_.try_emplace(at, std::move(name), AddressRange{0, memory_.hbm_slice}).first->second;
}

Pool& DevicePools::tcm(PeCoord at) {
    const auto found = tcm_.find(at);
    if (found != tcm_.end()) return found->second;
    check(at);
    std::string name = to_string(at) + ".tcm";
    const AddressRange range{memory_.tcm_reserved, memory_.tcm - memory_.tcm_reserved};
    return tcm_.try_emplace(at, std::move(name), range).first->second;
}

Pool& DevicePools::sram(SipId sip, CubeId cube) {
    const auto found = sram_.find({sip, cube});
    if (found != sram_.end()) return found->second;
    check({sip, cube, PeId{0}});
    std::string name = fmt::format("sip{}.cube{}.sram", sip.value, cube.value);
    return sram_.try_emplace({sip, cube}, std::move(name), AddressRange{0, memory_.sram}).first->second;
}

PhysAddr DevicePools::allocate_hbm(PeCoord at, std::uint64_t bytes, Alignment alignment, std::string_view requester) {
    return PhysAddr::pe_hbm(at, memory_.hbm_slice, hbm(at).allocate(bytes, alignment, requester));
}

PhysAddr DevicePools::allocate_tcm(PeCoord at, std::uint64_t bytes, Alignment alignment, std::string_view requester,
                                   From from) {
    return PhysAddr::pe_tcm(at, tcm(at).allocate(bytes, alignment, requester, from));
}

PhysAddr DevicePools::allocate_sram(SipId sip, CubeId cube, std::uint64_t bytes, Alignment alignment,
                                    std::string_view requester) {
    return PhysAddr::cube_sram(sip, cube, sram(sip, cube).allocate(bytes, alignment, requester));
}

void DevicePools::free(PhysAddr address) {
    const Domain d = address.domain();
    if (d.window == abi::WindowKind::hbm && memory_.hbm_slice != 0) {
        const std::uint64_t owner = d.offset / memory_.hbm_slice;
        hbm({d.sip, d.cube, PeId{static_cast<std::uint32_t>(owner)}}).free(d.offset % memory_.hbm_slice);
    } else if (d.is(abi::PeResource::tcm)) {
        tcm(d.pe_coord()).free(d.offset);
    } else if (d.window == abi::WindowKind::cube_sram) {
        sram(d.sip, d.cube).free(d.offset);
    } else {
        throw BadFree(fmt::format("free of {}, which is in no pool", to_string(d)));
    }
}

void DevicePools::check(PeCoord at) const {
    if (at.sip.value < memory_.sips && at.cube.value < memory_.cubes && at.pe.value < memory_.pes) return;
    throw std::out_of_range(fmt::format("no {}: the system has {} SIPs of {} cubes of {} PEs", to_string(at),
                                        memory_.sips, memory_.cubes, memory_.pes));
}

}  // namespace ahbm::runtime
