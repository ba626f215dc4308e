// SPDX-License-Identifier: Apache-2.0
// Waves as their reader meets them: the file parses, shows the scope, agrees with the statistics to the picosecond, and
// the run is the same without it.
#include "tests/platform/busy_day.h"
#include "tests/platform/polled_waves.h"

#include <gmock/gmock.h>

namespace ahbm::test {
namespace {

std::uint32_t number(WaveWord word) { return static_cast<std::uint32_t>(word); }

std::vector<std::string> names_of(const Waves& waves) {
    std::vector<std::string> names;
    for (const WaveSignal& signal : waves.signals()) names.push_back(signal.name);
    return names;
}

TEST_F(WavesTest, TheSaveFileGroupsSignalsByBlockAndNamesStatesAndMarkers) {
    auto session = make(topology("mini"));
    std::string name;
    {
        Waves waves(session->system(), {in_folder("w.vcd"), "sip0.cube0.pe[01].*"});
        busy_day(*session);
        name = waves.finish({{"gemm starts", sim::Time::ns(3)}, {"gemm ends", sim::Time::ns(7)}});
    }
    EXPECT_EQ(name, in_folder("w.gtkw"));
    std::ifstream file(name), words(in_folder("w.words.txt"));
    const std::vector<std::string> lines = [&] {
        std::vector<std::string> all;
        for (std::string line; std::getline(file, line);) all.push_back(line);
        return all;
    }();
    EXPECT_EQ(lines[0], "[dumpfile] \"w.vcd\"") << "no folder: the files can be moved together";
    EXPECT_THAT(lines[2], testing::ContainsRegex("^\\*-[0-9.]+ 3000 3000 7000 -1 -1"));
    EXPECT_EQ(lines[3], "[markername] Agemm starts");
    EXPECT_EQ(lines[4], "[markername] Bgemm ends");
    // Every signal of the VCD once, with its width; every group that begins ends, and lies in the one around it.
    const Vcd vcd(in_folder("w.vcd"));
    std::set<std::string> shown;
    std::vector<std::string> open, groups;
    for (std::size_t i = 5; i < lines.size(); ++i) {
        if (lines[i] == "@800200" || lines[i] == "@c00200") {
            groups.push_back(lines[++i]);
            EXPECT_TRUE(open.empty() || groups.back().starts_with(open.back() + '.')) << groups.back();
            open.push_back(groups.back());
        } else if (lines[i] == "@1000200" || lines[i] == "@1401200") {
            EXPECT_EQ(lines[++i], open.back());
            open.pop_back();
        } else if (const std::size_t at = lines[i].find(" system."); at != std::string::npos) {
            const std::string signal = lines[i].substr(at + 8, lines[i].find('[') - at - 8);
            EXPECT_TRUE(shown.insert(signal).second) << signal;
            EXPECT_TRUE(signal.starts_with(open.back().substr(1))) << signal;
            const bool worded = signal.ends_with(".state") || signal.ends_with(".phase");
            EXPECT_EQ(worded, lines[i - 2] == "^1 w.words.txt") << signal;
            EXPECT_TRUE(lines[i - 1].starts_with("[color] ")) << signal;
        }
    }
    EXPECT_EQ(shown, vcd.names());
    EXPECT_THAT(open, testing::IsEmpty());
    EXPECT_EQ(groups.front(), "-sip0.cube0") << "what everything lies in";
    EXPECT_THAT(groups, testing::IsSupersetOf({"-sip0.cube0.pe0", "-sip0.cube0.pe1", "-sip0.cube0.pe0.dma"}));
    std::string word;
    for (const char* expected : {"0 idle", "1 busy", "2 stalled"}) {
        std::getline(words, word);
        EXPECT_EQ(word, expected);
    }
    std::string all(std::istreambuf_iterator<char>(words), {});
    EXPECT_NE(all.find(" softmax_rows\n"), std::string::npos) << all << "a kernel that ran is a word of cpu.phase";
}

TEST_F(WavesTest, OfTooManyMarkersTheFirstAreShownInOrderOfTime) {
    std::vector<WaveMarker> markers{{"finding", sim::Time::ns(90)}};
    for (int i = 0; i < 40; ++i) markers.push_back({fmt::format("m{}", i), sim::Time::ns(i)});
    const std::string name = write_save_file(in_folder("w.vcd"), {}, {"idle"}, markers, sim::Time::ns(100));
    const std::string text = content("w.gtkw");
    EXPECT_NE(text.find("[markername] Am0\n[markername] Bm1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("[markername] Ym24\n[markername] Zfinding\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("m25"), std::string::npos) << text;
}

TEST_F(WavesTest, BusyTimesAreThoseOfTheStatisticsAndNothingIsMissing) {
    auto session = make(topology("mini"));
    std::vector<std::string> listed;
    {
        Waves waves(session->system(), {in_folder("w.vcd"), ""});
        listed = names_of(waves);
        busy_day(*session);
    }
    const Vcd vcd(in_folder("w.vcd"));
    EXPECT_EQ(vcd.picoseconds_per_unit(), 1);
    EXPECT_EQ(vcd.names(), std::set<std::string>(listed.begin(), listed.end()));
    EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()).size(), listed.size()) << "names are unique";

    System& system = session->system();
    std::size_t used = 0;
    for (const OutputPort* port : system.fabric().ports()) {
        if (!port->connected()) continue;
        const std::string name = port->name().substr(std::string("system.").size());
        const Link::Stats& stats = port->link().stats();
        EXPECT_EQ(vcd.time_at(name + ".busy", 1), stats.busy.ps()) << name;
        std::int64_t waited = 0;
        for (const char* channel : LinkWave::channels) waited += vcd.integral(name + ".queue." + channel);
        EXPECT_EQ(waited, stats.queueing.ps()) << name << ": packets x time";
        used += stats.packets > 0;
    }
    EXPECT_GT(used, 100u);
    const auto busy = static_cast<unsigned>(EngineState::busy), stalled = static_cast<unsigned>(EngineState::stalled);
    const sim::Time end = system.wheel().now();
    for (unsigned c = 0; c < 4; ++c)
        for (unsigned p = 0; p < 4; ++p) {
            const Pe& here = system.pe(pe(0, c, p));
            const std::string name = to_string(pe(0, c, p));
            using Side = PeFetchStore::Side;
            EXPECT_EQ(vcd.time_at(name + ".gemm.state", busy), here.gemm->busy().ps()) << name;
            EXPECT_EQ(vcd.time_at(name + ".math.state", busy), here.math->busy().ps()) << name;
            EXPECT_EQ(vcd.time_at(name + ".fetch_store.fetch.state", busy), here.fetch_store.busy(Side::fetch).ps())
                << name;
            EXPECT_EQ(vcd.time_at(name + ".fetch_store.store.state", busy), here.fetch_store.busy(Side::store).ps())
                << name;
            // A DMA channel that is held is held whether or not a packet of it is under way.
            EXPECT_EQ(vcd.time_at(name + ".dma.read.state", busy) + vcd.time_at(name + ".dma.read.state", stalled),
                      here.dma.read_channel().busy(end).ps())
                << name;
            EXPECT_EQ(vcd.time_at(name + ".dma.write.state", busy) + vcd.time_at(name + ".dma.write.state", stalled),
                      here.dma.write_channel().busy(end).ps())
                << name;
            const auto& channels = system.hbm(pe(0, c, p)).timing().channels();
            for (std::size_t i = 0; i < channels.size(); ++i) {
                const std::string channel = fmt::format("sip0.cube{}.hbm{}.pc{}.state", c, p, i);
                EXPECT_EQ(vcd.time_at(channel, number(WaveWord::read)) + vcd.time_at(channel, number(WaveWord::write)),
                          channels[i].busy.ps())
                    << channel;
            }
            EXPECT_GT(here.gemm->busy().ps(), 0) << name;
            EXPECT_GT(here.math->busy().ps(), 0) << name;
        }
}

TEST_F(WavesTest, EveryKindOfSignalTogglesAndRests) {
    auto session = make(topology("mini", {"sips.count=2", "firmware.max_in_flight=2"}));
    {
        Waves waves(session->system(), {in_folder("w.vcd"), "sip0.cube0.*,sip0.io0.*,sip0.launch"});
        session->run([&] {  // PE_CPU finds mail when its kernel has ended: a mapping that came meanwhile
            Context ctx(session->port());
            const runtime::TensorOptions rows{{Split::row_wise, Split::row_wise}, {}, "x"};
            const auto x = ctx.zeros({512, 512}, Dtype::f16, rows);
            const auto launch = ctx.launch("softmax_rows", {x, x}, {0.0});
            ctx.zeros({64, 64}, Dtype::f16, rows);
            ctx.wait(launch);
        });
        team_day(*session, true);
        busy_day(*session);
    }
    const Vcd vcd(in_folder("w.vcd"));
    std::set<std::string> channels_that_waited;
    std::size_t counters = 0;
    for (const std::string& name : vcd.names()) {
        EXPECT_EQ(vcd.last(name), 0u) << name << " at the end";
        const std::size_t queue = name.find(".queue.");
        if (queue != std::string::npos && vcd.changes(name) > 0) channels_that_waited.insert(name.substr(queue + 7));
        const bool of_pe = name.starts_with("sip0.cube0.pe0."), link = queue != std::string::npos;
        const bool other = name.find(".hbm0.pc") != std::string::npos || name.ends_with(".mailbox") ||
                           name.ends_with(".completions") || name == "sip0.launch";
        const bool queue_pair = name.find(".ipcq.") != std::string::npos;
        if (queue_pair) counters += vcd.changes(name) > 2;  // not all neighbours are spoken to
        const bool must_toggle = (of_pe && !link && !queue_pair) || other;
        EXPECT_GE(vcd.changes(name), must_toggle ? 2u : 0u) << name;
    }
    EXPECT_EQ(channels_that_waited, (std::set<std::string>{"data", "comm", "request", "ctrl"}));
    EXPECT_GE(counters, 2 * 4 * QueueWave::counters.size()) << "several directions of every PE";
    EXPECT_EQ(vcd.highest("sip0.cube0.pe0.ipcq.intra_E_2.credits"), 4u) << "of the second group";
    EXPECT_GT(vcd.highest("sip0.cube0.pe0.scheduler.commands"), 1u);
    EXPECT_GT(vcd.highest("sip0.cube0.pe0.scheduler.tiles"), 1u) << "tiles are pipelined";
    EXPECT_GT(vcd.time_at("sip0.cube0.pe0.fetch_store.fetch.state", number(WaveWord::stalled)), 0)
        << "TCM's port is shared: fetches wait for it";
}

TEST_F(WavesTest, LaunchesKernelsAndPhasesAreWhereTheResultsSay) {
    auto session = make(topology("mini", {"sips.count=2"}));
    std::vector<runtime::LaunchResult> launches;
    std::vector<WaveMarker> phases;
    std::vector<std::string> words;
    {
        Waves waves(session->system(), {in_folder("w.vcd"), "sip0.launch,sip*.cube*.pe*.cpu.phase"});
        launches = team_day(*session);
        phases = waves.phase_markers();
        waves.finish({});
    }
    std::ifstream file(in_folder("w.words.txt"));
    for (std::string number_of, word; file >> number_of >> word;) words.push_back(word);
    const Vcd vcd(in_folder("w.vcd"));
    ASSERT_EQ(launches.size(), 2u);
    for (const runtime::LaunchResult& launch : launches) {
        const auto at = [&](sim::Time when) { return words.at(vcd.at("sip0.launch", when.ps())); };
        const sim::Time moment = sim::Time::ps(1);
        EXPECT_EQ(at(launch.submitted), "dispatch");
        EXPECT_EQ(at(launch.exec_start - moment), "dispatch");
        EXPECT_EQ(at(launch.exec_start), "execute");
        EXPECT_EQ(at(launch.exec_end - moment), "execute");
        EXPECT_EQ(at(launch.exec_end), "complete");
        EXPECT_EQ(at(launch.completed - moment), "complete");
        EXPECT_EQ(at(launch.completed), "idle");
    }
    // Each phase begins once per collective, when the first PE says so; afterwards some PE of the SIPs is in it.
    std::vector<std::string> names;
    for (const WaveMarker& marker : phases) {
        names.push_back(marker.name);
        EXPECT_TRUE(std::any_of(launches.begin(), launches.end(), [&](const auto& l) {
            return l.exec_start <= marker.at && marker.at <= l.exec_end;
        })) << marker.name;
        bool somebody = false;
        for (const std::string& name : vcd.names())
            somebody |= name.ends_with(".phase") && words.at(vcd.at(name, marker.at.ps())) == marker.name;
        EXPECT_TRUE(somebody) << marker.name << " at " << marker.at.ns();
    }
    EXPECT_THAT(names, testing::ElementsAre("reduce", "exchange", "broadcast", "reduce", "exchange", "broadcast"));
}

TEST_F(WavesTest, WhatIsWrittenIsWhatSystemCsOwnTracingSees) {
    // The same day twice: listened to, and polled at every instant, with the kernel at every instant.
    in_child([&] {
        auto session = make(topology("mini", {"sips.count=2"}));
        Waves waves(session->system(), {in_folder("heard.vcd"), ""});
        busy_day(*session);
        team_day(*session);
    });
    in_child([&] {
        auto session = make(topology("mini", {"sips.count=2"}));
        PolledWaves waves(session->system(), in_folder("polled"));
        busy_day(*session);
        team_day(*session);
    });
    const Vcd heard(in_folder("heard.vcd")), polled(in_folder("polled.vcd"));
    EXPECT_GT(polled.names().size(), 300u);
    std::size_t changes = 0;
    for (const std::string& name : polled.names()) {
        ASSERT_TRUE(heard.names().contains(name)) << name;
        EXPECT_EQ(heard.settled(name), polled.settled(name)) << name;
        changes += polled.changes(name);
    }
    EXPECT_GT(changes, 10000u);
}

TEST_F(WavesTest, ACommandShowsInTheFifoFromTheMomentItIsGiven) {
    // PE_CPU is a thread: what it does in an instant comes after that instant's events.
    auto session = make(topology("mini"));
    sim::Time start, end;
    {
        Waves waves(session->system(), {in_folder("w.vcd"), "sip0.cube0.pe0.*"});
        session->run([&] {
            Context ctx(session->port());
            const auto a = ctx.zeros({1, 64}, Dtype::f16, {{Split::replicate, Split::replicate, 1, 1}, {}, "a"});
            const runtime::LaunchResult launch = ctx.wait(ctx.launch("dma_load", {a}));
            start = launch.exec_start;
            end = launch.exec_end;
        });
    }
    const Vcd vcd(in_folder("w.vcd"));
    const sim::Time dispatch = session->system().config().sip.cube.pe.cpu.clock.time_for(
        session->system().config().sip.cube.pe.cpu.dispatch_cycles);
    const std::vector<Vcd::Change> kernel{{0, 0}, {start.ps(), 1}, {end.ps(), 0}};
    EXPECT_EQ(vcd.history("sip0.cube0.pe0.cpu.kernel"), kernel);
    // The load, and after its end and another call the fence that closes the kernel, which has nothing to wait for.
    const sim::Time closing = end - session->system().config().sip.cube.pe.scheduler.overhead;
    const std::vector<Vcd::Change> fifo{
        {0, 0}, {(start + dispatch).ps(), 1}, {(closing - dispatch).ps(), 0}, {closing.ps(), 1}, {end.ps(), 0}};
    EXPECT_EQ(vcd.history("sip0.cube0.pe0.scheduler.commands"), fifo);
}

TEST_F(WavesTest, TheScopeSelects) {
    auto session = make(topology("mini"));
    std::vector<std::string> all, some;
    {
        Waves waves(session->system(), {in_folder("w.vcd"), "sip0.cube?.pe[12].*.state"});
        some = names_of(waves);
    }
    EXPECT_EQ(some.size(), 4u * 2 * 6);
    for (const std::string& name : some) EXPECT_TRUE(name.ends_with(".state")) << name;
    for (const OutputPort* port : session->system().fabric().ports()) EXPECT_EQ(port->link().stats().packets, 0u);
}

TEST_F(WavesTest, WhatCannotBeTracedIsRefusedBeforeTheRun) {
    auto session = make(topology("mini"));
    const auto scope = [&](const std::string& text) { return refusal(*session, {in_folder("w.vcd"), text}); };
    EXPECT_EQ(
        scope("sip0.cube0.pe9.*"),
        "--vcd-scope: sip0.cube0.pe9.*: no signal has such a name; in sip0.cube0 there are: " + [&] {
            return scope("sip0.cube0")
                .substr(std::string("--vcd-scope: sip0.cube0: no signal has such a name; in sip0.cube0 there are: ")
                            .size());
        }());
    EXPECT_NE(scope("sip0.cube0.pe9.*").find("pe0, pe1, pe2, pe3"), std::string::npos) << scope("sip0.cube0.pe9.*");
    EXPECT_EQ(scope("sip0.cube0.pe0.gemm"),
              "--vcd-scope: sip0.cube0.pe0.gemm: no signal has such a name; in sip0.cube0.pe0.gemm there are: state");
    EXPECT_EQ(scope("cube0.*"), "--vcd-scope: cube0.*: no signal has such a name; there are: fabric, host, sip0");
    EXPECT_FALSE(std::filesystem::exists(folder / "w.vcd")) << "refused before anything is written";
    EXPECT_EQ(refusal(*session, {"/nowhere/w.vcd", ""}), "/nowhere/w.vcd: the folder /nowhere does not exist");
    EXPECT_EQ(refusal(*session, {in_folder("waves"), ""}),
              "--vcd: " + in_folder("waves") + ": a name that ends in .vcd is expected");
    EXPECT_NO_THROW(busy_day(*session)) << "a refused trace leaves no observer behind";
}

TEST_F(WavesTest, TheRunIsTheSameWithAndWithoutAndTheFileIsTheSameWithoutRunningAhead) {
    for (const char* timing : {"hop", "fast", "flit"}) {
        const auto run = [&](const std::string& name, const char* scope, const char* ahead = "true") {
            in_child([&] {
                auto session = make(topology(
                    "mini", {std::string("fabric.timing=") + timing, std::string("fabric.run_ahead=") + ahead}));
                std::unique_ptr<Waves> waves;
                if (scope != nullptr)
                    waves = std::make_unique<Waves>(session->system(), WavesConfig{in_folder(name + ".vcd"), scope});
                std::string seen = busy_day(*session);
                seen += fmt::format("{} events\n", session->system().wheel().dispatched());
                std::ofstream(folder / (name + ".txt")) << seen;
            });
        };
        run("off", nullptr);
        run("all", "");
        run("all_again", "", "false");
        run("part", "sip0.cube0.pe0.*");
        ASSERT_GT(content("off.txt").size(), 10000u);
        EXPECT_EQ(content("all.txt"), content("off.txt")) << timing;
        EXPECT_EQ(content("all_again.txt"), content("off.txt")) << timing;
        EXPECT_EQ(content("part.txt"), content("off.txt")) << timing;
        EXPECT_TRUE(content("all.vcd") == content("all_again.vcd")) << timing;
        EXPECT_GT(content("all.vcd").size(), 100000u) << timing;
    }
}

}  // namespace
}  // namespace ahbm::test
