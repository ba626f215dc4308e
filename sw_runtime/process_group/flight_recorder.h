// SPDX-License-Identifier: Apache-2.0
/// The last collective calls of every rank, for the moment when something does not come back: who called what, in which
/// order, and how far it got.
#pragma once

#include "sim/units.h"
#include "sw_runtime/process_group/collective_call.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm::runtime {

/// waiting: for the other ranks; running: handed to the hardware.
enum class CallState : std::uint8_t { waiting, running, complete, failed };
std::string_view to_string(CallState state);

struct FlightRecord {
    std::uint64_t sequence = 0;  ///< counts the calls of the rank
    std::string where;           ///< the group: "group 0"; of a pair: "group 0, rank 1 to rank 2"
    std::uint64_t epoch = 0;     ///< counts the calls of the group
    CollectiveCall call;
    CallState state = CallState::waiting;
    sim::Time called;
    sim::Time changed;  ///< when it came into this state
};

class FlightRecorder {
public:
    explicit FlightRecorder(std::uint32_t ranks, std::size_t depth = 64) : depth_(depth), ranks_(ranks) {}

    /// Returns the call's sequence number.
    std::uint64_t called(std::uint32_t rank, std::string where, std::uint64_t epoch, const CollectiveCall& call,
                         sim::Time now);
    /// Of a call that is no longer recorded: nothing.
    void changed(std::uint32_t rank, std::uint64_t sequence, CallState state, sim::Time now);

    /// Whether two of these ranks, which have all made the call of this group and epoch, have made it in another order
    /// with a collective of another group, which none of them has completed: each would wait for the other. Says which
    /// ranks and calls; empty: no.
    std::string divergence(const std::vector<std::uint32_t>& ranks, const std::string& where,
                           std::uint64_t epoch) const;

    const std::deque<FlightRecord>& of(std::uint32_t rank) const { return ranks_.at(rank).records; }
    /// A line per call, rank by rank.
    std::string text() const;
    nlohmann::json json() const;
    /// The lines of calls that have not ended.
    std::string unfinished() const;

private:
    struct Calls {
        std::uint64_t count = 0;
        std::deque<FlightRecord> records;  ///< the last ones, in order
    };
    const FlightRecord* find(std::uint32_t rank, const std::string& where, std::uint64_t epoch) const;
    template <class Wanted>
    std::string lines(Wanted wanted) const;

    std::size_t depth_;
    std::vector<Calls> ranks_;
};

}  // namespace ahbm::runtime
