// SPDX-License-Identifier: Apache-2.0
/// Which commands must wait for which earlier ones: read after write, write after read, write after write, by the bytes
/// they name. Virtual addresses are compared as such: two mappings of one physical page are not recognised.
#pragma once

#include "firmware/tl/command.h"

namespace ahbm {

/// True when the regions may share a byte. Exact for contiguous regions and for rows of equal pitch; rows of different
/// pitch count with everything between their first and last byte.
bool overlap(const tl::Region& a, const tl::Region& b);

/// True when the command reads or writes a byte of the region.
bool touches(const tl::Command& command, const tl::Region& region);

/// True when the command writes global memory: a posted store, complete when accepted, acknowledged later.
bool posts(const tl::Command& command);

enum class Wait : std::uint8_t {
    none,
    completion,       ///< until the earlier command is complete
    acknowledgement,  ///< until the earlier command's stores are acknowledged, which includes its completion
};
/// A fence waits for the acknowledgement of all stores before it, and every access to global memory behind a fence
/// waits for the fence. Tiled products wait for each other: they share the tile buffers and the matrix engine.
Wait dependency(const tl::Command& earlier, const tl::Command& later);

}  // namespace ahbm
