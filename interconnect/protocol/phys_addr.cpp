// SPDX-License-Identifier: Apache-2.0
#include "interconnect/protocol/phys_addr.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace ahbm {
namespace {

using abi::DieKind;
using abi::WindowKind;
using Reason = AddressFault::Reason;
using Fault = std::optional<AddressFault>;

std::uint64_t populated_bytes(const Domain& domain, const MemoryMap& map) {
    const abi::Window& window = abi::window_of(domain.window);
    const std::uint64_t reach = window.offset.max() + 1;
    if (domain.window == WindowKind::hbm && map.hbm_slice != 0) return std::min(reach, map.hbm_slice * map.pes);
    if (domain.window == WindowKind::cube_sram) return std::min(reach, map.sram.value);
    if (domain.is(abi::PeResource::tcm)) return std::min(reach, map.tcm.value);
    const std::uint64_t bytes = window.resources.empty() ? 0 : window.resources[domain.resource].bytes;
    return bytes != 0 ? bytes : reach;
}

struct Count {
    std::uint64_t possible;   ///< values that the format has for a field
    std::uint64_t populated;  ///< values that lead somewhere
};

Fault check(std::string_view field, std::uint64_t value, Count count) {
    if (value >= count.possible) return AddressFault{Reason::out_of_range, field, value, count.possible - 1};
    if (value < count.populated) return std::nullopt;
    return AddressFault{Reason::unpopulated, field, value, count.populated == 0 ? 0 : count.populated - 1};
}

/// The first field of `domain` that does not exist under `map`. A field that the window lacks must be 0.
Fault check(const Domain& domain, const MemoryMap& map) {
    constexpr Count absent{1, 1};
    const abi::Window& window = abi::window_of(domain.window);
    const Count cubes{abi::die_of(DieKind::cube).count, map.cubes};
    const Count pes{window.pe.max() + 1, map.pes};
    const Count chiplets{abi::die_of(DieKind::io).count, map.io_chiplets};
    if (Fault f = check("sip_id", domain.sip.value, {abi::sip_id.max() + 1, map.sips})) return f;
    if (Fault f = check("cube", domain.cube.value, domain.on_cube() ? cubes : absent)) return f;
    if (Fault f = check("io", domain.io.value, domain.on_cube() ? absent : chiplets)) return f;
    if (Fault f = check("pe_id", domain.pe.value, window.pe.width() != 0 ? pes : absent)) return f;
    const std::size_t resources = std::max<std::size_t>(window.resources.size(), 1);
    if (domain.resource >= resources) return AddressFault{Reason::reserved, "resource", domain.resource, resources - 1};
    return check("offset", domain.offset, {window.offset.max() + 1, populated_bytes(domain, map)});
}

Domain to_domain(const abi::Window& window, std::uint64_t raw) {
    const abi::Fields f = abi::unpack(window, raw);
    const auto die = static_cast<std::uint32_t>(f.die);
    const bool on_cube = window.die == DieKind::cube;
    return {.sip = SipId{static_cast<std::uint32_t>(f.sip)},
            .window = window.kind,
            .cube = CubeId{on_cube ? die : 0},
            .io = IoChipletId{on_cube ? 0 : die},
            .pe = PeId{static_cast<std::uint32_t>(f.pe)},
            .resource = static_cast<std::uint8_t>(f.resource),
            .offset = f.offset};
}

std::uint64_t highest_code(DieKind die) {
    std::uint64_t highest = 0;
    for (const abi::Window& w : abi::windows)
        if (w.die == die && w.kind != WindowKind::hbm) highest = std::max(highest, w.code);
    return highest;
}

}  // namespace

std::string to_string(const AddressFault& fault) {
    if (fault.reason == Reason::too_wide) return fmt::format("more than {} bits", abi::address_bits);
    const std::string_view problem = fault.reason == Reason::reserved       ? "reserved"
                                     : fault.reason == Reason::out_of_range ? "out of range"
                                                                            : "not populated";
    if (fault.field == "offset" || fault.field == "slice")
        return fmt::format("{} {:#x} is {} (highest valid {:#x})", fault.field, fault.value, problem, fault.limit);
    return fmt::format("{} {} is {} (highest valid {})", fault.field, fault.value, problem, fault.limit);
}

PhysAddrError::PhysAddrError(std::string_view subject, const AddressFault& fault)
    : std::runtime_error(fmt::format("{}: {}", subject, to_string(fault))), field_(fault.field) {}

std::variant<Domain, AddressFault> try_decode(std::uint64_t raw, const MemoryMap& map) noexcept {
    if (raw >> abi::address_bits != 0)
        return AddressFault{Reason::too_wide, "address", raw, (std::uint64_t{1} << abi::address_bits) - 1};
    const std::uint64_t id = abi::die_id.get(raw);
    const abi::Die* die = abi::find_die(id);
    if (die == nullptr) {
        const abi::Die& last = abi::dies.back();
        return AddressFault{Reason::reserved, "die_id", id, last.first_id + last.count - 1};
    }
    if (die->zero.get(raw) != 0) return AddressFault{Reason::unpopulated, die->zero.name, die->zero.get(raw), 0};
    const abi::Window* window = abi::find_window(die->kind, raw);
    if (window == nullptr) {
        const abi::Field& select = die->kind == DieKind::cube ? abi::cube_window : abi::io_unit;
        return AddressFault{Reason::reserved, select.name, select.get(raw), highest_code(die->kind)};
    }
    if (window->zero.get(raw) != 0) return AddressFault{Reason::reserved, window->zero.name, window->zero.get(raw), 0};
    const Domain domain = to_domain(*window, raw);
    if (Fault fault = check(domain, map)) return *fault;
    return domain;
}

Domain decode(std::uint64_t raw, const MemoryMap& map) {
    const auto result = try_decode(raw, map);
    if (const auto* fault = std::get_if<AddressFault>(&result))
        throw PhysAddrError(fmt::format("address {:#x}", raw), *fault);
    return std::get<Domain>(result);
}

PhysAddr PhysAddr::encode(const Domain& domain) {
    const abi::Window& window = abi::window_of(domain.window);
    if (Fault fault = check(domain, MemoryMap{})) throw PhysAddrError(fmt::format("{} address", window.title), *fault);
    return PhysAddr(abi::pack(window, {.sip = domain.sip.value,
                                       .die = domain.on_cube() ? domain.cube.value : domain.io.value,
                                       .pe = domain.pe.value,
                                       .resource = domain.resource,
                                       .offset = domain.offset}));
}

PhysAddr PhysAddr::from_raw(std::uint64_t raw) {
    decode(raw);
    return PhysAddr(raw);
}

Domain PhysAddr::domain() const {
    return to_domain(*abi::find_window(abi::find_die(abi::die_id.get(raw_))->kind, raw_), raw_);
}

PhysAddr PhysAddr::plus(std::uint64_t bytes) const {
    Domain moved = domain();
    // Saturates, so that a sum beyond 64 bits is out of range like any other.
    moved.offset = bytes > UINT64_MAX - moved.offset ? UINT64_MAX : moved.offset + bytes;
    return encode(moved);
}

PhysAddr PhysAddr::hbm(SipId sip, CubeId cube, std::uint64_t offset) {
    return encode({.sip = sip, .window = WindowKind::hbm, .cube = cube, .offset = offset});
}

PhysAddr PhysAddr::pe_hbm(PeCoord at, sim::Bytes slice, std::uint64_t offset) {
    constexpr std::uint64_t pes = abi::window_of(WindowKind::pe_local).pe.max() + 1;
    constexpr std::uint64_t window = abi::window_of(WindowKind::hbm).offset.max() + 1;
    if (Fault f = check("pe_id", at.pe.value, {pes, pes})) throw PhysAddrError("HBM slice address", *f);
    if (Fault f = check("slice", slice, {window + 1, window + 1})) throw PhysAddrError("HBM slice address", *f);
    if (Fault f = check("offset", offset, {window, slice})) throw PhysAddrError("HBM slice address", *f);
    return hbm(at.sip, at.cube, at.pe.value * slice + offset);
}

PhysAddr PhysAddr::pe_local(PeCoord at, abi::PeResource resource, std::uint64_t offset) {
    return encode({.sip = at.sip,
                   .window = WindowKind::pe_local,
                   .cube = at.cube,
                   .pe = at.pe,
                   .resource = static_cast<std::uint8_t>(resource),
                   .offset = offset});
}
PhysAddr PhysAddr::pe_tcm(PeCoord at, std::uint64_t offset) { return pe_local(at, abi::PeResource::tcm, offset); }
PhysAddr PhysAddr::pe_cpu(PeCoord at, std::uint64_t offset) { return pe_local(at, abi::PeResource::cpu, offset); }
PhysAddr PhysAddr::pe_scheduler(PeCoord at, std::uint64_t offset) {
    return pe_local(at, abi::PeResource::scheduler, offset);
}
PhysAddr PhysAddr::pe_dma(PeCoord at, std::uint64_t offset) { return pe_local(at, abi::PeResource::dma, offset); }
PhysAddr PhysAddr::pe_ipcq(PeCoord at, std::uint64_t offset) { return pe_local(at, abi::PeResource::ipcq, offset); }
PhysAddr PhysAddr::pe_mmu(PeCoord at, std::uint64_t offset) { return pe_local(at, abi::PeResource::mmu, offset); }

PhysAddr PhysAddr::mcpu(SipId sip, CubeId cube, abi::McpuResource resource, std::uint64_t offset) {
    return encode({.sip = sip,
                   .window = WindowKind::mcpu_local,
                   .cube = cube,
                   .resource = static_cast<std::uint8_t>(resource),
                   .offset = offset});
}
PhysAddr PhysAddr::cube_sem(SipId sip, CubeId cube, std::uint64_t offset) {
    return mcpu(sip, cube, abi::McpuResource::cube_sem, offset);
}
PhysAddr PhysAddr::cube_sram(SipId sip, CubeId cube, std::uint64_t offset) {
    return encode({.sip = sip, .window = WindowKind::cube_sram, .cube = cube, .offset = offset});
}

PhysAddr PhysAddr::iocpu(SipId sip, IoChipletId io, abi::IocpuResource resource, std::uint64_t offset) {
    return encode({.sip = sip,
                   .window = WindowKind::iocpu_local,
                   .io = io,
                   .resource = static_cast<std::uint8_t>(resource),
                   .offset = offset});
}
PhysAddr PhysAddr::pcie_ep(SipId sip, IoChipletId io, std::uint64_t offset) {
    return encode({.sip = sip, .window = WindowKind::pcie_ep, .io = io, .offset = offset});
}
PhysAddr PhysAddr::io_noc(SipId sip, IoChipletId io, std::uint64_t offset) {
    return encode({.sip = sip, .window = WindowKind::io_noc, .io = io, .offset = offset});
}
PhysAddr PhysAddr::io_ucie(SipId sip, IoChipletId io, std::uint64_t offset) {
    return encode({.sip = sip, .window = WindowKind::io_ucie, .io = io, .offset = offset});
}
PhysAddr PhysAddr::host_aperture(SipId sip, IoChipletId io, std::uint64_t offset) {
    return encode({.sip = sip, .window = WindowKind::host_aperture, .io = io, .offset = offset});
}

}  // namespace ahbm
