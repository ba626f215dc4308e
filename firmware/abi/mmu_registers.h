// SPDX-License-Identifier: Apache-2.0
/// Register window of PE_MMU (PE_LOCAL resource 7): the part PE_CPU writes page mappings through.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ahbm::abi {

enum class MmuOperation : std::uint32_t { map = 1, unmap = 2 };

/// One write of these 32 bytes to `mmu_command_offset` installs or removes a mapping. PE_MMU answers a command it
/// refuses with an error response and keeps the first refusal in MmuRefusal.
struct MmuCommand {
    std::uint64_t virtual_address = 0;
    std::uint64_t physical_address = 0;  ///< unmap: 0
    std::uint64_t bytes = 0;
    MmuOperation operation = MmuOperation::map;
    std::uint32_t reserved = 0;
};

enum class MmuError : std::uint32_t {
    none = 0,
    table_full = 1,
    overlap = 2,           ///< part of the range is mapped to another physical address
    not_mapped = 3,        ///< unmap of a range that is not mapped
    physical_address = 4,  ///< does not decode, or is nothing a PE may reach
    bad_command = 5,       ///< unknown operation, zero bytes, wrong size of the write
};

/// At `mmu_refusal_offset`. Reading clears it.
struct MmuRefusal {
    MmuError error = MmuError::none;
    std::uint32_t reserved = 0;
    std::uint64_t virtual_address = 0;
};

inline constexpr std::uint64_t mmu_command_offset = 0x00;
inline constexpr std::uint64_t mmu_refusal_offset = 0x40;

static_assert(sizeof(MmuCommand) == 32 && offsetof(MmuCommand, operation) == 24);
static_assert(sizeof(MmuRefusal) == 16 && offsetof(MmuRefusal, virtual_address) == 8);

}  // namespace ahbm::abi
