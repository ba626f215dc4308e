// SPDX-License-Identifier: Apache-2.0
#include "observe/timeline/recording.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace ahbm::timeline {

Track Recording::described(const std::string& name) const {
    const std::size_t dot = name.find('.');
    return {name.substr(0, dot), name.substr(dot + 1), {}, {}};
}

std::uint32_t Recording::track(const std::string& name, const std::string& category, const std::string& argument,
                               const std::string& another) {
    if (!scope_.has(name)) return kNone;
    Track track = described(name);
    track.category = category;
    track.arguments = {argument, another};
    trace_.tracks.push_back(std::move(track));
    return static_cast<std::uint32_t>(trace_.tracks.size() - 1);
}

std::uint32_t Recording::counter(const std::string& name, const std::string& unit) {
    return scope_.has(name) ? selected_counter(name, unit) : kNone;
}

std::uint32_t Recording::selected_counter(const std::string& name, const std::string& unit) {
    const auto [entry, fresh] = counters_.emplace(name, static_cast<std::uint32_t>(trace_.counters.size()));
    if (fresh) {
        trace_.counters.push_back(described(name));
        trace_.counters.back().category = unit;
    }
    return entry->second;
}

std::uint32_t Recording::text(const std::string& text) {
    const auto [entry, fresh] = texts_.emplace(text, static_cast<std::uint32_t>(trace_.names.size()));
    if (fresh) trace_.names.push_back(text);
    return entry->second;
}

void Recording::stop() {
    stopped_ = now_();
    from_ = sim::Time::max();
}

void Recording::record_what_is_under_way() {
    from_ = limits_.from;
    limits_.events = UINT64_MAX;
}

Trace Recording::finish() {
    count_intervals();
    settle_samples();
    for (std::size_t kind = 0; kind < flows_.size(); ++kind) join(static_cast<FlowKind>(kind));
    arrange(trace_);
    return std::move(trace_);
}

void Recording::count_intervals() {
    std::vector<Sample> steps;
    for (const Interval& interval : intervals_) {
        steps.push_back({std::max(interval.begin, limits_.from), 1, interval.counter});
        if (interval.end <= limits_.to) steps.push_back({interval.end, -1, interval.counter});
    }
    std::vector<Interval>().swap(intervals_);
    std::sort(steps.begin(), steps.end(), [](const Sample& a, const Sample& b) {
        return std::tie(a.counter, a.at, a.value) < std::tie(b.counter, b.at, b.value);
    });
    std::int64_t open = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (i > 0 && steps[i].counter != steps[i - 1].counter) open = 0;
        open += steps[i].value;
        const bool last_of_instant =
            i + 1 == steps.size() || steps[i + 1].counter != steps[i].counter || steps[i + 1].at != steps[i].at;
        if (last_of_instant) trace_.samples.push_back({steps[i].at, open, steps[i].counter});
    }
}

void Recording::settle_samples() {
    std::vector<Sample>& samples = trace_.samples;
    std::stable_sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) {
        return std::tie(a.counter, a.at) < std::tie(b.counter, b.at);
    });
    // Of an instant the last value counts, and only if it is another one.
    std::vector<Sample> settled;
    for (const Sample& sample : samples) {
        if (!settled.empty() && settled.back().counter == sample.counter && settled.back().at == sample.at)
            settled.pop_back();
        const bool same =
            !settled.empty() && settled.back().counter == sample.counter && settled.back().value == sample.value;
        if (!same) settled.push_back(sample);
    }
    samples = std::move(settled);
}

void Recording::join(FlowKind kind) {
    auto& [from, to] = flows_[static_cast<std::size_t>(kind)];
    const std::vector<Slice>& slices = trace_.slices;
    const auto key = [&](const FlowEnd& end) { return std::tuple(end.place, end.number, slices[end.slice].begin); };
    std::sort(from.begin(), from.end(), [&](const FlowEnd& a, const FlowEnd& b) { return key(a) < key(b); });
    for (const FlowEnd& end : to) {
        auto found = std::upper_bound(from.begin(), from.end(), end,
                                      [&](const FlowEnd& a, const FlowEnd& b) { return key(a) < key(b); });
        if (found == from.begin()) continue;
        --found;
        if (found->place == end.place && found->number == end.number)
            trace_.flows.push_back({kind, found->slice, end.slice});
    }
}

}  // namespace ahbm::timeline
