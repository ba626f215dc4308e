// SPDX-License-Identifier: Apache-2.0
/// The one table of the 51-bit physical address: which bits mean what, which dies, windows and resources exist and what
/// they are called. Encoding, decoding, printing and the generated references are derived from it.
/// Not here: range checks and what a particular configuration populates (interconnect/protocol/phys_addr.h).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace ahbm::abi {

/// Bits hi..lo of the address. A field without a name is absent: zero bits wide, always 0.
struct Field {
    std::string_view name;
    unsigned hi = 0;
    unsigned lo = 0;
    constexpr unsigned width() const { return name.empty() ? 0 : hi - lo + 1; }
    constexpr std::uint64_t max() const { return (std::uint64_t{1} << width()) - 1; }
    constexpr std::uint64_t get(std::uint64_t address) const { return (address >> lo) & max(); }
    constexpr std::uint64_t put(std::uint64_t value) const { return (value & max()) << lo; }
};

inline constexpr unsigned address_bits = 51;
inline constexpr Field sip_id{"sip_id", 50, 47};
inline constexpr Field die_id{"die_id", 46, 42};
inline constexpr Field local_offset{"local_offset", 41, 0};

enum class DieKind : std::uint8_t { cube, io };
struct Die {
    DieKind kind;
    std::string_view name;   ///< as printed, followed by the number of the die among its kind
    std::uint32_t first_id;  ///< die_id of number 0
    std::uint32_t count;
    Field zero;  ///< high bits of the local offset that must be 0
};
inline constexpr std::array dies{
    Die{DieKind::cube, "cube", 0, 16, {"local_offset[41:38]", 41, 38}},
    Die{DieKind::io, "io", 16, 5, {"local_offset[41:40]", 41, 40}},
};

enum class PeResource : std::uint8_t { tcm, scratch, regfile, cpu, scheduler, dma, ipcq, mmu, gemm, math };
enum class McpuResource : std::uint8_t { sram, mailbox, csr, dma, cube_sem, noc, ucie };
enum class IocpuResource : std::uint8_t { sram, mailbox, csr, completion };

/// One resource of a window; its code is its index in the table.
struct Resource {
    std::string_view name;
    std::string_view purpose;
    std::uint64_t bytes = 0;  ///< populated bytes, 0: as many as the offset field reaches
};
inline constexpr std::array pe_resources{
    Resource{"tcm", "tightly coupled memory"},
    Resource{"scratch", "scratch memory"},
    Resource{"regfile", "register file"},
    Resource{"cpu", "PE_CPU mailbox and CSRs"},
    Resource{"scheduler", "command FIFO"},
    Resource{"dma", "DMA CSRs"},
    Resource{"ipcq", "queue-pair CSRs, arrival and credit doorbells"},
    Resource{"mmu", "MMU CSRs"},
    Resource{"gemm", "GEMM CSRs"},
    Resource{"math", "MATH CSRs"},
};
inline constexpr std::array mcpu_resources{
    Resource{"sram", "private memory of M_CPU"},
    Resource{"mailbox", "doorbells and descriptors"},
    Resource{"csr", "control and status registers"},
    Resource{"dma", "DMA CSRs"},
    Resource{"cube_sem", "semaphore flag block", 16 * 1024},
    Resource{"noc", "cube NoC CSRs"},
    Resource{"ucie", "UCIe PHY CSRs"},
};
inline constexpr std::array iocpu_resources{
    Resource{"sram", "private memory of IO_CPU"},
    Resource{"mailbox", "doorbells and descriptors"},
    Resource{"csr", "control and status registers"},
    Resource{"completion", "completion queue"},
};

enum class WindowKind : std::uint8_t {
    hbm,
    pe_local,
    mcpu_local,
    cube_sram,
    iocpu_local,
    pcie_ep,
    io_noc,
    io_ucie,
    host_aperture
};
/// One window of a die: it is addressed when `select` holds `code`.
struct Window {
    WindowKind kind;
    DieKind die;
    std::string_view title;  ///< in references
    std::string_view name;   ///< in printed addresses; followed by the PE number if the window has a PE field
    Field select;
    std::uint64_t code;
    Field pe{};
    Field zero{};  ///< bits that must be 0
    Field resource{};
    std::span<const Resource> resources{};
    Field offset;
};
inline constexpr Field cube_window{"window", 37, 34};
inline constexpr Field io_unit{"unit", 39, 36};
inline constexpr Field unit_offset{"offset", 35, 0};
inline constexpr std::array windows{
    Window{.kind = WindowKind::hbm,
           .die = DieKind::cube,
           .title = "HBM",
           .name = "hbm",
           .select = {"hbm_select", 37, 37},
           .code = 1,
           .offset = {"offset", 36, 0}},
    Window{.kind = WindowKind::pe_local,
           .die = DieKind::cube,
           .title = "PE_LOCAL",
           .name = "pe",
           .select = cube_window,
           .code = 0,
           .pe = {"pe_id", 33, 30},
           .resource = {"resource", 29, 26},
           .resources = pe_resources,
           .offset = {"offset", 25, 0}},
    Window{.kind = WindowKind::mcpu_local,
           .die = DieKind::cube,
           .title = "MCPU_LOCAL",
           .name = "m_cpu",
           .select = cube_window,
           .code = 1,
           .zero = {"mcpu_local[33:30]", 33, 30},
           .resource = {"resource", 29, 26},
           .resources = mcpu_resources,
           .offset = {"offset", 25, 0}},
    Window{.kind = WindowKind::cube_sram,
           .die = DieKind::cube,
           .title = "CUBE_SRAM",
           .name = "sram",
           .select = cube_window,
           .code = 2,
           .offset = {"offset", 33, 0}},
    Window{.kind = WindowKind::iocpu_local,
           .die = DieKind::io,
           .title = "IOCPU_LOCAL",
           .name = "io_cpu",
           .select = io_unit,
           .code = 0,
           .resource = {"resource", 35, 32},
           .resources = iocpu_resources,
           .offset = {"offset", 31, 0}},
    Window{.kind = WindowKind::pcie_ep,
           .die = DieKind::io,
           .title = "PCIE_EP",
           .name = "pcie_ep",
           .select = io_unit,
           .code = 1,
           .offset = unit_offset},
    Window{.kind = WindowKind::io_noc,
           .die = DieKind::io,
           .title = "IO_NOC",
           .name = "io_noc",
           .select = io_unit,
           .code = 2,
           .offset = unit_offset},
    Window{.kind = WindowKind::io_ucie,
           .die = DieKind::io,
           .title = "IO_UCIE",
           .name = "io_ucie",
           .select = io_unit,
           .code = 3,
           .offset = unit_offset},
    Window{.kind = WindowKind::host_aperture,
           .die = DieKind::io,
           .title = "HOST_APERTURE",
           .name = "host",
           .select = io_unit,
           .code = 8,
           .offset = unit_offset},
};

constexpr const Die& die_of(DieKind kind) { return dies[static_cast<std::size_t>(kind)]; }
constexpr const Window& window_of(WindowKind kind) { return windows[static_cast<std::size_t>(kind)]; }
static_assert(
    [] {
        for (const Die& die : dies)
            if (&die != &die_of(die.kind)) return false;
        for (const Window& window : windows)
            if (&window != &window_of(window.kind)) return false;
        return true;
    }(),
    "rows stand in the order of their enumerators");

/// The die kind of a die_id, null if reserved.
constexpr const Die* find_die(std::uint64_t id) {
    for (const Die& die : dies)
        if (id >= die.first_id && id - die.first_id < die.count) return &die;
    return nullptr;
}
/// The window that `address` selects on a die of this kind, null if reserved.
constexpr const Window* find_window(DieKind die, std::uint64_t address) {
    for (const Window& window : windows)
        if (window.die == die && window.select.get(address) == window.code) return &window;
    return nullptr;
}

/// The field values of one address within a window. `die` counts among its kind: cube or IO chiplet number.
struct Fields {
    std::uint64_t sip = 0;
    std::uint64_t die = 0;
    std::uint64_t pe = 0;
    std::uint64_t resource = 0;
    std::uint64_t offset = 0;
};
/// Unchecked: values must fit their fields.
constexpr std::uint64_t pack(const Window& window, const Fields& f) {
    return sip_id.put(f.sip) | die_id.put(die_of(window.die).first_id + f.die) | window.select.put(window.code) |
           window.pe.put(f.pe) | window.resource.put(f.resource) | window.offset.put(f.offset);
}
constexpr Fields unpack(const Window& window, std::uint64_t address) {
    return {.sip = sip_id.get(address),
            .die = die_id.get(address) - die_of(window.die).first_id,
            .pe = window.pe.get(address),
            .resource = window.resource.get(address),
            .offset = window.offset.get(address)};
}

/// Encoders for firmware; unchecked like `pack`.
struct CubePlace {
    std::uint32_t sip;
    std::uint32_t cube;
};
struct PePlace {
    std::uint32_t sip;
    std::uint32_t cube;
    std::uint32_t pe;
};
struct IoPlace {
    std::uint32_t sip;
    std::uint32_t io;
};
constexpr std::uint64_t encode_hbm(CubePlace at, std::uint64_t offset) {
    return pack(window_of(WindowKind::hbm), {.sip = at.sip, .die = at.cube, .offset = offset});
}
constexpr std::uint64_t encode_pe_local(PePlace at, PeResource resource, std::uint64_t offset) {
    return pack(window_of(WindowKind::pe_local), {.sip = at.sip,
                                                  .die = at.cube,
                                                  .pe = at.pe,
                                                  .resource = static_cast<std::uint64_t>(resource),
                                                  .offset = offset});
}
constexpr std::uint64_t encode_mcpu_local(CubePlace at, McpuResource resource, std::uint64_t offset) {
    return pack(window_of(WindowKind::mcpu_local),
                {.sip = at.sip, .die = at.cube, .resource = static_cast<std::uint64_t>(resource), .offset = offset});
}
constexpr std::uint64_t encode_cube_sram(CubePlace at, std::uint64_t offset) {
    return pack(window_of(WindowKind::cube_sram), {.sip = at.sip, .die = at.cube, .offset = offset});
}
constexpr std::uint64_t encode_iocpu_local(IoPlace at, IocpuResource resource, std::uint64_t offset) {
    return pack(window_of(WindowKind::iocpu_local),
                {.sip = at.sip, .die = at.io, .resource = static_cast<std::uint64_t>(resource), .offset = offset});
}
constexpr std::uint64_t encode_host_aperture(IoPlace at, std::uint64_t offset) {
    return pack(window_of(WindowKind::host_aperture), {.sip = at.sip, .die = at.io, .offset = offset});
}

}  // namespace ahbm::abi
