// SPDX-License-Identifier: Apache-2.0
/// Register window of PE_IPCQ (PE_LOCAL resource 6): queue-pair set-up, credits, and the aperture tiles arrive through.
#pragma once

#include "firmware/abi/address_map.h"
#include "firmware/abi/descriptors.h"

namespace ahbm::abi {

enum class IpcqOperation : std::uint32_t { install = 1, remove_group = 2 };

/// One write of these 72 bytes to `ipcq_command_offset` installs a queue pair or removes a group's. PE_IPCQ answers a
/// command it refuses with an error response and keeps the first refusal in IpcqRefusal.
struct IpcqCommand {
    IpcqOperation operation = IpcqOperation::install;
    std::uint32_t reserved = 0;
    IpcqBody policy;       ///< remove_group: the group only
    QueuePairEntry queue;  ///< remove_group: unused
};

enum class IpcqError : std::uint32_t {
    none = 0,
    duplicate = 1,  ///< the group has a queue pair in this direction already
    overlap = 2,    ///< the ring lies over another one
    table_full = 3,
    ring = 4,         ///< the ring is not where the buffer kind says, or not within one memory
    peer = 5,         ///< the peer does not exist
    busy = 6,         ///< removal of queue pairs that hold tiles or wait for credits
    bad_command = 7,  ///< unknown operation, wrong size of the write
};

/// At `ipcq_refusal_offset`. Reading clears it.
struct IpcqRefusal {
    IpcqError error = IpcqError::none;
    std::uint32_t reserved = 0;
    char direction[16] = {};
};

/// One write of these 16 bytes to `ipcq_credit_offset`: the consumer has given back all tiles below `consumed`.
struct IpcqCredit {
    std::uint64_t consumed = 0;
    std::uint64_t rx_base = 0;  ///< of the consumer's ring: which queue pair it is about
};

/// Header of a tile, in the header of each packet that carries a part of it to `ipcq_arrival_offset`. PE_DMA writes the
/// bytes to the slot and tells PE_IPCQ when all are visible: data and arrival are one.
struct IpcqTile {
    std::uint64_t slot_address = 0;  ///< physical; says which queue pair of the receiver it is for
    std::uint64_t sequence = 0;      ///< counts the tiles of the queue pair from 0
    std::uint32_t bytes = 0;         ///< of the whole tile
    std::uint32_t offset = 0;        ///< of this packet's bytes in it
    ElementType type = ElementType::f16;
    std::uint8_t rank = 0;
    std::uint16_t reserved = 0;
    std::uint32_t dims[4] = {};
    std::uint32_t block_rows = 0;  ///< layout; 0: dense
    std::uint32_t block_cols = 0;
    std::uint32_t reserved2 = 0;
};

inline constexpr std::uint64_t ipcq_command_offset = 0x000;
inline constexpr std::uint64_t ipcq_refusal_offset = 0x080;
inline constexpr std::uint64_t ipcq_credit_offset = 0x100;
/// Tiles are written here, together with the header that says which slot they go to.
inline constexpr std::uint64_t ipcq_arrival_offset = 0x1000;

static_assert(sizeof(IpcqCommand) == 72 && offsetof(IpcqCommand, policy) == 8 && offsetof(IpcqCommand, queue) == 24);
static_assert(sizeof(IpcqTile) == 56 && offsetof(IpcqTile, type) == 24 && offsetof(IpcqTile, dims) == 28 &&
              offsetof(IpcqTile, block_rows) == 44);
static_assert(sizeof(IpcqRefusal) == 24 && sizeof(IpcqCredit) == 16);

}  // namespace ahbm::abi
