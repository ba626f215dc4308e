// SPDX-License-Identifier: Apache-2.0
/// Brings what observers tell into the order of time: what is so now, and what is already known to happen later (a link
/// is reserved ahead). Writes a variable when its value at the end of an instant differs from the one before, and
/// nothing else; takes no events.
#pragma once

#include "observe/waves/vcd_file.h"

#include <cstdint>
#include <vector>

namespace ahbm {

class WaveRecorder {
public:
    explicit WaveRecorder(VcdFile& file) : file_(file) {}

    /// Every variable starts as 0.
    std::uint32_t declare(const std::string& name, unsigned width);
    /// Called before set(): the instants before `now` are complete.
    void move_to(sim::Time now);
    /// From now on.
    void set(std::uint32_t variable, std::uint64_t value);
    /// From `when` on, which is not past.
    void set_at(sim::Time when, std::uint32_t variable, std::uint64_t value) { plan({when, variable, value, false}); }
    void add_at(sim::Time when, std::uint32_t variable, std::int64_t difference) {
        plan({when, variable, static_cast<std::uint64_t>(difference), true});  // wraps around, as it should
    }
    /// All that is planned happens; returns when the last of it did, `now` at least.
    sim::Time finish(sim::Time now);

private:
    struct Variable {
        std::uint64_t value = 0;
        std::uint64_t written = 0;
        bool marked = false;
    };
    struct Planned {
        sim::Time when;
        std::uint32_t variable;
        std::uint64_t number;
        bool difference;
        bool operator<(const Planned& other) const { return when > other.when; }  // the heap's top is the earliest
    };
    void plan(const Planned& planned);
    void apply(const Planned& planned);
    void go_to(sim::Time when);

    VcdFile& file_;
    sim::Time at_;
    std::vector<Variable> variables_;
    std::vector<std::uint32_t> marked_;  ///< touched in the instant at_
    std::vector<Planned> planned_;       ///< a heap
};

}  // namespace ahbm
