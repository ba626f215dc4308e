// SPDX-License-Identifier: Apache-2.0
/// What is recorded while a simulation runs: appended to flat vectors; sorting and joining is left to finish().
#pragma once

#include "observe/scope.h"
#include "observe/timeline/trace.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::timeline {

/// Slices, samples and intervals. What overlaps the window is recorded whole.
struct Limits {
    sim::Time from, to = sim::Time::max();
    std::uint64_t events = 10'000'000;
};

class Recording {
public:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    Recording(const Limits& limits, const std::string& scope, std::function<sim::Time()> now)
        : limits_(limits), from_(limits.from), scope_(scope), now_(std::move(now)) {}

    /// `name` with its process: "sip0.cube3.pe5.gemm". kNone when that is not in scope.
    std::uint32_t track(const std::string& name, const std::string& category, const std::string& argument = {},
                        const std::string& another = {});
    std::uint32_t counter(const std::string& name, const std::string& unit);
    /// One that turns up during the run and is in scope; the same for the same name.
    std::uint32_t selected_counter(const std::string& name, const std::string& unit);
    Scope& scope() { return scope_; }
    sim::Time now() const { return now_(); }
    /// Index of a text for slices.
    std::uint32_t text(const std::string& text);

    /// Returns the slice, or kNone when it is not recorded: track not in scope, outside the window.
    std::uint32_t slice(std::uint32_t track, std::uint32_t name, sim::Time begin, sim::Time end,
                        std::uint64_t argument = 0, std::uint64_t another = 0) {
        if (end < from_ || begin > limits_.to || track == kNone || full()) return kNone;
        trace_.slices.push_back({begin, end, {argument, another}, track, name & (UINT32_MAX >> 1), 0});
        return static_cast<std::uint32_t>(trace_.slices.size() - 1);
    }
    /// Inside the latest slice, which has been recorded.
    void nested(std::uint32_t name, sim::Time begin, sim::Time end) {
        if (full()) return;
        trace_.slices.push_back({begin, end, {}, trace_.slices.back().track, name & (UINT32_MAX >> 1), 1});
    }
    /// A counter's new value.
    void sample(std::uint32_t counter, sim::Time at, std::int64_t value) {
        if (at < from_ || at > limits_.to || counter == kNone || full()) return;
        trace_.samples.push_back({at, value, counter});
    }
    /// The counter counts how many of its intervals a moment is in.
    void interval(std::uint32_t counter, sim::Time begin, sim::Time end) {
        if (end < from_ || begin > limits_.to || counter == kNone || begin == end || full()) return;
        intervals_.push_back({begin, end, counter});
    }
    /// The ends of arrows, joined by kind, place and number: to a slice leads the latest one that begins before it.
    void flow_from(FlowKind kind, std::uint64_t place, std::uint64_t number, std::uint32_t slice) {
        if (slice != kNone) flows_[static_cast<std::size_t>(kind)].from.push_back({place, number, slice});
    }
    void flow_to(FlowKind kind, std::uint64_t place, std::uint64_t number, std::uint32_t slice) {
        if (slice != kNone) flows_[static_cast<std::size_t>(kind)].to.push_back({place, number, slice});
    }

    /// When the limit was reached: what ended later is not recorded.
    std::optional<sim::Time> stopped() const { return stopped_; }
    /// What is under way at the end is recorded beyond the limit, cut at stopped().
    void record_what_is_under_way();
    Trace finish();

private:
    struct FlowEnd {
        std::uint64_t place, number;
        std::uint32_t slice;
    };
    struct FlowEnds {
        std::vector<FlowEnd> from, to;
    };
    struct Interval {
        sim::Time begin, end;
        std::uint32_t counter;
    };
    bool full() {
        if (trace_.slices.size() + trace_.samples.size() + intervals_.size() < limits_.events) return false;
        stop();
        return true;
    }
    void stop();
    Track described(const std::string& name) const;
    void count_intervals();
    void settle_samples();
    void join(FlowKind kind);

    Limits limits_;
    sim::Time from_;  ///< of the window; the end of time once the limit is reached
    Scope scope_;
    std::function<sim::Time()> now_;
    Trace trace_;
    std::map<std::string, std::uint32_t> texts_, counters_;
    std::vector<Interval> intervals_;
    std::array<FlowEnds, kFlowNames.size()> flows_;
    std::optional<sim::Time> stopped_;
};

}  // namespace ahbm::timeline
