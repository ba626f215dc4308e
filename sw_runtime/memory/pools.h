// SPDX-License-Identifier: Apache-2.0
/// The pools of a whole system: per PE its HBM slice and its TCM, per cube the SRAM. Tensors and queue rings come from
/// the same pools, so they cannot overlap.
#pragma once

#include "interconnect/protocol/phys_addr.h"
#include "sim/ids.h"
#include "sim/units.h"
#include "sw_runtime/memory/pool.h"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

namespace ahbm::runtime {

/// What there is to allocate.
struct DeviceMemory {
    std::uint32_t sips = 0;
    std::uint32_t cubes = 0;    ///< per SIP
    std::uint32_t pes = 0;      ///< per cube
    sim::Bytes hbm_slice{};     ///< per PE
    sim::Bytes tcm{};           ///< per PE
    sim::Bytes tcm_reserved{};  ///< low part of the TCM, which the scheduler keeps for itself
    sim::Bytes sram{};          ///< per cube
};

/// Pools come into being with their first use, so a large system costs nothing until it is used.
/// Addresses within a pool are offsets: within the slice, the TCM, the SRAM.
class DevicePools {
public:
    /// Throws std::invalid_argument if the TCM is smaller than its reserved part.
    explicit DevicePools(const DeviceMemory& memory);

    /// Throw std::out_of_range for a place that the system does not have.
    Pool& hbm(PeCoord at);
    Pool& tcm(PeCoord at);
    Pool& sram(SipId sip, CubeId cube);

    PhysAddr allocate_hbm(PeCoord at, std::uint64_t bytes, Alignment alignment, std::string_view requester);
    PhysAddr allocate_tcm(PeCoord at, std::uint64_t bytes, Alignment alignment, std::string_view requester,
                          From from = From::bottom);
    PhysAddr allocate_sram(SipId sip, CubeId cube, std::uint64_t bytes, Alignment alignment,
                           std::string_view requester);
    /// Gives back what any of the three handed out; throws BadFree.
    void free(PhysAddr address);

    const DeviceMemory& memory() const { return memory_; }

private:
    void check(PeCoord at) const;

    DeviceMemory memory_;
    std::map<PeCoord, Pool> hbm_;
    std::map<PeCoord, Pool> tcm_;
    std::map<std::pair<SipId, CubeId>, Pool> sram_;
};

}  // namespace ahbm::runtime
