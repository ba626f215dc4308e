// SPDX-License-Identifier: Apache-2.0
/// The address of a block on the fabric.
#pragma once

#include <compare>
#include <cstdint>

namespace ahbm {

/// Where a block hangs on the fabric.
struct NodeId {
    enum class Kind : std::uint8_t { host, pcie_ep, io_cpu, cube };
    /// Within a PE, which shares one port: PE_DMA with TCM, PE_CPU, or the queues (PE_IPCQ and PE_DMA on its behalf).
    enum class Unit : std::uint8_t { memory, cpu, ipcq };
    Kind kind = Kind::host;
    std::uint8_t sip = 0;
    std::uint8_t port = 0;     ///< cube: local port of the router
    std::uint16_t router = 0;  ///< cube: router within the SIP
    Unit unit = Unit::memory;
    constexpr auto operator<=>(const NodeId&) const = default;
};

}  // namespace ahbm
