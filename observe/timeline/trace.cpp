// SPDX-License-Identifier: Apache-2.0
#include "observe/timeline/trace.h"

#include <algorithm>
#include <tuple>

namespace ahbm::timeline {

std::size_t Trace::process_of(const Track& track) const {
    return static_cast<std::size_t>(std::find(processes.begin(), processes.end(), track.process) - processes.begin());
}

void arrange(Trace& trace) {
    const std::vector<Slice>& slices = trace.slices;
    std::vector<std::uint32_t> order;  // without the nested ones
    for (std::uint32_t i = 0; i < slices.size(); ++i)
        if (!slices[i].nested) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        const Slice &x = slices[a], &y = slices[b];
        return std::tie(x.track, x.begin, x.end, a) < std::tie(y.track, y.begin, y.end, b);
    });
    std::size_t first = 0;  // lane of the track
    std::vector<sim::Time> free_at;
    for (const std::uint32_t i : order) {
        const Slice& slice = slices[i];
        if (trace.lanes.empty() || trace.lanes.back().track != slice.track) {
            first = trace.lanes.size();
            free_at.clear();
        }
        const auto lane = static_cast<std::size_t>(
            std::find_if(free_at.begin(), free_at.end(), [&](sim::Time end) { return end <= slice.begin; }) -
            free_at.begin());
        if (lane == free_at.size()) {
            free_at.emplace_back();
            trace.lanes.push_back({slice.track, static_cast<unsigned>(lane + 1), {}});
        }
        free_at[lane] = slice.end;
        std::vector<std::uint32_t>& into = trace.lanes[first + lane].slices;
        into.push_back(i);
        for (std::uint32_t inner = i + 1; inner < slices.size() && slices[inner].nested; ++inner) into.push_back(inner);
    }

    const auto add_process = [&](const Track& track) {
        if (trace.process_of(track) == trace.processes.size()) trace.processes.push_back(track.process);
    };
    for (const Lane& lane : trace.lanes) add_process(trace.tracks[lane.track]);
    for (const Sample& sample : trace.samples)
        if (&sample == trace.samples.data() || (&sample)[-1].counter != sample.counter)
            add_process(trace.counters[sample.counter]);
    std::sort(trace.processes.begin(), trace.processes.end(), [](const std::string& a, const std::string& b) {
        return std::make_tuple(a != "host", a.size(), a) < std::make_tuple(b != "host", b.size(), b);
    });
}

void mark_partial(Trace& trace, const std::string& why, sim::Time end) {
    const auto track = static_cast<std::uint32_t>(trace.tracks.size());
    const auto slice = static_cast<std::uint32_t>(trace.slices.size());
    trace.tracks.push_back({"partial", "partial", "partial", {}});
    trace.slices.push_back({{}, end, {}, track, static_cast<std::uint32_t>(trace.names.size()) & (UINT32_MAX >> 1), 0});
    trace.names.push_back("partial: " + why);
    trace.lanes.push_back({track, 1, {slice}});
    trace.processes.insert(trace.processes.begin(), "partial");
}

}  // namespace ahbm::timeline
