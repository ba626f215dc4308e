// SPDX-License-Identifier: Apache-2.0
// A timeline says what result.json says, and its JSON form says the same.
#include "tests/scenarios/timeline.h"

namespace ahbm::test::timeline {
namespace {

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

}  // namespace
}  // namespace ahbm::test::timeline
