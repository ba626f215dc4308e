// SPDX-License-Identifier: Apache-2.0
/// Writes that have arrived at a memory and cannot be read yet. What arrives behind one and meets its bytes takes
/// effect after it: what can be overtaken is the way to a memory, not the memory.
#pragma once

#include "sim/ring.h"
#include "sim/units.h"

#include <algorithm>
#include <cstdint>

namespace ahbm {

class AcceptedWrites {
public:
    /// When an access of [address, address + span) that has arrived at `arrival` may take effect: not before the
    /// writes that arrived earlier. Asked in the order of time: what is visible by `now` is forgotten.
    sim::Time earliest(std::uint64_t address, std::uint64_t span, sim::Time arrival, sim::Time now) {
        while (!writes_.empty() && writes_.front().visible <= now) writes_.drop();
        sim::Time when = arrival;
        if (latest_ <= arrival) return when;
        for (std::size_t i = 0; i < writes_.size(); ++i) {
            const Write& write = writes_[i];
            const bool meets = write.address < address + span && address < write.address + write.span;
            if (meets && write.arrived <= arrival) when = std::max(when, write.visible);
        }
        return when;
    }
    /// All bytes of [address, address + span) have arrived at `arrived` and can be read from `visible` on.
    void add(std::uint64_t address, std::uint64_t span, sim::Time arrived, sim::Time visible) {
        latest_ = std::max(latest_, visible);
        writes_.push({address, span, arrived, visible});
    }
    void clear() {
        writes_.clear();
        latest_ = {};
    }

private:
    struct Write {
        std::uint64_t address = 0, span = 0;
        sim::Time arrived, visible;
    };
    sim::Ring<Write> writes_;
    sim::Time latest_;  ///< to become visible, of all that were ever added
};

}  // namespace ahbm
