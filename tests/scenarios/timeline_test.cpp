// SPDX-License-Identifier: Apache-2.0
// A timeline as its reader meets it: decoded by protoc with Perfetto's schema, it says what result.json says; the JSON
// form says the same; windows, scopes and limits leave out what they say, and the run is the same without it.
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

namespace ahbm::test {
namespace {

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
Node parse(std::istream& lines) {
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

TEST_F(TimelineCli, ACollectiveIsSeenFromLaunchToTile) {
    run("ccl_allreduce --topology mini --elems 4096 --trace t.pftrace --json r.json");
    const Timeline timeline = decode("t.pftrace");
    compare(timeline, result("r.json"));
    EXPECT_THAT(said, HasSubstr(fmt::format(" kB, {} tracks, {} slices, {} flows, ", timeline.tracks,
                                            timeline.slices.size(), timeline.arrows.size())));

    // A tree over 4 cubes: 3 tiles up and 3 down per launch, a tile being what fits a slot.
    const std::size_t launches = timeline.on("host.launches").size();
    const auto sends = timeline.on(".ipcq.send"), tiles = timeline.on(".ipcq.ring");
    EXPECT_EQ(sends.size() % (launches * 6), 0u);
    EXPECT_GE(sends.size(), launches * 6);
    EXPECT_EQ(tiles.size(), sends.size());
    const auto flights = timeline.between(".ipcq.send", ".ipcq.ring");
    EXPECT_EQ(flights.size(), sends.size());
    EXPECT_EQ(timeline.between(".ipcq.ring", ".ipcq.recv").size(), sends.size());
    std::set<const Slice*> senders, rings;
    for (const Arrow& flight : flights) {
        EXPECT_EQ(flight.from->arguments.at("tile"), flight.to->arguments.at("tile"));
        EXPECT_NE(flight.from->track.substr(0, 14), flight.to->track.substr(0, 14)) << "to another PE";
        EXPECT_GT(flight.to->begin, flight.from->begin) << "a wire has a length";
        senders.insert(flight.from);
        rings.insert(flight.to);
    }
    EXPECT_EQ(senders.size(), sends.size()) << "each tile its own";
    EXPECT_EQ(rings.size(), tiles.size());
    for (const Arrow& take : timeline.between(".ipcq.ring", ".ipcq.recv")) {
        EXPECT_EQ(take.from->track.substr(0, 14), take.to->track.substr(0, 14)) << "in the same PE";
        EXPECT_EQ(take.from->arguments.at("tile"), take.to->arguments.at("tile"));
        EXPECT_GE(take.to->begin, take.from->begin);
    }
    for (const Slice* phase : timeline.on(".kernel", 1))
        EXPECT_THAT(phase->name, testing::AnyOf("reduce", "broadcast"));
    EXPECT_EQ(timeline.on(".kernel", 1).size(), 2 * timeline.on(".kernel").size());
    bool credits = false;
    for (const auto& [name, samples] : timeline.counters) credits |= name.find(".ipcq.credits ") != std::string::npos;
    EXPECT_TRUE(credits);
}

TEST_F(TimelineCli, TilesBetweenSipsAreSeenToo) {
    run("ccl_allreduce --trace t.pftrace --json r.json");
    const Timeline timeline = decode("t.pftrace");
    compare(timeline, result("r.json"));
    EXPECT_EQ(timeline.between(".ipcq.send", ".ipcq.ring").size(), timeline.on(".ipcq.send").size());
    std::size_t across = 0;
    for (const Arrow& flight : timeline.between(".ipcq.send", ".ipcq.ring"))
        across += flight.from->track.substr(0, 4) != flight.to->track.substr(0, 4);
    EXPECT_GT(across, 0u);
    EXPECT_GT(timeline.counters.at("sip1.transactions").size(), 10u);
}

TEST_F(TimelineCli, AProductIsSeenFromLaunchToMemory) {
    run("gemm_sharded --topology mini --m 128 --k 128 --n 128 --trace t.pftrace --json r.json");
    const Timeline timeline = decode("t.pftrace");
    const json r = result("r.json");
    compare(timeline, r);
    // Every packet that PEs exchange with HBM shows at the controller, with an arrow from its job.
    std::size_t reads = 0;
    std::uint64_t bytes = 0, seen = 0;
    for (const json& path : r["fabric"]["paths"])
        if (path["access"] == "read" && path["path"] != "host") {
            reads += path["transactions"].get<std::size_t>();
            bytes += path["bytes"].get<std::uint64_t>();
        }
    const std::vector<Arrow> arrows = timeline.between(".dma.read", ".hbm");
    EXPECT_EQ(arrows.size(), reads);
    for (const Arrow& arrow : arrows) {
        seen += arrow.to->arguments.at("bytes");
        EXPECT_LE(arrow.to->end, arrow.from->end) << "a job is done behind its last packet";
    }
    EXPECT_EQ(seen, bytes);
    std::map<const Slice*, std::uint64_t> written;
    for (const Arrow& arrow : timeline.between(".dma.write", ".hbm"))
        written[arrow.from] += arrow.to->arguments.at("bytes");
    EXPECT_EQ(written.size(), timeline.on(".dma.write").size());
    for (const auto& [job, amount] : written) EXPECT_EQ(amount, job->arguments.at("bytes"));
    std::uint64_t flop = 0;
    for (const Slice* slice : timeline.on(".gemm")) flop += slice->arguments.at("flop");
    EXPECT_EQ(flop, 2u * 128 * 128 * 128);
}

TEST_F(TimelineCli, BothFormsSayTheSame) {
    run("gemm_sharded --topology mini --m 64 --k 128 --n 64 --trace t.pftrace");
    run("gemm_sharded --topology mini --m 64 --k 128 --n 64 --trace t.json");
    const Timeline timeline = decode("t.pftrace");
    std::multiset<std::string> slices, want;
    for (const Slice& slice : timeline.slices)
        want.insert(fmt::format("{} {} {}..{}", slice.track, slice.name, slice.begin, slice.end));
    std::map<std::uint64_t, std::string> processes, threads;
    std::map<std::uint64_t, std::string> ends;
    std::map<std::string, std::size_t> kinds;
    // Microseconds with six decimals, read as text: doubles would do, but exact is exact.
    const auto ps = [](const json& event, const char* key) {
        return static_cast<std::int64_t>(std::llround(event[key].get<double>() * 1e6));
    };
    const json document = result("t.json");
    for (const json& event : document["traceEvents"]) {
        const std::string phase = event["ph"];
        ++kinds[phase];
        if (event["name"] == "process_name") processes[event["pid"]] = event["args"]["name"];
        if (event["name"] == "thread_name") {
            const std::string name = event["args"]["name"];
            threads[event["tid"]] = processes[event["pid"]] + "." + name.substr(0, name.find(" #"));
        }
        if (phase == "X")
            slices.insert(fmt::format("{} {} {}..{}", threads[event["tid"]], event["name"].get<std::string>(),
                                      ps(event, "ts"), ps(event, "ts") + ps(event, "dur")));
        if (phase == "s" || phase == "f") ends[event["id"]] += phase;
    }
    EXPECT_EQ(slices, want);
    EXPECT_EQ(threads.size(), timeline.tracks);
    EXPECT_EQ(ends.size(), timeline.arrows.size());
    for (const auto& [id, both] : ends) EXPECT_EQ(both, "sf") << id;
    std::size_t samples = 0;
    for (const auto& [name, values] : timeline.counters) samples += values.size();
    EXPECT_EQ(kinds["C"], samples);
}

TEST_F(TimelineCli, TheRunIsTheSameAndTheFileIsTheSameTwice) {
    for (const std::string scenario : {"ccl_allreduce --topology mini", "gemm_sharded --topology mini --m 128 --n 128",
                                       "ccl_allreduce --topology mini --timing fast"}) {
        run(scenario + " --json without.json");
        run(scenario + " --json with.json --trace a.pftrace");
        run(scenario + " --json limited.json --trace b.json --trace-limit 50");
        EXPECT_EQ(content(folder / "with.json"), content(folder / "without.json")) << scenario;
        EXPECT_EQ(content(folder / "limited.json"), content(folder / "without.json")) << scenario;
        run(scenario + " --trace again.pftrace");
        EXPECT_EQ(content(folder / "again.pftrace"), content(folder / "a.pftrace")) << scenario;
        decode("a.pftrace");  // well-formed in both timings
    }
}

TEST_F(TimelineCli, WindowAndScopeSelect) {
    const std::string scenario = "ccl_allreduce --topology mini --trace ";
    run(scenario + "all.pftrace");
    const Timeline all = decode("all.pftrace");
    run(scenario + "window.pftrace --trace-window 700ns..0.9us");
    const Timeline window = decode("window.pftrace");
    const auto inside = [](const Slice& slice) { return slice.end >= 700'000 && slice.begin <= 900'000; };
    std::size_t want = 0;
    for (const Slice& slice : all.slices) want += slice.depth == 0 && inside(slice);
    std::size_t got = 0;
    for (const Slice& slice : window.slices) {
        got += slice.depth == 0;
        if (slice.depth == 0) {
            EXPECT_TRUE(inside(slice)) << slice.track << ' ' << slice.begin;
        }
    }
    EXPECT_GT(want, 10u);
    EXPECT_EQ(got, want);
    EXPECT_LT(window.slices.size(), all.slices.size());
    for (const auto& [name, samples] : window.counters)
        for (const auto& [at, value] : samples) EXPECT_TRUE(at >= 700 && at <= 900) << name << ' ' << at;

    run(scenario + "open.pftrace --trace-window ..0.9us");
    for (const Slice& slice : decode("open.pftrace").slices)
        EXPECT_TRUE(slice.begin <= 900'000 || slice.depth > 0) << slice.track;
    run(scenario + "scope.pftrace --trace-scope 'sip0.cube[01].pe0.*'");
    const Timeline scope = decode("scope.pftrace");
    EXPECT_EQ(scope.slices.size(), all.on("cube0.pe0.").size() + all.on("cube0.pe0.", 1).size() +
                                       all.on("cube1.pe0.").size() + all.on("cube1.pe0.", 1).size());
    for (const auto& [name, samples] : scope.counters)
        EXPECT_TRUE(name.starts_with("sip0.cube0.pe0.") || name.starts_with("sip0.cube1.pe0.")) << name;
}

TEST_F(TimelineCli, ALimitIsSaidAndCutsWhatIsUnderWay) {
    const std::string scenario = "gemm_sharded --topology mini --m 64 --k 128 --n 64 --trace ";
    run(scenario + "whole.pftrace");
    EXPECT_THAT(said, testing::Not(HasSubstr("--trace-limit")));
    run(scenario + "t.pftrace --trace-limit 1000");
    const std::string finding = "finding      --trace-limit 1000 was reached: what ended from ";
    ASSERT_THAT(said, HasSubstr(finding));
    const auto stopped =
        static_cast<std::int64_t>(std::llround(std::stod(said.substr(said.find(finding) + finding.size())) * 1000));
    const auto texts = [&](const Timeline& timeline, std::int64_t until) {
        std::multiset<std::string> all;
        for (const Slice& slice : timeline.slices)
            if (slice.depth == 0 && slice.end < until)
                all.insert(fmt::format("{} {} {}..{}", slice.track, slice.name, slice.begin, slice.end));
        return all;
    };
    const Timeline whole = decode("whole.pftrace"), cut = decode("t.pftrace");
    EXPECT_EQ(texts(cut, stopped), texts(whole, stopped)) << "what ended before is all there";
    EXPECT_LT(cut.slices.size(), whole.slices.size());
    std::size_t running = 0;
    for (const Slice* kernel : whole.on(".kernel")) running += kernel->begin <= stopped && kernel->end > stopped;
    EXPECT_GT(running, 0u) << "the limit of this test is reached while kernels run";
    for (const Slice* kernel : cut.on(".kernel")) EXPECT_EQ(kernel->end, stopped);
    EXPECT_EQ(cut.on(".kernel").size(), running);
    EXPECT_EQ(cut.on("host.launches").size(), 1u);
}

TEST_F(TimelineCli, TheExampleOfTheDocsIsReal) {
    const std::string page = content(AHBM_SOURCE_DIR "/docs/timeline.md");
    const std::size_t command = page.find("ahbm run ") + 9;
    run(page.substr(command, page.find('\n', command) - command));
    const std::string line = said.substr(said.find("wrote "));
    EXPECT_THAT(page, HasSubstr(line)) << "as the program says it";
}

TEST_F(TimelineCli, AWindowAndAScopeWithNothingInThemAreSaid) {
    const auto said = [&](const std::string& options) {
        const Finished finished = ahbm("run gemm_single_pe --topology mini --trace t.json " + options);
        EXPECT_EQ(finished.code, 0) << finished.err;
        return finished.out;
    };
    EXPECT_THAT(said("--trace-window 99us.."),
                testing::ContainsRegex("\nfinding      --trace-window 99us..: nothing happened there; the run ended at "
                                       "[0-9]+\\.[0-9]+ ns\n"));
    EXPECT_THAT(said("--trace-scope 'sip0.cube3.pe0.*'"),
                HasSubstr("\nfinding      --trace-scope sip0.cube3.pe0.*: nothing happened there; the run ended at "));
    const std::string both = "--trace-scope sip0.cube0.pe0.gemm --trace-window 0ns..1ns";
    EXPECT_THAT(said(both), HasSubstr("\nfinding      " + both + ": nothing happened there; "));
    EXPECT_EQ(
        ahbm("run gemm_single_pe --topology mini --trace t.json --trace-window 99us.. --json -").err.substr(0, 34),
        "finding      --trace-window 99us..");
    EXPECT_THAT(said("--trace-window ..99us --trace-scope 'sip0.cube0.*'"), testing::Not(HasSubstr("finding")));
    EXPECT_THAT(said("--log-scope sip7 --log-level debug"),
                HasSubstr("\nfinding      --log-scope sip7: with --log-level debug, nobody whose name begins so had "
                          "anything to say\n"));
    EXPECT_THAT(said("--log-scope host --log-level debug"), testing::Not(HasSubstr("finding")));
}

TEST_F(TimelineCli, WhatCannotBeTracedIsRefused) {
    const auto refused = [&](const std::string& options, const std::string& message) {
        const Finished finished = ahbm("run ccl_allreduce --topology mini " + options);
        EXPECT_EQ(finished.code, 2) << options;
        EXPECT_EQ(finished.err, "error: " + message + "\n") << options;
        EXPECT_EQ(files(), 0u) << options;
    };
    refused("--trace t.txt",
            "--trace: t.txt: a name that ends in .pftrace, .perfetto-trace or .pb (Perfetto) or in .json (Chrome) is "
            "expected");
    refused("--trace no/t.pb", "--trace: no/t.pb: the folder " + (folder / "no").string() + " does not exist");
    refused("--trace-window 1us..2us", "--trace-window: is of no use without --trace");
    refused("--trace-scope sip0", "--trace-scope: is of no use without --trace");
    refused("--trace-limit 10000000", "--trace-limit: is of no use without --trace");
    refused("--trace t.pb --trace-window 2us",
            "--trace-window: 2us: FROM..TO is expected, as in 2us..4us, 2us.. or ..4us");
    refused("--trace t.pb --trace-window 4us..2us", "--trace-window: 4us..2us: ends before it begins");
    refused("--trace t.pb --trace-scope 'sip0.cube9.*'",
            "--trace-scope: sip0.cube9.*: nothing has such a name; in sip0 there are: cube0, cube1, cube2, cube3, io0, "
            "transactions");
    refused("--trace t.pb --trace-scope gemm",
            "--trace-scope: gemm: nothing has such a name; there are: fabric, host, sip0");
    const Finished wrong = ahbm("run ccl_allreduce --topology mini --trace t.pb --trace-window 2us..soon");
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("--trace-window: 2us..soon: "));
}

}  // namespace
}  // namespace ahbm::test
