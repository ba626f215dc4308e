// SPDX-License-Identifier: Apache-2.0
/// Where the time of one transaction went. The parts sum to its end-to-end latency to the picosecond; the fabric checks
/// this for every transaction when it completes.
#pragma once

#include "sim/units.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ahbm {

enum class LedgerPart : std::uint8_t {
    issue,          ///< in the engine, before the first byte left: waiting for a slot in the outstanding window
    queueing,       ///< heads waiting for a busy link
    serialisation,  ///< from head to tail at the narrowest link
    noc,            ///< router overheads and wires inside a die
    ucie,           ///< die-to-die crossings: port overheads and wires
    io,             ///< IO chiplet, PCIe and switch: overheads and wires
    service,        ///< inside the target: memory access, its own queueing included
};
inline constexpr std::size_t kLedgerParts = 7;
constexpr std::array<std::string_view, kLedgerParts> kLedgerPartNames{"issue", "queueing", "serialisation", "noc",
                                                                      "ucie",  "io",       "service"};

class Ledger {
public:
    sim::Time& operator[](LedgerPart part) { return parts_[static_cast<std::size_t>(part)]; }
    sim::Time operator[](LedgerPart part) const { return parts_[static_cast<std::size_t>(part)]; }
    sim::Time sum() const {
        sim::Time total;
        for (const sim::Time part : parts_) total += part;
        return total;
    }
    Ledger& operator+=(const Ledger& other) {
        for (std::size_t i = 0; i < kLedgerParts; ++i) parts_[i] += other.parts_[i];
        return *this;
    }

private:
    std::array<sim::Time, kLedgerParts> parts_{};
};

}  // namespace ahbm
