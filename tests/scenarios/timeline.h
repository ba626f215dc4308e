// SPDX-License-Identifier: Apache-2.0
/// A timeline as its reader meets it: decoded by protoc with Perfetto's schema, or from its JSON form.
#pragma once

#include "tests/scenarios/process.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <set>
#include <sstream>

namespace ahbm::test::timeline {

using nlohmann::json;
using testing::HasSubstr;

struct Slice {
    std::string track;  ///< with its process: "sip0.cube0.pe0.gemm"
    std::string name;
    std::int64_t begin = 0, end = 0;  ///< ps
    unsigned depth = 0;
    std::map<std::string, std::uint64_t> arguments;
    std::int64_t length() const { return end - begin; }
};
struct Arrow {
    const Slice *from = nullptr, *to = nullptr;
};

/// What is in a trace, however it was written.
struct Timeline {
    std::deque<Slice> slices;  ///< stable: arrows point at them
    std::map<std::uint64_t, Arrow> arrows;
    std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> counters;  ///< time, value
    std::size_t tracks = 0;                                                              ///< with slices

    std::vector<const Slice*> on(const std::string& part, unsigned depth = 0) const {
        std::vector<const Slice*> found;
        for (const Slice& slice : slices)
            if (slice.depth == depth && slice.track.find(part) != std::string::npos) found.push_back(&slice);
        return found;
    }
    std::vector<Arrow> between(const std::string& from, const std::string& to) const {
        std::vector<Arrow> found;
        for (const auto& [id, arrow] : arrows)
            if (arrow.from->track.find(from) != std::string::npos && arrow.to->track.find(to) != std::string::npos)
                found.push_back(arrow);
        return found;
    }
};

/// protoc's text form of a message.
struct Node {
    std::multimap<std::string, std::string> values;
    std::multimap<std::string, Node> parts;
    std::string text(const std::string& name) const {
        const auto found = values.find(name);
        return found == values.end() ? "" : found->second;
    }
    std::uint64_t number(const std::string& name) const { return std::stoull("0" + text(name)); }
    const Node* part(const std::string& name) const {
        const auto found = parts.find(name);
        return found == parts.end() ? nullptr : &found->second;
    }
};
inline Node parse(std::istream& lines) {
    Node node;
    for (std::string line; std::getline(lines, line);) {
        line.erase(0, line.find_first_not_of(' '));
        if (line == "}") break;
        if (line.ends_with(" {")) {
            node.parts.emplace(line.substr(0, line.size() - 2), parse(lines));
            continue;
        }
        const std::size_t colon = line.find(": ");
        std::string value = line.substr(colon + 2);
        if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
        node.values.emplace(line.substr(0, colon), value);
    }
    return node;
}

class TimelineCli : public InFolder {
protected:
    void run(const std::string& arguments) {
        const Finished finished = ahbm("run " + arguments);
        ASSERT_EQ(finished.code, 0) << arguments << finished.err;
        said = finished.out;
    }
    json result(const std::string& file) const { return json::parse(content(folder / file)); }

    /// Checks form as it goes: unknown fields, what refers to nothing, slices that are not closed or not nested.
    Timeline decode(const std::string& file) const {
        const Finished decoded = shell("protoc --proto_path=" AHBM_SOURCE_DIR
                                       "/tests/scenarios --decode=perfetto.protos.Trace "
                                       "perfetto_subset.proto <" +
                                       file);
        EXPECT_EQ(decoded.code, 0) << decoded.err;
        std::istringstream lines(decoded.out);
        Timeline timeline;
        std::map<std::string, std::map<std::uint64_t, std::string>> texts;
        std::map<std::uint64_t, std::string> names;
        std::set<std::uint64_t> counters, tracks;
        std::map<std::uint64_t, std::vector<Slice*>> open;
        std::uint64_t latest = 0;
        for (const auto& [kind, packet] : parse(lines).parts) {
            EXPECT_EQ(kind, "packet");
            for (const Node* level : {&packet})
                for (const auto& [field, value] : level->values)
                    EXPECT_FALSE(std::isdigit(static_cast<unsigned char>(field[0]))) << "not in the schema: " << field;
            if (const Node* table = packet.part("interned_data"))
                for (const auto& [entries, entry] : table->parts)
                    texts[entries][entry.number("iid")] = entry.text("name");
            if (const Node* track = packet.part("track_descriptor")) {
                const std::uint64_t id = track->number("uuid");
                EXPECT_FALSE(names.contains(id));
                if (const Node* process = track->part("process")) {
                    names[id] = process->text("process_name");
                } else {
                    EXPECT_TRUE(names.contains(track->number("parent_uuid")));
                    names[id] = names[track->number("parent_uuid")] + "." + track->text("name");
                }
                if (track->part("counter") != nullptr) counters.insert(id);
            }
            const Node* event = packet.part("track_event");
            if (event == nullptr) continue;
            const std::uint64_t id = event->number("track_uuid"), at = packet.number("timestamp");
            EXPECT_TRUE(names.contains(id));
            if (event->text("type") == "TYPE_COUNTER") {
                EXPECT_TRUE(counters.contains(id));
                timeline.counters[names[id]].emplace_back(at, std::stoll(event->text("counter_value")));
                continue;
            }
            tracks.insert(id);
            EXPECT_LE(latest, at) << "slices come in order of time";
            latest = at;
            if (event->text("type") == "TYPE_SLICE_END") {
                EXPECT_FALSE(open[id].empty()) << names[id] << " ends what did not begin";
                if (open[id].empty()) continue;
                EXPECT_EQ(at, open[id].back()->end / 1000) << names[id] << ' ' << open[id].back()->name;
                open[id].pop_back();
                continue;
            }
            EXPECT_EQ(event->text("type"), "TYPE_SLICE_BEGIN");
            EXPECT_TRUE(texts["event_categories"].contains(event->number("category_iids")));
            Slice& slice = timeline.slices.emplace_back();
            slice.track = names[id];
            slice.name = texts["event_names"].at(event->number("name_iid"));
            slice.depth = static_cast<unsigned>(open[id].size());
            for (auto [it, end] = event->parts.equal_range("debug_annotations"); it != end; ++it)
                slice.arguments[texts["debug_annotation_names"].at(it->second.number("name_iid"))] =
                    it->second.number("uint_value");
            slice.begin = static_cast<std::int64_t>(slice.arguments.at("begin_ps"));
            slice.end = static_cast<std::int64_t>(slice.arguments.at("end_ps"));
            EXPECT_EQ(at, slice.begin / 1000);
            EXPECT_LE(slice.begin, slice.end);
            if (!open[id].empty()) {
                EXPECT_LE(slice.end, open[id].back()->end) << names[id] << ": not nested";
            }
            open[id].push_back(&slice);
            for (auto [it, end] = event->values.equal_range("flow_ids"); it != end; ++it)
                timeline.arrows[std::stoull(it->second)].from = &slice;
            for (auto [it, end] = event->values.equal_range("terminating_flow_ids"); it != end; ++it)
                timeline.arrows[std::stoull(it->second)].to = &slice;
        }
        for (const auto& [id, stack] : open) EXPECT_TRUE(stack.empty()) << names[id] << " does not end";
        for (const auto& [id, arrow] : timeline.arrows) {
            EXPECT_TRUE(arrow.from != nullptr && arrow.to != nullptr) << "arrow " << id << " has one end";
            if (arrow.from != nullptr && arrow.to != nullptr) {
                EXPECT_LE(arrow.from->begin, arrow.to->begin);
            }
        }
        timeline.tracks = tracks.size();
        return timeline;
    }

    /// Engines, launches and counters agree with result.json.
    static void compare(const Timeline& timeline, const json& result) {
        const std::vector<const Slice*> launches = timeline.on("host.launches");
        for (const json& launch : result["launches"]) {
            const auto same = [&](const Slice* slice) {
                return slice->track == fmt::format("host.launches.sip{}", launch["sip"].get<unsigned>()) &&
                       slice->begin == launch["submitted_ps"] && slice->end == launch["completed_ps"] &&
                       slice->arguments.at("pes") == launch["pes"];
            };
            EXPECT_EQ(std::count_if(launches.begin(), launches.end(), same), 1) << launch;
        }
        std::size_t pes = 0;
        for (const Slice* launch : launches) pes += launch->arguments.at("pes");
        EXPECT_EQ(timeline.on(".kernel").size(), pes);
        EXPECT_EQ(timeline.between("host.launches", ".kernel").size(), pes);
        EXPECT_EQ(timeline.on("host.launches", 1).size(), 3 * launches.size()) << "dispatch, execution, completion";

        const std::map<std::string, std::string> engines{
            {"FETCH", ".fetch"}, {"STORE", ".store"}, {"GEMM", ".gemm"}, {"MATH", ".math"}};
        for (const auto& [engine, track] : engines) {
            std::map<std::string, std::int64_t> busy;
            std::int64_t sum = 0, most = 0;
            for (const Slice* slice : timeline.on(track)) {
                sum += slice->length();
                most = std::max(most, busy[slice->track] += slice->length());
            }
            EXPECT_EQ(most, result["engines"][engine]["busiest_ps"]) << engine;
            EXPECT_EQ(sum / result["kernels"]["busy_pes"].get<std::int64_t>(), result["engines"][engine]["mean_ps"])
                << engine;
        }
        // A DMA channel's jobs overlap; it is held while there is one.
        for (const auto& [engine, track] : {std::pair{"DMA read", ".dma.read"}, {"DMA write", ".dma.write"}}) {
            std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> jobs;
            for (const Slice* slice : timeline.on(track)) jobs[slice->track].emplace_back(slice->begin, slice->end);
            std::int64_t most = 0;
            for (auto& [name, spans] : jobs) {
                std::sort(spans.begin(), spans.end());
                std::int64_t held = 0, until = 0;
                for (const auto& [begin, end] : spans) {
                    held += std::max<std::int64_t>(0, end - std::max(begin, until));
                    until = std::max(until, end);
                }
                most = std::max(most, held);
            }
            EXPECT_EQ(most, result["engines"][engine]["busiest_ps"]) << engine;
        }
        for (const auto& [name, samples] : timeline.counters) {
            std::int64_t before = -1;
            for (const auto& [at, value] : samples) {
                EXPECT_GE(value, 0) << name;
                EXPECT_GE(at, before) << name;
                before = at;
            }
            if (name.find("credits") == std::string::npos) {
                EXPECT_EQ(samples.back().second, 0) << name << " at the end";
            }
        }
        EXPECT_GT(timeline.counters.at("sip0.transactions").size(), 10u);
    }

    std::string said;
};

}  // namespace ahbm::test::timeline
