// SPDX-License-Identifier: Apache-2.0
#include "observe/timeline/chrome_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::timeline {
namespace {

std::string json_text(const std::string& text) { return nlohmann::json(text).dump(); }

/// Microseconds, exact.
std::string json_time(sim::Time time) { return fmt::format("{}.{:06}", time.ps() / 1'000'000, time.ps() % 1'000'000); }

}  // namespace

void write_chrome_json(const Trace& trace, std::ostream& out) {
    auto write = [&out, first = true]<class... Values>(fmt::format_string<Values...> form, Values&&... values) mutable {
        out << (std::exchange(first, false) ? "\n{" : ",\n{");
        fmt::format_to(std::ostreambuf_iterator<char>(out), form, std::forward<Values>(values)...);
        out << '}';
    };
    std::vector<std::string> names;
    for (const std::string& name : trace.names) names.push_back(json_text(name));
    out << "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
    for (std::size_t i = 0; i < trace.processes.size(); ++i) {
        write(R"("ph":"M","name":"process_name","pid":{},"args":{{"name":{}}})", i + 1, json_text(trace.processes[i]));
        write(R"("ph":"M","name":"process_sort_index","pid":{},"args":{{"sort_index":{}}})", i + 1, i);
    }

    std::vector<std::uint32_t> lane_of(trace.slices.size());
    const auto place = [&](std::uint32_t lane) {
        return fmt::format(R"("pid":{},"tid":{})", trace.process_of(trace.tracks[trace.lanes[lane].track]) + 1,
                           lane + 1);
    };
    for (std::uint32_t i = 0; i < trace.lanes.size(); ++i) {
        const Lane& lane = trace.lanes[i];
        const Track& track = trace.tracks[lane.track];
        const std::string where = place(i), category = json_text(track.category);
        write(R"("ph":"M","name":"thread_name",{},"args":{{"name":{}}})", where,
              json_text(lane.number == 1 ? track.name : fmt::format("{} #{}", track.name, lane.number)));
        write(R"("ph":"M","name":"thread_sort_index",{},"args":{{"sort_index":{}}})", where, i);
        for (const std::uint32_t s : lane.slices) {
            const Slice& slice = trace.slices[s];
            lane_of[s] = i;
            std::string arguments;
            for (std::size_t a = 0; a < track.arguments.size() && !slice.nested; ++a)
                if (!track.arguments[a].empty())
                    arguments += fmt::format("{}\"{}\":{}", arguments.empty() ? "" : ",", track.arguments[a],
                                             slice.arguments[a]);
            write(R"("ph":"X",{},"ts":{},"dur":{},"cat":{},"name":{},"args":{{{}}})", where, json_time(slice.begin),
                  json_time(slice.end - slice.begin), category, names[slice.name], arguments);
        }
    }
    for (std::size_t i = 0; i < trace.flows.size(); ++i) {
        const Flow& flow = trace.flows[i];
        const char* const kind = kFlowNames[static_cast<std::size_t>(flow.kind)];
        const auto end = [&](const char* phase, std::uint32_t slice) {
            write(R"("ph":{},{},"ts":{},"cat":"{}","name":"{}","id":{})", phase, place(lane_of[slice]),
                  json_time(trace.slices[slice].begin), kind, kind, i + 1);
        };
        end(R"("s")", flow.from);
        end(R"("f","bp":"e")", flow.to);
    }
    for (const Sample& sample : trace.samples) {
        const Track& counter = trace.counters[sample.counter];
        write(R"("ph":"C","pid":{},"name":{},"ts":{},"args":{{"{}":{}}})", trace.process_of(counter) + 1,
              json_text(counter.name), json_time(sample.at), counter.category, sample.value);
    }
    out << "\n]}\n";
}

}  // namespace ahbm::timeline
