// SPDX-License-Identifier: Apache-2.0
/// The decoded form of a physical address, which is all that routers and targets look at, and what a configuration
/// populates of the address space.
#pragma once

#include "firmware/abi/address_map.h"
#include "sim/ids.h"
#include "sim/units.h"

#include <compare>
#include <cstdint>

namespace ahbm {

using IoChipletId = Id<struct IoChipletTag>;  ///< IO chiplet within a SIP, 0..4

/// Where an address points. Fields that the window does not have are 0.
struct Domain {
    SipId sip{};
    abi::WindowKind window = abi::WindowKind::pe_local;
    CubeId cube{};     ///< on a cube die
    IoChipletId io{};  ///< on an IO chiplet die
    PeId pe{};         ///< of pe_local
    std::uint8_t resource = 0;
    std::uint64_t offset = 0;

    constexpr auto operator<=>(const Domain&) const = default;
    constexpr abi::DieKind die() const { return abi::window_of(window).die; }
    constexpr bool on_cube() const { return die() == abi::DieKind::cube; }
    constexpr PeCoord pe_coord() const { return {sip, cube, pe}; }
    constexpr bool is(abi::PeResource r) const { return has(abi::WindowKind::pe_local, r); }
    constexpr bool is(abi::McpuResource r) const { return has(abi::WindowKind::mcpu_local, r); }
    constexpr bool is(abi::IocpuResource r) const { return has(abi::WindowKind::iocpu_local, r); }

private:
    template <class Resource>
    constexpr bool has(abi::WindowKind w, Resource r) const {
        return window == w && resource == static_cast<std::uint8_t>(r);
    }
};

/// How much of the address space a configuration populates; the default is all that the format can express.
struct MemoryMap {
    std::uint32_t sips = 16;
    std::uint32_t cubes = abi::die_of(abi::DieKind::cube).count;
    std::uint32_t io_chiplets = abi::die_of(abi::DieKind::io).count;
    std::uint32_t pes = 16;
    sim::Bytes hbm_slice{};  ///< per PE; 0: not known, the whole window counts as populated
    sim::Bytes tcm{std::uint64_t{1} << 26};
    sim::Bytes sram{std::uint64_t{1} << 34};

    /// The PE whose slice holds this offset of the cube's HBM. Needs a known slice size.
    constexpr PeId hbm_owner(std::uint64_t offset) const {
        return PeId{static_cast<std::uint32_t>(offset / hbm_slice)};
    }
    constexpr std::uint64_t hbm_slice_offset(std::uint64_t offset) const { return offset % hbm_slice; }
};

}  // namespace ahbm
