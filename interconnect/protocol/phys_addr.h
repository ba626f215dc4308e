// SPDX-License-Identifier: Apache-2.0
/// Physical addresses as values: made by name, decoded once, printed readably. The bits are those of
/// firmware/abi/address_map.h.
/// Not here: virtual addresses, routing.
#pragma once

#include "firmware/abi/address_map.h"
#include "interconnect/protocol/domain.h"
#include "sim/config/text.h"
#include "sim/ids.h"
#include "sim/units.h"

#include <compare>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

namespace ahbm {

/// What is wrong with an address: the field, its value and the highest value that would have been right.
struct AddressFault {
    enum class Reason { too_wide, reserved, out_of_range, unpopulated };
    Reason reason;
    std::string_view field;  ///< a name of the address table
    std::uint64_t value;
    std::uint64_t limit;
};
/// "die_id 23 is reserved (highest valid 20)"
std::string to_string(const AddressFault& fault);

class PhysAddrError : public std::runtime_error {
public:
    /// `subject` is what was being made or decoded.
    PhysAddrError(std::string_view subject, const AddressFault& fault);
    /// For text that is no address at all.
    explicit PhysAddrError(const std::string& text) : std::runtime_error(config::one_line(text)), field_("text") {}
    std::string_view field() const { return field_; }

private:
    std::string_view field_;
};

/// A valid 51-bit physical address. Factories throw PhysAddrError for arguments that have no address.
class PhysAddr {
public:
    /// Address 0: sip0.cube0.pe0.tcm+0x0.
    constexpr PhysAddr() = default;

    static PhysAddr hbm(SipId sip, CubeId cube, std::uint64_t offset);
    /// `offset` counts within the slice of the PE.
    static PhysAddr pe_hbm(PeCoord at, sim::Bytes slice, std::uint64_t offset);
    static PhysAddr pe_local(PeCoord at, abi::PeResource resource, std::uint64_t offset = 0);
    static PhysAddr pe_tcm(PeCoord at, std::uint64_t offset);
    static PhysAddr pe_cpu(PeCoord at, std::uint64_t offset = 0);
    static PhysAddr pe_scheduler(PeCoord at, std::uint64_t offset = 0);
    static PhysAddr pe_dma(PeCoord at, std::uint64_t offset = 0);
    static PhysAddr pe_ipcq(PeCoord at, std::uint64_t offset = 0);
    static PhysAddr pe_mmu(PeCoord at, std::uint64_t offset = 0);
    static PhysAddr mcpu(SipId sip, CubeId cube, abi::McpuResource resource, std::uint64_t offset = 0);
    static PhysAddr cube_sem(SipId sip, CubeId cube, std::uint64_t offset);
    static PhysAddr cube_sram(SipId sip, CubeId cube, std::uint64_t offset);
    static PhysAddr iocpu(SipId sip, IoChipletId io, abi::IocpuResource resource, std::uint64_t offset = 0);
    static PhysAddr pcie_ep(SipId sip, IoChipletId io, std::uint64_t offset = 0);
    static PhysAddr io_noc(SipId sip, IoChipletId io, std::uint64_t offset = 0);
    static PhysAddr io_ucie(SipId sip, IoChipletId io, std::uint64_t offset = 0);
    static PhysAddr host_aperture(SipId sip, IoChipletId io, std::uint64_t offset);

    static PhysAddr encode(const Domain& domain);
    /// Throws unless `raw` is an address of the format.
    static PhysAddr from_raw(std::uint64_t raw);
    /// Takes what to_string gives, "sip0.cube3.pe5.hbm+0x10" if `map` knows the slice size, and any valid "0x...".
    static PhysAddr parse(std::string_view text, const MemoryMap& map = {});

    constexpr std::uint64_t raw() const { return raw_; }
    Domain domain() const;
    /// `bytes` further on; throws when that leaves the window or the resource.
    PhysAddr plus(std::uint64_t bytes) const;
    constexpr auto operator<=>(const PhysAddr&) const = default;

private:
    explicit constexpr PhysAddr(std::uint64_t raw) : raw_(raw) {}
    std::uint64_t raw_ = 0;
};

/// Every integer decodes or faults. With a `map`, places that the configuration leaves out fault as `unpopulated`.
std::variant<Domain, AddressFault> try_decode(std::uint64_t raw, const MemoryMap& map = {}) noexcept;
Domain decode(std::uint64_t raw, const MemoryMap& map = {});

/// "sip1.cube3.pe5.tcm+0x1234"
std::string to_string(const Domain& domain);
/// The same without the offset: "sip0.cube3.hbm".
std::string memory_of(const Domain& domain);
std::string to_string(PhysAddr address);

}  // namespace ahbm

template <>
struct std::hash<ahbm::PhysAddr> {
    std::size_t operator()(ahbm::PhysAddr a) const noexcept { return std::hash<std::uint64_t>{}(a.raw()); }
};
